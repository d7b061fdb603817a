"""Where the admin is found, and its errors in our own words."""

import asyncio
import json
import re
from typing import Any

import msgspec
from litestar import Response, Router, asgi, get
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse

from apps.accounts.attempts import attempts
from apps.accounts.middleware import PUBLIC
from apps.accounts.services import counted_as
from apps.accounts.tables import Session, User, with_email
from apps.shared.errors import BadRequest
from piccolo_project.admin.acting import with_actor
from piccolo_project.admin.secrets import with_length, with_masks
from piccolo_project.sentences import SENTENCES

CONSTRAINT = re.compile(rb'constraint \\"(\w+)\\"')
DETAIL = re.compile(rb'\{"detail":("[^"]*")\}')

SIGN_IN = "public/login"
CHANGE_PASSWORD = "api/change-password"  # noqa: S105  # A path.
MAX_FORM_BYTES = 16 << 10

ADDITIONS = """<link rel="stylesheet" href="/static/admin.css">
  <script src="/static/admin.js"></script>
</head>"""


@get("/favicon.ico", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def favicon() -> Response[None]:
    """Every browser asks for it. There is none; without this it is told to sign in."""
    return Response(None, status_code=204, headers={"Cache-Control": "max-age=86400"})


class LazyAdmin:
    """Built once, at the first request: it takes as long to load as all the rest together."""

    def __init__(self) -> None:
        self.application: ASGIApp | None = None
        self.lock = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in {"", "/"} and not scope["raw_path"].endswith(b"/"):
            # Its page asks for its files relative to itself.
            await RedirectResponse("/admin/")(scope, receive, send)  # type: ignore[arg-type]  # Starlette's types.
            return
        async with self.lock:
            if self.application is None:
                admin = await asyncio.to_thread(load_admin)
                self.application = with_limits(with_actor(with_masks(with_sentences(admin))))
        await self.application(scope, receive, send)


def load_admin() -> ASGIApp:
    from piccolo_project.admin.site import build_admin

    admin = build_admin()
    admin.template = admin.template.replace("</head>", ADDITIONS)
    application: ASGIApp = admin
    return application


def mount_admin() -> Router:
    admin = asgi("/admin/", is_mount=True, copy_scope=True, opt=PUBLIC)(LazyAdmin())
    return Router("/", route_handlers=[admin, favicon])


def with_sentences(application: ASGIApp) -> ASGIApp:
    """Piccolo Admin shows PostgreSQL's own words when a rule refuses a row: ours are clearer."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        started: list[HTTPResponseStartEvent] = []

        async def reword(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 422:
                started.append(message)
                return
            if started and message["type"] == "http.response.body":
                body = reworded(message["body"])
                await send(with_length(started.pop(), len(body)))
                message["body"] = body
            await send(message)

        await application(scope, receive, reword)

    return wrapped


def reworded(body: bytes) -> bytes:
    """A constraint's sentence, or that of a hook, which Starlette calls `detail`."""
    named = CONSTRAINT.search(body)
    sentence = SENTENCES.get(named[1].decode()) if named else None
    if said := DETAIL.fullmatch(body):
        sentence = msgspec.json.decode(said[1], type=str)
    return msgspec.json.encode({"db_error": sentence}) if sentence else body


def with_limits(application: ASGIApp) -> ASGIApp:
    """Passwords are tried here as often as over REST: both count together."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        asked = HTTPConnection(scope)  # type: ignore[arg-type]  # Starlette's types.
        path = scope["path"].strip("/")
        if path not in {SIGN_IN, CHANGE_PASSWORD} or asked.scope["method"] != "POST":
            await application(scope, receive, send)
            return
        body = await read_form(receive)
        account = await (named_in(body, asked) if path == SIGN_IN else signed_in(asked))
        if account:
            await attempts().count(account, asked.client.host if asked.client else "")
        headers: list[tuple[bytes, bytes]] = []

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers.extend(message["headers"])
            await send(message)

        await application(scope, once(body, receive), note)
        # A wrong password may be told with 200, but moves no session.
        is_right = any(name == b"set-cookie" and told.startswith(b"id=") for name, told in headers)
        if account and is_right:
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
        form = json.loads(body)
    except (ValueError, RecursionError):
        form = None
    media_type = asked.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" or not isinstance(form, dict):
        raise BadRequest("A JSON object is needed.")
    email, password = form.get("username"), form.get("password")
    if not isinstance(email, str) or not isinstance(password, str):
        raise BadRequest("A username and a password are needed.")
    return counted_as(await User.credentials(with_email(email)), email)


async def signed_in(asked: HTTPConnection) -> str | None:
    """The account whose session it is. Without one the admin refuses by itself."""
    user_id = await Session.get_user_id(asked.cookies.get("id", ""))
    return str(user_id) if user_id else None
