"""Headers, bodies by the letter, and answers as PostgreSQL wrote them."""

import hashlib
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Protocol, TypeAlias
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from litestar.exceptions import ValidationException
from litestar.params import HeaderParameter
from litestar.response import Response
from litestar.types import Receive, Scope, Send

from apps.shared.db.access import Viewer
from apps.shared.http.resources import etag, etags

Asked: TypeAlias = Request[Any, Any, Any]
OnceKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="Any text of yours: a request that is sent again with it makes nothing new, "
        "for a day.",
    ),
]
IfMatch = Annotated[
    str | None,
    HeaderParameter(name="If-Match", description="An ETag: write only if the row still has it."),
]
IfNoneMatch = Annotated[
    str | None,
    HeaderParameter(name="If-None-Match", description="An ETag: 304 if the row still has it."),
]


READS_QUERY = {"reads_query": True}
"""The `opt` of a route that knows its parameters better than its signature tells."""


def asked_of(request: Asked) -> list[tuple[str, str]]:
    """The query string, in its order: Litestar's own is shuffled, and slow when it is long."""
    query = request.scope["query_string"].decode(errors="replace")
    return parse_qsl(query, keep_blank_values=True)


class Once(Protocol):
    """See apps.accounts.idempotency, which the program puts into its state."""

    async def __call__(
        self, viewer: Viewer, key: str, fingerprint: str, make: Callable[[], Awaitable[bytes]]
    ) -> tuple[bytes, bool]: ...


class Written(Response[bytes]):
    """JSON that PostgreSQL wrote, passed on as it is.

    Litestar's own response works out headers, cookies and encodings that such an answer has none
    of, which takes as long as the query.
    """

    def __init__(
        self, content: bytes, status_code: int = 200, tag: str = "", *, is_again: bool = False
    ) -> None:
        self.content, self.status_code, self.tag = content, status_code, tag
        self.is_again = is_again

    def to_asgi_response(self, *args: Any, **kwargs: Any) -> Any:
        return self.answer

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(self.content)).encode()),
        ]
        if self.tag:
            headers.append((b"etag", self.tag.encode()))
        if self.is_again:
            headers.append((b"idempotency-replayed", b"true"))
        if self.status_code == HTTPStatus.NOT_MODIFIED:
            del headers[:2]
        start: Any = {"type": "http.response.start", "status": self.status_code, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": self.content, "more_body": False})


async def exactly(request: Asked, data: Any) -> Any:
    """The body by the letter: Litestar takes "5" for a number, and 0 for false and for 1970.

    Raises ValidationException.
    """
    faults = [
        {"message": text, "key": path}
        for path, text in other_kinds(data, msgspec.json.decode(await request.body()), "")
    ]
    if faults:
        raise ValidationException(faults[0]["message"], extra=faults)
    return data


def other_kinds(value: Any, sent: Any, path: str) -> Iterator[tuple[str, str]]:
    """Where `value` was made from something of another kind: its place, and what is wrong."""
    expected: tuple[type, ...] = (str,)
    match value:
        case msgspec.Struct():
            for name, part in sent.items():
                place = f"{path}.{name}" if path else name
                yield from other_kinds(getattr(value, name), part, place)
            return
        case list():
            for number, (each, part) in enumerate(zip(value, sent, strict=True)):
                yield from other_kinds(each, part, f"{path}[{number}]")
            return
        case dict() | None:
            return
        case bool():
            expected = (bool,)
        case int() | float():
            expected = (int, float)
        case datetime() if isinstance(sent, str) and sent[4:5] != "-":
            yield path, "Expected a time as 2026-01-31T12:00:00Z"
            return
    if type(sent) not in expected:
        kind = "number" if float in expected else expected[0].__name__
        yield path, f"Expected `{kind}`, got `{type(sent).__name__}`"


async def made_once(
    request: Asked, key: str | None, make: Callable[[], Awaitable[bytes]]
) -> tuple[bytes, bool]:
    """What `make` answers, and whether that was before; without a key it is made anew."""
    if key is None:
        return await make(), False
    said = f"{request.method} {request.url.path}\n".encode() + await request.body()
    once: Once = request.app.state.once
    return await once(request.user, key, hashlib.sha256(said).hexdigest(), make)


def row(content: bytes, status_code: int = 200, if_none_match: str | None = None) -> Written:
    """A row with its ETag; nothing but that when the caller has it already."""
    tag = etag(content)
    if if_none_match and (if_none_match.strip() == "*" or tag in etags(if_none_match)):
        return Written(b"", 304, tag)
    return Written(content, status_code, tag)
