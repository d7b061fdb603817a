"""Where the tables of the admin are found, and what is told of an error there."""

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
    """In the place of Piccolo's FastAPIWrapper.

    That one checks whatever is asked a first time, in pydantic's words, for the sake of a
    documentation that nobody reads here.
    """
    fastapi_app.mount(root_url.rstrip("/"), piccolo_crud)
    for error in ERRORS:
        fastapi_app.add_exception_handler(error, tell)


async def tell(request: Request, error: Exception) -> Response:
    """A sentence, which the page shows beside the form. Raises what nobody foresaw."""
    known = translate_error(error)
    if known is None:
        raise error
    if known.status >= 500 or known.status == 404 or request.method in {"GET", "HEAD"}:
        return PlainTextResponse(known.message, known.status, known.headers)
    # Of all that is 422 the page shows this alone as it is.
    return JSONResponse({"custom_form_error": known.message}, 422)
