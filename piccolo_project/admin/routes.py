"""Mounts each table's endpoints, and formats their errors for the page."""

from typing import Any

import asyncpg
from fastapi import FastAPI
from piccolo_api.crud.endpoints import PiccoloCRUD
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from apps.shared.db.errors import translate_error
from apps.shared.errors import DomainError

ERRORS = (DomainError, asyncpg.PostgresError, asyncpg.InterfaceError)


def mount_table(
    root_url: str, fastapi_app: FastAPI, piccolo_crud: PiccoloCRUD, fastapi_kwargs: Any = None
) -> None:
    """Replaces Piccolo's FastAPIWrapper, which validates everything a second time.

    It does so only for an API description that nobody uses here.
    """
    fastapi_app.mount(root_url.rstrip("/"), piccolo_crud)
    for error in ERRORS:
        fastapi_app.add_exception_handler(error, respond_with_error)


async def respond_with_error(request: Request, error: Exception) -> Response:
    """The message is shown beside the form. Raises anything unexpected."""
    known = translate_error(error)
    if known is None:
        raise error
    if known.status >= 500 or known.status == 404 or request.method in {"GET", "HEAD"}:
        return PlainTextResponse(known.message, known.status, known.headers)
    # The only 422 that the page shows as it is.
    return JSONResponse({"custom_form_error": known.message}, 422)
