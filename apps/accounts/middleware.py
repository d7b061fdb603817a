"""Everything but what says `public` needs a bearer token; what is changed is its owner's doing."""

from contextlib import AbstractContextManager
from typing import Any

from litestar.connection import ASGIConnection
from litestar.types import ASGIApp, Receive, Scope, Send

from apps.accounts.services import Caller, find_caller
from apps.accounts.tables import token_hash
from apps.shared.db.actors import EntryPoint, act_as, act_as_reader
from apps.shared.errors import Unauthenticated

PUBLIC = {"public": True}
"""The `opt` of a route that needs no token."""


def bearer_token(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Raises Unauthenticated when the request has none."""
    return token_in(connection.scope)


def token_in(scope: Any) -> str:
    token: str
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, token = str(value, "latin-1").partition(" ")
            if scheme.lower() == "bearer" and token.strip():
                return token.strip()
    raise Unauthenticated(
        "Send a token: Authorization: Bearer <token>. POST /api/auth/login gives one."
    )


async def authenticate(scope: Any) -> Caller:
    """Raises Unauthenticated."""
    caller = await find_caller(token_hash(token_in(scope)))
    if caller is None:
        raise Unauthenticated("This token is unknown or has expired. Sign in again.")
    return caller


def only_reads(scope: Any) -> bool:
    return scope["method"] in {"GET", "HEAD", "OPTIONS"}


def acting(door: EntryPoint, caller: Caller | None) -> AbstractContextManager[None]:
    return act_as(door, caller.id, caller.email) if caller else act_as(door)


class BearerMiddleware:
    """`request.user` is the Caller."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_public = scope["route_handler"].opt.get("public") or scope["path"].startswith("/schema")
        with act_as_reader():
            if not is_public:
                scope["user"] = await authenticate(scope)
            if only_reads(scope):
                await self.app(scope, receive, send)
                return
        with acting(EntryPoint.rest, None if is_public else scope["user"]):
            await self.app(scope, receive, send)


def address_of(scope: Any) -> str:
    """Uvicorn has put X-Forwarded-For in its place already, where the proxy is trusted."""
    return str(scope["client"][0]) if scope.get("client") else ""
