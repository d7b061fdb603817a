"""Records the actor of every change made in the admin."""

from litestar.types import ASGIApp, Receive, Scope, Send
from starlette.requests import HTTPConnection

from apps.accounts.callers import Caller, find_caller
from apps.accounts.middleware import act_as_caller, is_read_only
from apps.accounts.tables import hash_token
from apps.shared.db.actors import EntryPoint, act_as_reader
from piccolo_project.web.sessions import SESSION_COOKIE


def with_actor(application: ASGIApp) -> ASGIApp:
    """Piccolo Admin checks access itself; this only names the actor."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if is_read_only(scope):
            await application(scope, receive, send)
            return
        with act_as_reader():
            caller = await find_signed_in_caller(scope)
        with act_as_caller(EntryPoint.admin, caller):
            await application(scope, receive, send)

    return wrapped


async def find_signed_in_caller(scope: Scope) -> Caller | None:
    """None on the sign-in paths, even if the browser sends an old cookie."""
    if scope["path"].lstrip("/").startswith("public/"):
        return None
    token = HTTPConnection(scope).cookies.get(SESSION_COOKIE, "")  # type: ignore[arg-type]  # Starlette's types.
    return await find_caller(hash_token(token)) if token else None
