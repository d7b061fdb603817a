"""Limits the size of request bodies, before anything reads them."""

from typing import Any

from litestar.types import ASGIApp, Receive, Scope, Send
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from piccolo_project.admin.bodies import MAX_ROW_BYTES

MAX_UPLOAD_BYTES = 512 << 20
"""Larger files are copied into DATA_DIR and imported."""


def with_bounded_uploads(application: ASGIApp) -> ASGIApp:
    """Only uploads may be longer than a row with its wrapping.

    Without the X-CSRFToken header the whole body is read in search of a form's token, before the
    caller is authenticated.
    """
    uploads: Any = RequestBodyLimitMiddleware(application, MAX_UPLOAD_BYTES)  # type: ignore[arg-type]  # Starlette's types.
    others: Any = RequestBodyLimitMiddleware(application, 2 * MAX_ROW_BYTES)  # type: ignore[arg-type]  # As above.

    async def bounded(scope: Scope, receive: Receive, send: Send) -> None:
        has_token = any(name == b"x-csrftoken" for name, _ in scope["headers"])
        is_upload = has_token and scope["path"].strip("/") == "api/media"
        await (uploads if is_upload else others)(scope, receive, send)

    return bounded
