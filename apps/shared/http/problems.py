"""Every error as RFC 9457 problem details (application/problem+json)."""

import logging
import re
import traceback
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import asyncpg
import msgspec
from litestar import Request, Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    SerializationException,
    ValidationException,
)
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import ExceptionHandlersMap

from apps.shared.db.errors import translate_error
from apps.shared.errors import Busy, DomainError
from apps.shared.metrics import DATABASE_ERRORS

log = logging.getLogger("reelbase.errors")


class Fault(msgspec.Struct):
    field: str
    message: str


class Problem(msgspec.Struct):
    """RFC 9457: `detail` is for a person, `errors` name the fields that are meant."""

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
            media_type="application/problem+json",
            generate_examples=False,
        )
        for status in sorted({400, 401, *statuses})
    }


def problem(
    status: int,
    title: str,
    detail: str,
    *,
    fields: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response[Any]:
    """`fields` become `errors`: a list of {field, message}."""
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
        media_type="application/problem+json",
        headers=dict(headers or {}),
    )


ROW = re.compile(r"items\[\d+\]")


def of_row(known: DomainError, error: BaseException) -> DomainError:
    """Names the row of a batch that a note on the error tells of."""
    rows = [note for note in getattr(error, "__notes__", []) if ROW.fullmatch(note)]
    if rows and known.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        row, message = rows[0], known.message
        known.fields = {f"{row}.{name}": text for name, text in known.fields.items()}
        known.fields = known.fields or {row: message}
        known.message = f"{row}: {message}"
    return known


def from_domain(error: DomainError) -> Response[Any]:
    headers = error.headers
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return problem(error.status, error.title, error.message, fields=error.fields, headers=headers)


MSGSPEC_PATH = re.compile(r" - at `\$\.?([^`]*)`$")
MISSING_PARAMETER = re.compile(r"Missing required \w+ parameter '([^']+)'.*")
NO_BODY = "'data'"
"""All that Litestar says of a request without a body."""
MSGSPEC_FIELD = re.compile(r"(?:unknown|missing required) field `([^`]+)`$")


def from_validation(error: ValidationException) -> Response[Any]:
    """msgspec's words, which say what a field may be, under the name of the field."""
    fields: dict[str, str] = {}
    for fault in error.extra or [{"message": error.detail}]:
        text = str(fault.get("message", "")) if isinstance(fault, dict) else str(fault)
        name = str(fault.get("key") or "body") if isinstance(fault, dict) else "body"
        if text == NO_BODY:
            text = "A JSON object is needed."
        if missing := MISSING_PARAMETER.fullmatch(text):
            name, text = missing[1], "It is required."
        if path := MSGSPEC_PATH.search(text):
            name, text = path[1] or name, text[: path.start()]
        name = "body" if name == "data" else name
        if named := MSGSPEC_FIELD.search(text):
            name = named[1] if name == "body" else f"{name}.{named[1]}"
        fields[name] = text
    detail = "; ".join(f"{name}: {text}" for name, text in fields.items())
    return problem(400, "Invalid request", detail, fields=fields)


def sentence(request: Request[Any, Any, Any], error: HTTPException) -> str:
    """What is allowed, where Litestar says but what is not."""
    match error:
        case RequestEntityTooLarge():
            limit = request.route_handler.resolve_request_max_body_size() or 0
            return f"A body may have {limit >> 20} MB."
        case MethodNotAllowedException(headers={"allow": methods}):
            return f"The methods of this address are {', '.join(sorted(methods.split(', ')))}."
        case NotFoundException():
            return "There is nothing at this address; /schema lists all."
    is_ours = error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
    return "Something went wrong." if is_ours else error.detail


def from_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    status = HTTPStatus(error.status_code)
    if isinstance(error.__cause__, SerializationException):
        reason = MSGSPEC_PATH.sub("", error.detail)
        message = f"It cannot be read as JSON: {reason}."
        return problem(400, "Invalid request", f"body: {message}", fields={"body": message})
    return problem(status, status.phrase, sentence(request, error), headers=error.headers)


def is_unreadable(error: Exception) -> bool:
    """Whether a body cannot be read in a way for which msgspec has no error of its own.

    So for text that is not UTF-8, numbers of thousands of digits and bottomless nesting.
    """
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return bool(frames) and frames[-1].f_globals["__name__"].startswith("litestar.serialization")


def count(error: Exception) -> None:
    DATABASE_ERRORS.labels(type(error).__name__).inc()


def exception_handlers() -> ExceptionHandlersMap:
    def handle_domain(_: Request[Any, Any, Any], error: DomainError) -> Response[Any]:
        if isinstance(error, Busy):  # The pool is full.
            count(error)
        return from_domain(of_row(error, error))

    def handle_validation(_: Request[Any, Any, Any], error: ValidationException) -> Response[Any]:
        return from_validation(error)

    def handle_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
        return from_http(request, error)

    def handle_any(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        if known := translate_error(error):
            count(error)
            if isinstance(known, Busy):
                log.warning("%s %s: %s", request.method, request.url.path, type(error).__name__)
            return from_domain(of_row(known, error))
        if is_unreadable(error):
            return problem(400, "Invalid request", "The body is not JSON that can be read.")
        if isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError):
            count(error)
        log.error("%s %s failed.", request.method, request.url.path, exc_info=error)
        return problem(500, "Internal error", "Something went wrong. The log has the details.")

    return {
        DomainError: handle_domain,
        ValidationException: handle_validation,
        HTTPException: handle_http,
        Exception: handle_any,
    }
