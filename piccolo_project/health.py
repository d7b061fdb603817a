"""Liveness, readiness, and the state of the services."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeVar

import msgspec
from litestar import Controller, Response, get
from litestar.openapi.datastructures import ResponseSpec

from apps.accounts.middleware import PUBLIC
from apps.shared.db.engine import get_engine
from apps.shared.db.migrations import count_pending_migrations
from apps.shared.http.guards import requires_administrator
from apps.shared.metrics import BUILD, MEDIA_TYPE, render_metrics
from apps.shared.settings import get_settings
from apps.shared.version import VERSION

log = logging.getLogger(__name__)

PROBE_SECONDS = 1.5
RETRY_AFTER = {"Retry-After": "2"}

BUILD.labels(VERSION).set(1)

T = TypeVar("T")
State = Literal["connected", "disconnected"]


class Health(msgspec.Struct):
    status: Literal["healthy", "unhealthy"]
    database: State
    redis: Literal["connected", "disconnected", "disabled"]
    version: str


class Readiness(msgspec.Struct):
    ready: bool
    database: State
    pending_migrations: int | None


class Probe:
    """Checks a service without ever waiting longer than PROBE_SECONDS.

    A check that hangs is left to finish, and no other one starts meanwhile: canceling a query would
    need the same hanging server.
    """

    def __init__(self, check: Callable[[], Awaitable[Any]]) -> None:
        self.check = check
        self.task: asyncio.Task[Any] | None = None

    async def run(self) -> Any:
        """The result, or None if the check failed or is too slow."""
        if self.task is None or self.task.done():
            self.task = asyncio.ensure_future(self.check())
        await asyncio.wait({self.task}, timeout=PROBE_SECONDS)
        if not self.task.done() or self.task.cancelled():
            return None
        if error := self.task.exception():
            log.debug("A health probe failed: %r", error)
            return None
        return self.task.result()


async def query_database() -> bool:
    async with get_engine().connection() as connection:
        return bool(await connection.fetchval("SELECT true"))


async def ping_redis() -> bool:
    # Importing this takes a tenth of the start-up time, and most installations have no Redis.
    from redis.asyncio import Redis

    url = get_settings().redis_url
    assert url is not None
    async with Redis.from_url(url.get_secret_value(), socket_timeout=PROBE_SECONDS) as redis:
        return bool(await redis.ping())


class HealthController(Controller):
    path = "/health"
    tags = ["Health"]
    opt = PUBLIC
    security = [{}]

    database = Probe(query_database)
    redis = Probe(ping_redis)
    migrations = Probe(count_pending_migrations)

    @get(
        summary="Get the state of the program and its services",
        responses={503: ResponseSpec(Health, description="The database cannot be reached.")},
    )
    async def health(self) -> Response[Health]:
        probes = [self.database, self.redis] if get_settings().redis_url else [self.database]
        database, *redis = await asyncio.gather(*(probe.run() for probe in probes))
        body = Health(
            status="healthy" if database else "unhealthy",
            database=describe_state(database),
            redis=describe_state(redis[0]) if redis else "disabled",
            version=VERSION,
        )
        return respond_by_state(database, body)

    @get("/live", summary="Check that the process is running")
    async def live(self) -> dict[Literal["alive"], bool]:
        return {"alive": True}

    @get(
        "/ready",
        summary="Check that the database is available and migrated",
        responses={503: ResponseSpec(Readiness, description="Not ready.")},
    )
    async def ready(self) -> Response[Readiness]:
        pending = await self.migrations.run()
        body = Readiness(
            ready=pending == 0,
            database=describe_state(pending is not None),
            pending_migrations=pending,
        )
        return respond_by_state(body.ready, body)


def describe_state(answer: Any) -> State:
    return "connected" if answer else "disconnected"


def respond_by_state(is_available: Any, body: T) -> Response[T]:
    """Answers 503 unless it is available."""
    return Response(
        body, status_code=200 if is_available else 503, headers={} if is_available else RETRY_AFTER
    )


@get(
    "/metrics",
    include_in_schema=False,
    sync_to_thread=False,
    guards=[requires_administrator("Only an administrator can see the metrics.")],
)
def metrics() -> Response[bytes]:
    """For Prometheus, with an administrator's token as `authorization: {credentials: …}`."""
    return Response(render_metrics(), media_type=MEDIA_TYPE)
