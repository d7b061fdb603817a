"""The connection to PostgreSQL: one bounded pool, transactions that nest, one address to find."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
    suppress,
)
from contextvars import Token
from functools import lru_cache, partial
from types import TracebackType
from typing import Any, Literal, Protocol

import asyncpg
from asyncpg.connection import Connection
from asyncpg.protocol import Record as AsyncpgRecord
from piccolo.engine.finder import engine_finder
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

from apps.shared.db.actors import NOBODY, get_current_actor
from apps.shared.db.embedded import EmbeddedPostgres
from apps.shared.errors import Busy
from apps.shared.settings import Settings, get_settings

log = logging.getLogger(__name__)
query_log = logging.getLogger("reelbase.sql")

CONNECT_SECONDS = 10
RETRY_SECONDS = 1
TIMER_SECONDS = 0.02


class Address(Protocol):
    async def dsn(self) -> str: ...

    async def close(self) -> None: ...


class FixedAddress:
    """A server somebody else runs."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def dsn(self) -> str:
        return self.url

    async def close(self) -> None:
        """Others may be using it."""


class ActingConnection(Connection):  # type: ignore[misc]  # asyncpg has no types.
    """Tells PostgreSQL who acts, when that is another than it was told last."""

    __slots__ = ("actor",)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.actor = NOBODY

    async def act(self) -> None:
        """Outside of any transaction: one that is rolled back would take it along."""
        actor = get_current_actor()
        if actor is not None and actor != self.actor:
            await self.execute("SELECT set_config('reelbase.actor', $1, false)", actor)
            self.actor = actor


class BoundedPool(asyncpg.Pool):  # type: ignore[misc]  # asyncpg has no types.
    """A pool in which nobody waits longer than `acquire_timeout` seconds for a connection."""

    __slots__ = ("acquire_timeout",)

    def __init__(self, *, acquire_timeout: float, **kwargs: Any) -> None:
        self.acquire_timeout = acquire_timeout
        super().__init__(**kwargs)

    async def _acquire(self, timeout: float | None) -> Any:  # noqa: ASYNC109  # As asyncpg has it.
        if not self._queue.empty():
            # Nobody has to wait, and connecting has a limit of its own; a timer costs 20 µs.
            return await super()._acquire(None)
        limit = self.acquire_timeout if timeout is None else timeout
        started = time.monotonic()
        try:
            return await super()._acquire(limit)
        except TimeoutError:
            # A new connection took too long. A timer may run out some milliseconds early.
            if time.monotonic() - started < limit - TIMER_SECONDS:
                raise
            raise Busy(
                f"All database connections were busy for {limit:g} s. Try again shortly."
            ) from None


class Transaction(PostgresTransaction):
    """Gives its connection back whatever happens; a nested one is a savepoint.

    Stock transactions keep the connection when COMMIT itself fails, and ignore nesting, so that
    an inner block that failed would be committed by the outer one.
    """

    __slots__ = ("_pool", "_savepoint")
    connection: Any
    engine: Any
    transaction: Any
    context: Token[Any]
    _parent: Any

    async def __aenter__(self) -> Any:
        if self._parent is not None:
            self._savepoint = self._parent.connection.transaction()
            await self._savepoint.start()
            return self._parent
        self.connection = await self._take_connection()
        try:
            self.transaction = self.connection.transaction()
            await self.transaction.start()
        except BaseException:
            await self._give_back()
            raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> Literal[False]:
        if self._parent is not None:
            if not self._parent._rolled_back and not self._parent._committed:
                await self._end(self._savepoint, failed=exception is not None)
            return False
        try:
            if not self._committed and not self._rolled_back:
                await self._end(self.transaction, failed=exception is not None)
        finally:
            self.engine.current_transaction.reset(self.context)
            await self._give_back()
        return False

    async def _end(self, transaction: Any, *, failed: bool) -> None:
        if not failed:
            await transaction.commit()
            return
        # On a lost connection nothing is left to undo, and what the block raised says more.
        with suppress(asyncpg.InterfaceError, asyncpg.PostgresConnectionError):
            await transaction.rollback()

    async def _take_connection(self) -> Any:
        # The pool may come or go before the connection is given back.
        self._pool = self.engine.pool
        if self._pool:
            return await self._pool.acquire()
        return await self.engine.get_new_connection()

    async def _give_back(self) -> None:
        if self._pool:
            await self._pool.release(self.connection)
        else:
            await self.connection.close()


class Engine(PostgresEngine):
    """Finds its server's address at the first connection, not when it is made."""

    __slots__ = ("_opening", "address", "pool_options")

    def __init__(
        self,
        address: Address,
        *,
        pool_size: int = 5,
        max_overflow: int = 10,
        pool_timeout: float = 30,
        statement_timeout: float = 30,
        echo: bool = False,
        extra_nodes: Mapping[str, PostgresEngine] | None = None,
    ) -> None:
        """`pool_timeout` and `statement_timeout` are seconds; a statement timeout of 0 is none."""
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
                # Compiling a plan takes longer than any of our queries.
                "jit": "off",
                # A scan that is cut off by LIMIT must give the same rows for each page.
                "synchronize_seqscans": "off",
                "max_parallel_workers_per_gather": "0",
            },
        }
        super().__init__(config=config, extra_nodes=extra_nodes or {})
        if echo:
            query_log.setLevel(logging.DEBUG)

    async def check_version(self) -> None:
        """Piccolo asks for the version when an engine is made, which would start the server."""

    async def _connect(self, **options: Any) -> Connection:
        # PostgreSQL names the address in `dsn`; `options` are asyncpg's own.
        options["connection_class"] = ActingConnection
        connection = await asyncpg.connect(await self.address.dsn(), **options)
        if query_log.isEnabledFor(logging.DEBUG):
            connection.add_query_logger(_log_query)
        return connection

    async def get_new_connection(self) -> Connection:
        connection = await self._connect(**self.config)
        try:
            await connection.act()
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
            # Nothing here leaves session state behind, and asyncpg's own reset costs a round trip.
            reset=_keep,
            # One that fails here is closed: what it was told is not known.
            setup=_act,
            max_queries=50_000,
            max_inactive_connection_lifetime=300,
            loop=None,
            connection_class=ActingConnection,
            record_class=AsyncpgRecord,
            **{**self.pool_options, **self.config, **kwargs},
        )

    async def open(self) -> None:
        """Starts the pools; while a server is down, says so and goes on trying in the background.

        Until then each query opens a connection of its own, so all works once the server is back.
        """
        for name, engine in {"database": self, **self.extra_nodes}.items():
            try:
                await engine.start_connection_pool()
            except Exception as error:
                log.error("The %s cannot be reached (%s); trying again.", name, _reason(error))
                if isinstance(engine, Engine):
                    engine._opening = asyncio.create_task(engine._keep_opening(name))

    async def _keep_opening(self, name: str) -> None:
        while self.pool is None:
            await asyncio.sleep(RETRY_SECONDS)
            with suppress(Exception):  # Said once already; the reason is seldom another.
                await self.start_connection_pool()
        log.info("The %s is back.", name)

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
                    log.warning("Some queries did not end in time and were cut off.")
        for engine in (self, *self.extra_nodes.values()):
            if isinstance(engine, Engine):
                await engine.address.close()

    @contextmanager
    def elsewhere(self, url: str) -> Iterator[None]:
        """Meanwhile another database is asked; for a process in which nobody else asks."""
        address, pool = self.address, self.pool
        self.address, self.pool = FixedAddress(url), None
        try:
            yield
        finally:
            self.address, self.pool = address, pool

    def transaction(self, allow_nested: bool = True) -> Transaction:
        return Transaction(engine=self, allow_nested=allow_nested)

    def connection(self, node: str | None = None) -> AbstractAsyncContextManager[Any]:
        """An asyncpg connection: the current transaction's, else one of the pool's, else a new one.

        `node` names one of the extra nodes; inside a transaction it is not used.
        """
        transaction = self.current_transaction.get()
        if transaction is not None:
            return nullcontext(transaction.connection)
        engine: PostgresEngine = self.extra_nodes.get(node, self) if node else self
        return _new_connection(engine) if engine.pool is None else engine.pool.acquire()


@asynccontextmanager
async def _new_connection(engine: PostgresEngine) -> AsyncIterator[Any]:
    connection = await engine.get_new_connection()
    try:
        yield connection
    finally:
        await connection.close()


async def _act(connection: Any) -> None:
    await connection.act()


async def _keep(connection: Any) -> None:
    return None


def _log_query(query: Any) -> None:
    """The statement and its time; never the values, among which are password hashes."""
    query_log.debug("%.1f ms: %s", query.elapsed * 1000, " ".join(query.query.split()))


def _reason(error: Exception) -> str:
    """Why a connection failed, without an address: that may hold a password."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) if isinstance(error, Busy | asyncpg.PostgresError) else type(error).__name__


def create_engine(settings: Settings | None = None) -> Engine:
    settings = settings or get_settings()
    make = partial(
        Engine,
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_max_overflow,
        pool_timeout=settings.database_pool_timeout,
        statement_timeout=settings.database_statement_timeout,
        echo=settings.database_echo,
    )
    replicas = {}
    if settings.read_replica_url:
        replicas["replica"] = make(FixedAddress(settings.read_replica_url.get_secret_value()))
    if settings.database_url:
        return make(FixedAddress(settings.database_url.get_secret_value()), extra_nodes=replicas)
    return make(EmbeddedPostgres(settings.data_dir), extra_nodes=replicas)


@lru_cache
def get_engine() -> Engine:
    """The engine that piccolo_conf declares."""
    found = engine_finder()
    assert isinstance(found, Engine)
    return found
