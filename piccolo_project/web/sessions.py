"""The pages share the admin's sign-in and session."""

from typing import Any
from urllib.parse import quote

from litestar.connection import ASGIConnection
from litestar.types import ASGIApp, Receive, Scope, Send
from starlette.responses import RedirectResponse

from apps.accounts.callers import find_caller
from apps.accounts.tables import EXTENSION, Session, hash_token

SESSION_COOKIE = "id"
"""The name Piccolo Admin gives its cookie."""


class SessionMiddleware:
    """Sets `request.user` to the Caller, an administrator; redirects everyone else to sign in."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
        token = connection.cookies.get(SESSION_COOKIE, "")
        is_session = token and await Session.get_user_id(token, EXTENSION)
        caller = await find_caller(hash_token(token)) if is_session else None
        if caller is None or not caller.admin:
            redirect = redirect_to_sign_in(scope["path"], scope["query_string"].decode("latin-1"))
            await redirect(scope, receive, send)  # type: ignore[arg-type]  # Starlette's types.
            return
        scope["user"] = caller
        await self.app(scope, receive, send)


def redirect_to_sign_in(path: str, query: str) -> RedirectResponse:
    """Signing in leads back to this page."""
    back = quote(f"{path}?{query}" if query else path, safe="")
    return RedirectResponse(f"/admin/?next={back}", 303)
