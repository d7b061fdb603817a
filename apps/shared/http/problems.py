"""Problem details, RFC 9457: what an error looks like on the wire (application/problem+json)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Response
from litestar.openapi.datastructures import ResponseSpec

MEDIA_TYPE = "application/problem+json"


class Fault(msgspec.Struct):
    field: str
    message: str


class Problem(msgspec.Struct):
    """`detail` is for a person; `errors` names the fields at fault."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Fault] = []


def problem_responses(*statuses: int) -> dict[int, ResponseSpec]:
    """The error responses that a route documents: these, 400 and 401."""
    return {
        status: ResponseSpec(
            Problem,
            description=HTTPStatus(status).phrase,
            media_type=MEDIA_TYPE,
            generate_examples=False,
        )
        for status in sorted({400, 401, *statuses})
    }


def render_problem(
    status: int,
    title: str,
    detail: str,
    *,
    fields: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response[Any]:
    """`fields` maps fields to messages; it becomes `errors`."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
    }
    if fields:
        body["errors"] = [{"field": name, "message": text} for name, text in fields.items()]
    return Response(
        body,
        status_code=status,
        media_type=MEDIA_TYPE,
        headers=dict(headers or {}),
    )
