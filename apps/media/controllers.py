"""`/media/…`: a file in DATA_DIR, or the range of it that a player requests."""

import asyncio
import os

from litestar import HttpMethod, route
from litestar.types import ASGIApp
from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from apps.media.files import CONTENT_TYPES, MEDIA_PATH, get_extension, open_media_file
from apps.shared.http.requests import AppRequest

UNCOMPRESSED = "uncompressed"
"""The `opt` of routes whose responses are already compressed and support ranges."""

HEADERS = {
    "Cache-Control": "private, no-cache",
    # For the style of the page in which browsers show a file opened on its own.
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; media-src 'self'; "
    "style-src 'unsafe-inline'; sandbox allow-same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class OpenFileResponse(FileResponse):
    """Sends an open file and closes it.

    Starlette's class supports ranges, which Litestar's does not, but not 304.
    """

    def __init__(self, descriptor: int, name: str) -> None:
        self.descriptor = descriptor
        super().__init__(
            f"/dev/fd/{descriptor}",
            headers=HEADERS,
            media_type=CONTENT_TYPES[get_extension(name)],
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
    f"{MEDIA_PATH}{{file:path}}",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    opt={UNCOMPRESSED: True},
    include_in_schema=False,
)
async def serve_media(request: AppRequest) -> ASGIApp:
    stored = request.scope["path"].removeprefix(MEDIA_PATH).lstrip("/")
    descriptor, found = await asyncio.to_thread(open_media_file, stored)
    return OpenFileResponse(descriptor, found.name)  # type: ignore[return-value]  # Starlette's types.
