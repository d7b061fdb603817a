"""The assembled program."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from litestar import Litestar, Request, Response
from litestar.config.allowed_hosts import AllowedHostsConfig
from litestar.exceptions import MethodNotAllowedException, NotFoundException
from litestar.middleware import DefineMiddleware
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import SwaggerRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.static_files import create_static_files_router

from apps.accounts.controllers import AuthController
from apps.accounts.middleware import PUBLIC, BearerMiddleware, bearer_token
from apps.catalog.controllers import ROUTES as CATALOG
from apps.configuration.controllers import ROUTES as CONFIGURATION
from apps.conversations.controllers import ROUTES as CONVERSATIONS
from apps.moments.controllers import ROUTES as MOMENTS
from apps.processing.controllers import ROUTES as PROCESSING
from apps.publishing.controllers import ROUTES as PUBLISHING
from apps.shared.engine import engine
from apps.shared.errors import DomainError
from apps.shared.logs import configure_logs
from apps.shared.problems import exception_handlers, from_domain, from_http
from apps.shared.settings import settings
from apps.statistics.controllers import ROUTES as STATISTICS
from apps.transcripts.controllers import ROUTES as TRANSCRIPTS
from piccolo_project.admin_mount import mount_admin
from piccolo_project.health import HealthController
from piccolo_project.sentences import SENTENCES
from piccolo_project.version import VERSION

STATIC = Path(__file__).parent / "static"


@asynccontextmanager
async def lifespan(app: Litestar) -> AsyncIterator[None]:
    await engine().open()
    try:
        yield
    finally:
        await engine().close()


def unknown_address(
    request: Request[Any, Any, Any], error: NotFoundException | MethodNotAllowedException
) -> Response[Any]:
    """Litestar finds the route before any middleware runs; a stranger learns nothing from it."""
    try:
        bearer_token(request)
    except DomainError as refusal:
        return from_domain(refusal)
    return from_http(error)


def openapi() -> OpenAPIConfig:
    files = "/schema/static"
    return OpenAPIConfig(
        title="Reelbase",
        version=VERSION,
        description="One home for online video: sign in at POST /api/auth/login, then send "
        "`Authorization: Bearer <token>`.",
        path="/schema",
        security=[{"bearer": []}],
        components=Components(
            security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer")}
        ),
        render_plugins=[
            # Its files are served from here, so that no other host is asked.
            SwaggerRenderPlugin(
                path="/",
                js_url=f"{files}/swagger-ui-bundle.js",
                css_url=f"{files}/swagger-ui.css",
                standalone_preset_js_url=f"{files}/swagger-ui-standalone-preset.js",
                favicon=f"<link rel='icon' type='image/png' href='{files}/favicon-32x32.png'>",
            )
        ],
    )


def create_app() -> Litestar:
    configure_logs(settings())
    hosts = settings().allowed_hosts
    return Litestar(
        [
            HealthController,
            AuthController,
            *CATALOG,
            *TRANSCRIPTS,
            *CONVERSATIONS,
            *MOMENTS,
            *PUBLISHING,
            *STATISTICS,
            *PROCESSING,
            *CONFIGURATION,
            create_static_files_router(
                path="/schema/static",
                directories=[STATIC / "swagger-ui"],
                opt=PUBLIC,
                include_in_schema=False,
            ),
            mount_admin(),
        ],
        middleware=[
            DefineMiddleware(BearerMiddleware, exclude=r"^/schema", exclude_from_auth_key="public")
        ],
        exception_handlers={
            **exception_handlers(SENTENCES),
            NotFoundException: unknown_address,
            MethodNotAllowedException: unknown_address,
        },
        allowed_hosts=AllowedHostsConfig(hosts) if hosts else None,
        openapi_config=openapi(),
        lifespan=[lifespan],
        logging_config=None,
    )


def __getattr__(name: str) -> Litestar:
    """`uvicorn piccolo_project.app:app` builds the program; importing this module does not."""
    if name == "app":
        globals()["app"] = built = create_app()
        return built
    raise AttributeError(name)
