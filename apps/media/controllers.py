"""`/media/…`: a file of DATA_DIR, or the part of it that a player asks for."""

import asyncio
import os

from litestar import HttpMethod, route
from litestar.types import ASGIApp
from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from apps.media.files import ADDRESS, TYPES, extension, open_file
from apps.shared.http.requests import AppRequest

UNCOMPRESSED = "uncompressed"
"""The `opt` of a route whose answers are compressed already, and of which parts are asked for."""

HEADERS = {
    "Cache-Control": "private, no-cache",
    # A file alone in a window is shown in a page of the browser's own: it has a style.
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; media-src 'self'; "
    "style-src 'unsafe-inline'; sandbox allow-same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class OpenFile(FileResponse):
    """Of a file that is open already, and is closed in the end.

    Starlette's own knows ranges, which Litestar's does not; it has no 304.
    """

    def __init__(self, descriptor: int, name: str) -> None:
        self.descriptor = descriptor
        super().__init__(
            f"/dev/fd/{descriptor}",
            headers=HEADERS,
            media_type=TYPES[extension(name)],
            filename=name,
            stat_result=os.fstat(descriptor),
            content_disposition_type="inline",
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if Headers(scope=scope).get("if-none-match") == self.headers["etag"]:
                headers = {**HEADERS, "ETag": self.headers["etag"]}
                await Response(status_code=304, headers=headers)(scope, receive, send)
            else:
                await super().__call__(scope, receive, send)
        finally:
            os.close(self.descriptor)


@route(
    f"{ADDRESS}{{file:path}}",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    opt={UNCOMPRESSED: True},
    include_in_schema=False,
)
async def media(request: AppRequest) -> ASGIApp:
    stored = request.scope["path"].removeprefix(ADDRESS).lstrip("/")
    descriptor, found = await asyncio.to_thread(open_file, stored)
    return OpenFile(descriptor, found.name)  # type: ignore[return-value]  # Starlette's types.
