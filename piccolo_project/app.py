"""The assembled program."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from litestar import Litestar, Request, Response
from litestar.config.compression import CompressionConfig
from litestar.config.cors import CORSConfig
from litestar.di import Provide
from litestar.exceptions import MethodNotAllowedException, NotFoundException
from litestar.static_files import create_static_files_router

from apps.accounts.attempts import close_attempts
from apps.accounts.controllers import AuthController
from apps.accounts.idempotency import provide_run_idempotent
from apps.accounts.middleware import PUBLIC, BearerMiddleware, bearer_token
from apps.audit.controllers import ROUTES as AUDIT
from apps.catalog.controllers import ROUTES as CATALOG
from apps.configuration.controllers import ROUTES as CONFIGURATION
from apps.configuration.listening import following
from apps.configuration.services import configuration
from apps.conversations.controllers import ROUTES as CONVERSATIONS
from apps.media.controllers import UNCOMPRESSED
from apps.moments.controllers import ROUTES as MOMENTS
from apps.overview.background import measuring
from apps.processing.controllers import ROUTES as PROCESSING
from apps.processing.runner import working
from apps.publishing.controllers import ROUTES as PUBLISHING
from apps.search.controllers import ROUTES as SEARCH
from apps.shared.db.engine import get_engine
from apps.shared.errors import DomainError
from apps.shared.http.error_handlers import (
    ERROR_HANDLERS,
    handle_http_error,
    render_domain_error,
)
from apps.shared.http.request_checks import check_request
from apps.shared.logs import configure_logs
from apps.shared.metrics import record_pool
from apps.shared.settings import get_settings
from apps.statistics.controllers import ROUTES as STATISTICS
from apps.transcripts.controllers import ROUTES as TRANSCRIPTS
from piccolo_project.admin.mount import mount_admin
from piccolo_project.health import HealthController, metrics
from piccolo_project.hosts import allowed
from piccolo_project.observation import Observed
from piccolo_project.openapi.document import openapi
from piccolo_project.web.routes import PAGES, TEMPLATES
from piccolo_project.wiring import wire

HERE = Path(__file__).parent
MAX_BODY_BYTES = 16 << 20
"""A transcript of a whole day, with the times of its words."""
COMPRESSED_FROM = 1024
"""Bytes. A smaller answer is in one packet anyway."""


@asynccontextmanager
async def lifespan(app: Litestar) -> AsyncIterator[None]:
    await get_engine().open()
    spare_the_collector()
    noting = asyncio.create_task(keep_noting_pool())
    try:
        async with following(), measuring(), working():
            yield
    finally:
        noting.cancel()
        await close_attempts()
        await get_engine().close()


def spare_the_collector() -> None:
    """What the start has made stays to the end: to look through it again and again for garbage
    takes a sixth of a request's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


async def keep_noting_pool() -> None:
    """For the metrics that another worker is asked for."""
    while True:
        record_pool()
        await asyncio.sleep(1)


def unknown_address(
    request: Request[Any, Any, Any], error: NotFoundException | MethodNotAllowedException
) -> Response[Any]:
    """Litestar finds the route before any middleware runs; a stranger learns nothing from it."""
    try:
        bearer_token(request)
    except DomainError as refusal:
        return render_domain_error(refusal)
    return handle_http_error(request, error)


def create_app() -> Litestar:
    wire()
    configure_logs(get_settings())
    configuration()  # What the environment or the file has wrong is refused now.
    app = Litestar(
        [
            HealthController,
            metrics,
            AuthController,
            *CATALOG,
            *TRANSCRIPTS,
            *SEARCH,
            *CONVERSATIONS,
            *MOMENTS,
            *PUBLISHING,
            *STATISTICS,
            *PROCESSING,
            *CONFIGURATION,
            *AUDIT,
            create_static_files_router(
                path="/schema/static",
                directories=[HERE / "openapi" / "static"],
                opt=PUBLIC,
                include_in_schema=False,
            ),
            create_static_files_router(
                path="/static",
                directories=[HERE / "web" / "static", HERE / "admin" / "static"],
                opt=PUBLIC,
                include_in_schema=False,
            ),
            PAGES,
            mount_admin(),
        ],
        middleware=[
            *allowed(get_settings().allowed_hosts),
            BearerMiddleware,
        ],
        exception_handlers={
            **ERROR_HANDLERS,
            NotFoundException: unknown_address,
            MethodNotAllowedException: unknown_address,
        },
        before_request=check_request,
        compression_config=CompressionConfig(
            backend="gzip",
            gzip_compress_level=5,
            minimum_size=COMPRESSED_FROM,
            exclude_opt_key=UNCOMPRESSED,
        ),
        cors_config=cors(get_settings().cors_origins),
        request_max_body_size=MAX_BODY_BYTES,
        openapi_config=openapi(),
        template_config=TEMPLATES,
        lifespan=[lifespan],
        dependencies={"run_idempotent": Provide(provide_run_idempotent, sync_to_thread=False)},
        logging_config=None,
    )
    # Outside of all that, so that what no route answers is observed as well.
    app.asgi_handler = Observed(app.asgi_handler)
    return app


def cors(origins: list[str]) -> CORSConfig | None:
    """None: browsers let only our own pages call the API."""
    if not origins:
        return None
    return CORSConfig(
        allow_origins=origins,
        allow_headers=[
            *("Authorization", "Content-Type", "If-Match", "If-None-Match"),
            *("Idempotency-Key", "X-Request-ID"),
        ],
        expose_headers=["ETag", "Idempotency-Replayed", "Retry-After", "X-Request-ID"],
    )


def __getattr__(name: str) -> Litestar:
    """`uvicorn piccolo_project.app:app` builds the program; importing this module does not."""
    if name == "app":
        globals()["app"] = built = create_app()
        return built
    raise AttributeError(name)
