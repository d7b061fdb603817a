"""Everything but what says `public` needs a bearer token."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from apps.accounts.services import Caller, find_caller
from apps.accounts.tables import token_hash
from apps.shared.errors import Unauthenticated

PUBLIC = {"public": True}
"""The `opt` of a route that needs no token."""


def bearer_token(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Raises Unauthenticated when the request has none."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated(
            "Send a token: Authorization: Bearer <token>. POST /api/auth/login gives one."
        )
    return token.strip()


async def authenticate(connection: ASGIConnection[Any, Any, Any, Any]) -> Caller:
    """Raises Unauthenticated."""
    caller = await find_caller(token_hash(bearer_token(connection)))
    if caller is None:
        raise Unauthenticated("This token is unknown or has expired. Sign in again.")
    return caller


class BearerMiddleware(AbstractAuthenticationMiddleware):
    async def authenticate_request(
        self, connection: ASGIConnection[Any, Any, Any, Any]
    ) -> AuthenticationResult:
        return AuthenticationResult(user=await authenticate(connection), auth=None)
