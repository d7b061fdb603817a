"""How much the admin takes of an upload: it is received before anybody asks how long it is."""

from typing import Any

from litestar.types import ASGIApp, Receive, Scope, Send
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from piccolo_project.admin.bodies import MAX_ROW_BYTES

MAX_BYTES = 512 << 20
"""A larger file is put into DATA_DIR by hand, and imported."""


def with_bounded_uploads(application: ASGIApp) -> ASGIApp:
    """Other bodies are as long as a row and what it is wrapped in.

    Without the header the whole body is read for the token in a form, before anybody is asked who
    they are.
    """
    uploads: Any = RequestBodyLimitMiddleware(application, MAX_BYTES)  # type: ignore[arg-type]  # Starlette's types.
    others: Any = RequestBodyLimitMiddleware(application, 2 * MAX_ROW_BYTES)  # type: ignore[arg-type]  # As above.

    async def bounded(scope: Scope, receive: Receive, send: Send) -> None:
        has_token = any(name == b"x-csrftoken" for name, _ in scope["headers"])
        is_upload = has_token and scope["path"].strip("/") == "api/media"
        await (uploads if is_upload else others)(scope, receive, send)

    return bounded
