"""Turns every exception into problem details."""

import logging
import re
import traceback
from http import HTTPStatus
from typing import Any

import asyncpg
from litestar import Request, Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    SerializationException,
    ValidationException,
)
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.types import ExceptionHandlersMap

from apps.shared.db.errors import translate_error
from apps.shared.errors import Busy, DomainError
from apps.shared.http.problems import render_problem
from apps.shared.http.requests import AppRequest
from apps.shared.metrics import DATABASE_ERRORS

log = logging.getLogger("reelbase.errors")

BATCH_ROW = re.compile(r"items\[\d+\]")
"""The note on an error that was raised while a row of a batch was written."""
MSGSPEC_PATH = re.compile(r" - at `\$\.?([^`]*)`$")
MSGSPEC_FIELD = re.compile(r"(?:unknown|missing required) field `([^`]+)`$")
MISSING_PARAMETER = re.compile(r"Missing required \w+ parameter '([^']+)'.*")
NO_BODY = "'data'"
"""Litestar's whole message for a request without a body."""


def handle_domain_error(_: AppRequest, error: DomainError) -> Response[Any]:
    if isinstance(error, Busy):  # The pool is full.
        count_database_error(error)
    return render_domain_error(name_batch_row(error, error))


def handle_validation_error(_: AppRequest, error: ValidationException) -> Response[Any]:
    """Uses msgspec's messages, which say what a field may be, under the name of the field."""
    fields = dict(describe_fault(fault) for fault in error.extra or [{"message": error.detail}])
    detail = "; ".join(f"{name}: {text}" for name, text in fields.items())
    return render_problem(400, "Invalid request", detail, fields=fields)


def handle_http_error(request: AppRequest, error: HTTPException) -> Response[Any]:
    status = HTTPStatus(error.status_code)
    if isinstance(error.__cause__, SerializationException):
        message = f"Not valid JSON: {MSGSPEC_PATH.sub('', error.detail)}."
        return render_problem(400, "Invalid request", f"body: {message}", fields={"body": message})
    detail = describe_http_error(request, error)
    return render_problem(status, status.phrase, detail, headers=error.headers)


def handle_any_error(request: AppRequest, error: Exception) -> Response[Any]:
    if known := translate_error(error):
        count_database_error(error)
        if isinstance(known, Busy):
            log.warning("%s %s: %s", request.method, request.url.path, type(error).__name__)
        return render_domain_error(name_batch_row(known, error))
    if is_decoding_failure(error):
        return render_problem(400, "Invalid request", "The body is not valid JSON.")
    if isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError):
        count_database_error(error)
    log.error("%s %s failed.", request.method, request.url.path, exc_info=error)
    return render_problem(500, "Internal error", "Something went wrong. The log has the details.")


ERROR_HANDLERS: ExceptionHandlersMap = {
    DomainError: handle_domain_error,
    ValidationException: handle_validation_error,
    HTTPException: handle_http_error,
    Exception: handle_any_error,
}


def render_domain_error(error: DomainError) -> Response[Any]:
    headers = error.headers
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return render_problem(
        error.status, error.title, error.message, fields=error.fields, headers=headers
    )


def name_batch_row(known: DomainError, error: BaseException) -> DomainError:
    """Names the row of a batch that a note on the error tells of."""
    rows = [note for note in getattr(error, "__notes__", []) if BATCH_ROW.fullmatch(note)]
    if rows and known.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        row, message = rows[0], known.message
        known.fields = {f"{row}.{name}": text for name, text in known.fields.items()}
        known.fields = known.fields or {row: message}
        known.message = f"{row}: {message}"
    return known


def describe_fault(fault: Any) -> tuple[str, str]:
    """The field of one of Litestar's validation errors, and what is wrong with it."""
    text = str(fault.get("message", "")) if isinstance(fault, dict) else str(fault)
    name = str(fault.get("key") or "body") if isinstance(fault, dict) else "body"
    if text == NO_BODY:
        text = "A JSON object is required."
    if missing := MISSING_PARAMETER.fullmatch(text):
        name, text = missing[1], "This is required."
    if path := MSGSPEC_PATH.search(text):
        name, text = path[1] or name, text[: path.start()]
    name = "body" if name == "data" else name
    if named := MSGSPEC_FIELD.search(text):
        name = named[1] if name == "body" else f"{name}.{named[1]}"
    return name, text


def describe_http_error(request: Request[Any, Any, Any], error: HTTPException) -> str:
    """Says what is allowed where Litestar only says what is not."""
    match error:
        case RequestEntityTooLarge():
            limit = request.route_handler.resolve_request_max_body_size() or 0
            return f"A body is limited to {limit >> 20} MB."
        case MethodNotAllowedException(headers={"allow": methods}):
            return f"This endpoint allows {', '.join(sorted(methods.split(', ')))}."
        case NotFoundException():
            return "No such endpoint. See /schema."
    is_ours = error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
    return "Something went wrong." if is_ours else error.detail


def is_decoding_failure(error: Exception) -> bool:
    """Whether a body could not be decoded, and msgspec raised no error of its own.

    It does so for text that is not UTF-8, numbers of thousands of digits and bottomless nesting.
    """
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return bool(frames) and frames[-1].f_globals["__name__"].startswith("litestar.serialization")


def count_database_error(error: Exception) -> None:
    DATABASE_ERRORS.labels(type(error).__name__).inc()
