"""Where the admin is found."""

import asyncio

from litestar import Response, Router, asgi, get
from litestar.types import ASGIApp, Receive, Scope, Send
from starlette.responses import RedirectResponse

from apps.accounts.middleware import PUBLIC
from piccolo_project.admin.acting import with_actor
from piccolo_project.admin.cookies import with_safe_cookies
from piccolo_project.admin.uploads import with_bounded_uploads

ADDITIONS = """<link rel="stylesheet" href="/static/admin.css">
  <script src="/static/admin.js"></script>
</head>"""

WRAPPERS = (with_actor, with_bounded_uploads, with_safe_cookies)
"""Around the admin, the innermost first."""


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
            query = scope["query_string"].decode("latin-1")
            there = RedirectResponse(f"/admin/?{query}" if query else "/admin/")
            await there(scope, receive, send)  # type: ignore[arg-type]  # Starlette's types.
            return
        async with self.lock:
            if self.application is None:
                admin = await asyncio.to_thread(load_admin)
                for wrap in WRAPPERS:
                    admin = wrap(admin)
                self.application = admin
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
