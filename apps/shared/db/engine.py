"""The engine: a pool of connections to one PostgreSQL, whose address is found when needed."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
    suppress,
)
from functools import lru_cache, partial
from typing import Any, Protocol

import asyncpg
from asyncpg.protocol import Record as AsyncpgRecord
from piccolo.engine.finder import engine_finder
from piccolo.engine.postgres import PostgresEngine

from apps.shared.db.connections import ActorConnection, BoundedPool
from apps.shared.db.embedded import EmbeddedPostgres
from apps.shared.db.transactions import Transaction
from apps.shared.errors import Busy
from apps.shared.settings import Settings, get_settings

log = logging.getLogger(__name__)
query_log = logging.getLogger("reelbase.sql")

CONNECT_SECONDS = 10
RETRY_SECONDS = 1


class ServerAddress(Protocol):
    async def dsn(self) -> str: ...

    async def close(self) -> None: ...


class FixedAddress:
    """A server that somebody else runs."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def dsn(self) -> str:
        return self.url

    async def close(self) -> None:
        """Nothing to stop."""


class Engine(PostgresEngine):
    """Looks up its server's address on the first connection, not when it is created."""

    __slots__ = ("_opening", "address", "pool_options")

    def __init__(
        self,
        address: ServerAddress,
        *,
        pool_size: int = 5,
        max_overflow: int = 10,
        pool_timeout: float = 30,
        statement_timeout: float = 30,
        echo: bool = False,
        extra_nodes: Mapping[str, PostgresEngine] | None = None,
    ) -> None:
        """Timeouts are in seconds; a `statement_timeout` of 0 means no limit."""
        self.address = address
        self.pool_options = {
            "min_size": pool_size,
            "max_size": pool_size + max_overflow,
            "acquire_timeout": pool_timeout,
        }
        self._opening: asyncio.Task[None] | None = None
        config = {
            "timeout": CONNECT_SECONDS,
            "server_settings": {
                "application_name": "reelbase",
                "timezone": "UTC",
                "statement_timeout": str(int(statement_timeout * 1000)),
                # Compiling a plan takes longer than running any of our queries.
                "jit": "off",
                # A scan cut short by LIMIT must return the same rows for each page.
                "synchronize_seqscans": "off",
                "max_parallel_workers_per_gather": "0",
            },
        }
        super().__init__(config=config, extra_nodes=extra_nodes or {})
        if echo:
            query_log.setLevel(logging.DEBUG)

    async def check_version(self) -> None:
        """Piccolo checks the version of each new engine, which would start the server."""

    async def _connect(self, **options: Any) -> ActorConnection:
        options["connection_class"] = ActorConnection
        connection: ActorConnection = await asyncpg.connect(await self.address.dsn(), **options)
        if query_log.isEnabledFor(logging.DEBUG):
            connection.add_query_logger(_log_query)
        return connection

    async def get_new_connection(self) -> ActorConnection:
        connection = await self._connect(**self.config)
        try:
            await connection.set_actor()
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def start_connection_pool(self, **kwargs: Any) -> None:
        """Raises what asyncpg raises when the server cannot be reached."""
        if self.pool is not None:
            return
        self.pool = await BoundedPool(
            connect=self._connect,
            # We leave no session state behind, and asyncpg's reset costs a round trip.
            reset=_skip_reset,
            # asyncpg closes a connection whose setup fails, as its actor is unknown.
            setup=_set_actor,
            max_queries=50_000,
            max_inactive_connection_lifetime=300,
            loop=None,
            connection_class=ActorConnection,
            record_class=AsyncpgRecord,
            **{**self.pool_options, **self.config, **kwargs},
        )

    async def open(self) -> None:
        """Starts the pools, or logs that a server is down and keeps trying in the background.

        Until a pool is up each query opens its own connection, so the first one after the server is
        back succeeds.
        """
        for name, engine in {"database": self, **self.extra_nodes}.items():
            try:
                await engine.start_connection_pool()
            except Exception as error:
                log.error("Cannot reach the %s (%s); retrying.", name, _describe_failure(error))
                if isinstance(engine, Engine):
                    engine._opening = asyncio.create_task(engine._keep_opening(name))

    async def _keep_opening(self, name: str) -> None:
        while self.pool is None:
            await asyncio.sleep(RETRY_SECONDS)
            with suppress(Exception):  # Already logged.
                await self.start_connection_pool()
        log.info("The %s is available again.", name)

    async def close(self) -> None:
        for engine in (self, *self.extra_nodes.values()):
            if isinstance(engine, Engine) and engine._opening is not None:
                engine._opening.cancel()
                engine._opening = None
            if engine.pool is not None:
                pool, engine.pool = engine.pool, None
                try:
                    await asyncio.wait_for(pool.close(), CONNECT_SECONDS)
                except TimeoutError:
                    log.warning("Some queries did not finish in time and were cut off.")
        for engine in (self, *self.extra_nodes.values()):
            if isinstance(engine, Engine):
                await engine.address.close()

    @contextmanager
    def using_database(self, url: str) -> Iterator[None]:
        """Queries another database meanwhile; only for a process that does nothing else."""
        address, pool = self.address, self.pool
        self.address, self.pool = FixedAddress(url), None
        try:
            yield
        finally:
            self.address, self.pool = address, pool

    def transaction(self, allow_nested: bool = True) -> Transaction:
        return Transaction(engine=self, allow_nested=allow_nested)

    def connection(self, node: str | None = None) -> AbstractAsyncContextManager[Any]:
        """An asyncpg connection: the transaction's, else one of the pool's, else a new one.

        `node` names one of the extra nodes; a transaction ignores it.
        """
        transaction = self.current_transaction.get()
        if transaction is not None:
            return nullcontext(transaction.connection)
        engine: PostgresEngine = self.extra_nodes.get(node, self) if node else self
        return _open_connection(engine) if engine.pool is None else engine.pool.acquire()


@asynccontextmanager
async def _open_connection(engine: PostgresEngine) -> AsyncIterator[Any]:
    connection = await engine.get_new_connection()
    try:
        yield connection
    finally:
        await connection.close()


async def _set_actor(connection: Any) -> None:
    await connection.set_actor()


async def _skip_reset(connection: Any) -> None:
    return None


def _log_query(query: Any) -> None:
    """Logs the statement and its time, never its values: those include password hashes."""
    query_log.debug("%.1f ms: %s", query.elapsed * 1000, " ".join(query.query.split()))


def _describe_failure(error: Exception) -> str:
    """Why a connection failed, without the address: that may contain a password."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) if isinstance(error, Busy | asyncpg.PostgresError) else type(error).__name__


def create_engine(settings: Settings | None = None) -> Engine:
    settings = settings or get_settings()
    create = partial(
        Engine,
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_max_overflow,
        pool_timeout=settings.database_pool_timeout,
        statement_timeout=settings.database_statement_timeout,
        echo=settings.database_echo,
    )
    replicas = {}
    if settings.read_replica_url:
        replicas["replica"] = create(FixedAddress(settings.read_replica_url.get_secret_value()))
    if settings.database_url:
        return create(FixedAddress(settings.database_url.get_secret_value()), extra_nodes=replicas)
    return create(EmbeddedPostgres(settings.data_dir), extra_nodes=replicas)


@lru_cache
def get_engine() -> Engine:
    """The engine that piccolo_conf declares."""
    engine = engine_finder()
    assert isinstance(engine, Engine)
    return engine
