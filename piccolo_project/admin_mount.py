"""Where the admin is found, and its errors in our own words."""

import asyncio
import re

import msgspec
from litestar import Response, Router, asgi, get
from litestar.response import Redirect
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send
from starlette.responses import RedirectResponse

from apps.accounts.middleware import PUBLIC
from piccolo_project.sentences import SENTENCES

CONSTRAINT = re.compile(rb'constraint \\"(\w+)\\"')
DETAIL = re.compile(rb'\{"detail":("[^"]*")\}')


@get("/", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def home() -> Redirect:
    return Redirect("/admin/")


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
                self.application = with_sentences(await asyncio.to_thread(load_admin))
        await self.application(scope, receive, send)


def load_admin() -> ASGIApp:
    from piccolo_project.admin import build_admin

    application: ASGIApp = build_admin()
    return application


def mount_admin() -> Router:
    admin = asgi("/admin/", is_mount=True, copy_scope=True, opt=PUBLIC)(LazyAdmin())
    return Router("/", route_handlers=[home, admin, favicon])


def with_sentences(application: ASGIApp) -> ASGIApp:
    """Piccolo Admin shows PostgreSQL's own words when a rule refuses a row: ours are clearer."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        started: list[HTTPResponseStartEvent] = []

        async def reword(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 422:
                started.append(message)
                return
            if started and message["type"] == "http.response.body":
                start = started.pop()
                body = reworded(message["body"])
                start["headers"] = [
                    (name, str(len(body)).encode() if name == b"content-length" else value)
                    for name, value in start["headers"]
                ]
                await send(start)
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
