"""Bearer tokens: every route needs one unless it is public, and changes are its owner's."""

from contextlib import AbstractContextManager
from typing import Any

from litestar.connection import ASGIConnection
from litestar.types import ASGIApp, Receive, Scope, Send

from apps.accounts.callers import Caller, find_caller
from apps.accounts.tables import hash_token
from apps.shared.db.actors import EntryPoint, act_as, act_as_reader
from apps.shared.errors import Unauthenticated

PUBLIC = {"public": True}
"""`opt` of a route that needs no token."""


def get_bearer_token(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Raises Unauthenticated without a token."""
    return read_bearer_token(connection.scope)


def read_bearer_token(scope: Any) -> str:
    token: str
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, token = str(value, "latin-1").partition(" ")
            if scheme.lower() == "bearer" and token.strip():
                return token.strip()
    raise Unauthenticated(
        "Send a token: Authorization: Bearer <token>. Get one from POST /api/auth/login."
    )


async def authenticate_request(scope: Any) -> Caller:
    """Raises Unauthenticated."""
    caller = await find_caller(hash_token(read_bearer_token(scope)))
    if caller is None:
        raise Unauthenticated("This token is invalid or has expired. Sign in again.")
    return caller


def is_read_only(scope: Any) -> bool:
    return scope["method"] in {"GET", "HEAD", "OPTIONS"}


def act_as_caller(door: EntryPoint, caller: Caller | None) -> AbstractContextManager[None]:
    return act_as(door, caller.id, caller.email) if caller else act_as(door)


class BearerMiddleware:
    """Sets `request.user` to the Caller."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_public = scope["route_handler"].opt.get("public") or scope["path"].startswith("/schema")
        with act_as_reader():
            if not is_public:
                scope["user"] = await authenticate_request(scope)
            if is_read_only(scope):
                await self.app(scope, receive, send)
                return
        with act_as_caller(EntryPoint.rest, None if is_public else scope["user"]):
            await self.app(scope, receive, send)


def get_client_address(scope: Any) -> str:
    """Behind a trusted proxy, Uvicorn has already replaced it by X-Forwarded-For's."""
    return str(scope["client"][0]) if scope.get("client") else ""
