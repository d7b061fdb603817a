"""Checks before any handler runs: the names of query parameters, the type of the body."""

import re
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from apps.shared.http.lists.queries import refuse_parameters, unknown_parameter
from apps.shared.http.requests import AppRequest, query_params

JSON_TYPE = re.compile(r"application/([a-z0-9.-]+\+)?json *(;|$)", re.IGNORECASE)


async def check_request(request: AppRequest) -> None:
    """Raises BadRequest for an unknown parameter, HTTPException for a body that is not JSON."""
    if request.scope["query_string"]:
        check_query_parameters(request)
    if request.scope["method"] != "GET":
        check_content_type(request)


def check_query_parameters(request: AppRequest) -> None:
    """Only under /api. Routes that parse their own query string check it themselves."""
    scope = request.scope
    handler: Any = scope["route_handler"]
    if handler.opt.get("parses_query") or not scope["path_template"].startswith("/api/"):
        return
    if not handler.resolve_include_in_schema():  # OPTIONS, which is about the address alone.
        return
    known = list_query_parameters(handler)
    unknown = {name for name, _ in query_params(request)} - {*known}
    if unknown:
        raise refuse_parameters(dict.fromkeys(sorted(unknown), unknown_parameter(known)))


@lru_cache(maxsize=1024)
def list_query_parameters(handler: HTTPRouteHandler) -> list[str]:
    """The names that a handler takes from the query string."""
    return [
        field.kwarg_definition.name or name
        for name, field in handler.parsed_fn_signature.parameters.items()
        if isinstance(field.kwarg_definition, QueryParameter)
    ]


def check_content_type(request: AppRequest) -> None:
    """Only where the body is read. One without a type is tried as JSON."""
    handler: Any = request.scope["route_handler"]
    content_type = request.headers.get("content-type")
    if handler.parsed_data_field is None or content_type is None or JSON_TYPE.match(content_type):
        return
    length = request.headers.get("content-length", "0")
    if length != "0" or "transfer-encoding" in request.headers:
        raise HTTPException(
            "The Content-Type of the body must be application/json.",
            status_code=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            headers={"Accept": "application/json"},
        )
