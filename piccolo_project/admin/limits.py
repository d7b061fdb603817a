"""The admin's sign-in and its form for a password try them no more often than REST does."""

from typing import Any

import msgspec
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from starlette.requests import HTTPConnection

from apps.accounts.attempts import attempts
from apps.accounts.middleware import address_of
from apps.accounts.services import counted_as, forget_callers
from apps.accounts.tables import Session, User, with_email
from apps.shared.errors import BadRequest
from piccolo_project.pages.signing_in import COOKIE

SIGN_IN = "public/login"
CHANGE_PASSWORD = "api/change-password"  # noqa: S105  # A path.
MAX_FORM_BYTES = 16 << 10


def with_limits(application: ASGIApp) -> ASGIApp:
    """Passwords, and codes with them, are tried as often as over REST: both count together."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        asked = HTTPConnection(scope)  # type: ignore[arg-type]  # Starlette's types.
        path = scope["path"].strip("/")
        if path not in {SIGN_IN, CHANGE_PASSWORD} or asked.scope["method"] != "POST":
            await application(scope, receive, send)
            return
        body = await read_form(receive)
        account = await (named_in(body, asked) if path == SIGN_IN else signed_in(asked))
        if account:
            await attempts().count(account, address_of(scope))
        headers: list[tuple[bytes, bytes]] = []

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers.extend(message["headers"])
            await send(message)

        await application(scope, once(body, receive), note)
        # A wrong password may be told with 200; it moves no session, nor does a missing code.
        is_right = any(name == b"set-cookie" and told.startswith(b"id=") for name, told in headers)
        if account and is_right:
            forget_callers()
            await attempts().forget(account)

    return wrapped


async def read_form(receive: Receive) -> bytes:
    """Raises BadRequest when it is longer than any form."""
    body, is_whole = b"", False
    while not is_whole:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("The body has no end.")
        body += message.get("body", b"")
        is_whole = not message.get("more_body")
        if len(body) > MAX_FORM_BYTES:
            raise BadRequest("The body is too long.")
    return body


def once(body: bytes, receive: Receive) -> Receive:
    """What was read is given again, before what comes after it."""
    messages: list[Any] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Any:
        return messages.pop() if messages else await receive()

    return again


async def named_in(body: bytes, asked: HTTPConnection) -> str:
    """The account, as REST counts it. Raises BadRequest.

    Only JSON is read, which the page sends: in a form another user may be named to whoever reads
    it differently.
    """
    try:
        form = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        form = None
    media_type = asked.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" or not isinstance(form, dict):
        raise BadRequest("A JSON object is needed.")
    email, password, code = form.get("username"), form.get("password"), form.get("mfa_code")
    if not isinstance(email, str) or not isinstance(password, str):
        raise BadRequest("A username and a password are needed.")
    if not isinstance(code, str | None):
        raise BadRequest("The mfa_code is a text.")
    return counted_as(await User.credentials(with_email(email)), email)


async def signed_in(asked: HTTPConnection) -> str | None:
    """The account whose session it is. Without one the admin refuses by itself."""
    user_id = await Session.get_user_id(asked.cookies.get(COOKIE, ""))
    return str(user_id) if user_id else None
