"""What is looked at before any handler runs: the names of the parameters, the type of the body."""

import re
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from litestar import Request
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from apps.shared.http.lists.queries import refusal, unknown_parameter
from apps.shared.http.requests import query_params

JSON_TYPE = re.compile(r"application/([a-z0-9.-]+\+)?json *(;|$)", re.IGNORECASE)


async def expect(request: Request[Any, Any, Any]) -> None:
    """Raises BadRequest for an unknown parameter, HTTPException for a body that is no JSON."""
    if request.scope["query_string"]:
        expect_known(request)
    if request.scope["method"] != "GET":
        expect_json(request)


def expect_known(request: Request[Any, Any, Any]) -> None:
    """The lists of the API look at their own, and other addresses take whatever comes."""
    scope = request.scope
    handler: Any = scope["route_handler"]
    if handler.opt.get("parses_query") or not scope["path_template"].startswith("/api/"):
        return
    if not handler.resolve_include_in_schema():  # OPTIONS, which asks of the address alone.
        return
    known = parameters(handler)
    unknown = {name for name, _ in query_params(request)} - {*known}
    if unknown:
        raise refusal(dict.fromkeys(sorted(unknown), unknown_parameter(known)))


@lru_cache(maxsize=1024)
def parameters(handler: HTTPRouteHandler) -> list[str]:
    """The names that a handler takes from the query string."""
    return [
        field.kwarg_definition.name or name
        for name, field in handler.parsed_fn_signature.parameters.items()
        if isinstance(field.kwarg_definition, QueryParameter)
    ]


def expect_json(request: Request[Any, Any, Any]) -> None:
    """Of a body that is read. One without a type is tried as JSON."""
    handler: Any = request.scope["route_handler"]
    given = request.headers.get("content-type")
    if handler.parsed_data_field is None or given is None or JSON_TYPE.match(given):
        return
    length = request.headers.get("content-length", "0")
    if length != "0" or "transfer-encoding" in request.headers:
        raise HTTPException(
            "The body has a Content-Type that cannot be read: application/json is expected.",
            status_code=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            headers={"Accept": "application/json"},
        )
