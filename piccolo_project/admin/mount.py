"""Mounts the admin at /admin/."""

import asyncio

from litestar import Response, Router, asgi, get
from litestar.types import ASGIApp, Receive, Scope, Send
from starlette.responses import RedirectResponse

from apps.accounts.middleware import PUBLIC
from piccolo_project.admin.acting import with_actor
from piccolo_project.admin.cookies import with_secure_cookies
from piccolo_project.admin.uploads import with_bounded_uploads

HEAD_ADDITIONS = """<link rel="stylesheet" href="/static/admin.css">
  <script src="/static/admin.js"></script>
</head>"""

WRAPPERS = (with_actor, with_bounded_uploads, with_secure_cookies)
"""Middleware around the admin, innermost first."""


@get("/favicon.ico", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def send_no_favicon() -> Response[None]:
    """Every browser asks for one. Without this route it would be told to sign in."""
    return Response(None, status_code=204, headers={"Cache-Control": "max-age=86400"})


class LazyAdmin:
    """Built at the first request: importing it takes as long as everything else together."""

    def __init__(self) -> None:
        self.application: ASGIApp | None = None
        self.lock = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in {"", "/"} and not scope["raw_path"].endswith(b"/"):
            # The page loads its files by relative URLs.
            query = scope["query_string"].decode("latin-1")
            redirect = RedirectResponse(f"/admin/?{query}" if query else "/admin/")
            await redirect(scope, receive, send)  # type: ignore[arg-type]  # Starlette's types.
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
    admin.template = admin.template.replace("</head>", HEAD_ADDITIONS)
    application: ASGIApp = admin
    return application


def mount_admin() -> Router:
    admin = asgi("/admin/", is_mount=True, copy_scope=True, opt=PUBLIC)(LazyAdmin())
    return Router("/", route_handlers=[admin, send_no_favicon])
