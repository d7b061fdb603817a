"""Records the actor of every change made in the admin."""

from litestar.types import ASGIApp, Receive, Scope, Send
from starlette.requests import HTTPConnection

from apps.accounts.middleware import acting, only_reads
from apps.accounts.services import Caller, find_caller
from apps.accounts.tables import token_hash
from apps.shared.db.actors import EntryPoint, act_as_reader
from piccolo_project.web.sessions import SESSION_COOKIE


def with_actor(application: ASGIApp) -> ASGIApp:
    """Piccolo Admin checks access itself; this only names the actor."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if only_reads(scope):
            await application(scope, receive, send)
            return
        with act_as_reader():
            caller = await find_signed_in_caller(scope)
        with acting(EntryPoint.admin, caller):
            await application(scope, receive, send)

    return wrapped


async def find_signed_in_caller(scope: Scope) -> Caller | None:
    """None on the sign-in paths, even if the browser sends an old cookie."""
    if scope["path"].lstrip("/").startswith("public/"):
        return None
    token = HTTPConnection(scope).cookies.get(SESSION_COOKIE, "")  # type: ignore[arg-type]  # Starlette's types.
    return await find_caller(token_hash(token)) if token else None
