"""JSON as PostgreSQL wrote it."""

from http import HTTPStatus
from typing import Any

from litestar.response import Response
from litestar.types import Receive, Scope, Send

from apps.shared.http.etags import compute_etag, matches_etag


class RawJSONResponse(Response[bytes]):
    """JSON that PostgreSQL wrote, passed on as it is.

    Litestar's own response handles headers, cookies and encodings that this one never has, which
    takes as long as the query.
    """

    def __init__(
        self, content: bytes, status_code: int = 200, tag: str = "", *, is_replay: bool = False
    ) -> None:
        self.content, self.status_code, self.tag = content, status_code, tag
        self.is_replay = is_replay

    def to_asgi_response(self, *args: Any, **kwargs: Any) -> Any:
        return self.send_response

    async def send_response(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(self.content)).encode()),
        ]
        if self.tag:
            headers.append((b"etag", self.tag.encode()))
        if self.is_replay:
            headers.append((b"idempotency-replayed", b"true"))
        if self.status_code == HTTPStatus.NOT_MODIFIED:
            del headers[:2]
        start: Any = {"type": "http.response.start", "status": self.status_code, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": self.content, "more_body": False})


def row_response(content: bytes, if_none_match: str | None = None) -> RawJSONResponse:
    """A row with its ETag, or 304 when the client already has that version."""
    tag = compute_etag(content)
    if if_none_match and matches_etag(if_none_match, tag):
        return RawJSONResponse(b"", 304, tag)
    return RawJSONResponse(content, tag=tag)
