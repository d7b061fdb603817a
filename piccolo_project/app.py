"""The assembled program."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Request, Response
from litestar.config.compression import CompressionConfig
from litestar.config.cors import CORSConfig
from litestar.di import Provide
from litestar.exceptions import MethodNotAllowedException, NotFoundException

from apps.accounts.attempts import close_attempt_limiter
from apps.accounts.idempotency import provide_run_idempotent
from apps.accounts.middleware import BearerMiddleware, get_bearer_token
from apps.configuration.listening import follow_changes
from apps.configuration.services import get_configuration
from apps.media.controllers import UNCOMPRESSED
from apps.overview.refreshing import refresh_periodically
from apps.processing.runner import run_jobs
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
from piccolo_project.hosts import create_host_middleware
from piccolo_project.observation import ObservationMiddleware
from piccolo_project.openapi.document import create_openapi_config
from piccolo_project.routes import collect_routes
from piccolo_project.web.routes import TEMPLATES
from piccolo_project.wiring import wire

MAX_BODY_BYTES = 16 << 20
"""Enough for the transcript of a whole day, with the times of its words."""
MIN_COMPRESSED_BYTES = 1024
"""A smaller response fits into one packet anyway."""


@asynccontextmanager
async def lifespan(app: Litestar) -> AsyncIterator[None]:
    await get_engine().open()
    freeze_gc()
    recording = asyncio.create_task(record_pool_every_second())
    try:
        async with follow_changes(), refresh_periodically(), run_jobs():
            yield
    finally:
        recording.cancel()
        await close_attempt_limiter()
        await get_engine().close()


def freeze_gc() -> None:
    """What is there after the start stays: scanning it for garbage again and again took a sixth of
    a request's time. It is frozen as it is, because the start leaves only some 2,000 objects of
    garbage, and collecting them takes 50 ms."""
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


async def record_pool_every_second() -> None:
    """So that the metrics are right whichever worker answers."""
    while True:
        record_pool()
        await asyncio.sleep(1)


def handle_unknown_address(
    request: Request[Any, Any, Any], error: NotFoundException | MethodNotAllowedException
) -> Response[Any]:
    """Litestar finds the route before any middleware runs: without a token, a client does not learn
    which addresses exist."""
    try:
        get_bearer_token(request)
    except DomainError as refusal:
        return render_domain_error(refusal)
    return handle_http_error(request, error)


def create_app() -> Litestar:
    wire()
    configure_logs(get_settings())
    get_configuration()  # Refuses a wrong environment or file now.
    routes = collect_routes()
    app = Litestar(
        routes,
        middleware=[
            *create_host_middleware(get_settings().allowed_hosts),
            BearerMiddleware,
        ],
        exception_handlers={
            **ERROR_HANDLERS,
            NotFoundException: handle_unknown_address,
            MethodNotAllowedException: handle_unknown_address,
        },
        before_request=check_request,
        compression_config=CompressionConfig(
            backend="gzip",
            gzip_compress_level=5,
            minimum_size=MIN_COMPRESSED_BYTES,
            exclude_opt_key=UNCOMPRESSED,
        ),
        cors_config=make_cors_config(get_settings().cors_origins),
        request_max_body_size=MAX_BODY_BYTES,
        openapi_config=create_openapi_config(routes),
        template_config=TEMPLATES,
        lifespan=[lifespan],
        dependencies={"run_idempotent": Provide(provide_run_idempotent, sync_to_thread=False)},
        logging_config=None,
    )
    # Outermost, so that requests without a route are observed as well.
    app.asgi_handler = ObservationMiddleware(app.asgi_handler)
    return app


def make_cors_config(origins: list[str]) -> CORSConfig | None:
    """Without origins, browsers let only our own pages call the API."""
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
