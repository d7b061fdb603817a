"""Reads from the replica in READ_REPLICA_URL while it is available."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any, TypeVar

import asyncpg

from apps.shared.db.actors import run_in_background
from apps.shared.db.engine import Engine, get_engine
from apps.shared.db.errors import translate_error
from apps.shared.errors import DatabaseUnavailable

log = logging.getLogger(__name__)

PROBE_SECONDS = 1.0

DATABASE_NAME = "SELECT current_database()"

REPLICA_ERRORS = (
    # The query was in the way of replaying the primary's changes.
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    # The database was restored twice, and this connection is to the first one.
    asyncpg.DatabaseDroppedError,
    # The primary has been migrated, and the replica has not caught up.
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedFunctionError,
)
"""Errors that the primary would not raise for the same query."""

T = TypeVar("T")


class Replica:
    """Reads from the replica, or from the primary while the replica is unavailable.

    A background task probes for its return, so that no caller waits for a dead machine. A replica
    whose connections are all busy is available: it raises Busy rather than load the primary.
    """

    def __init__(self, database: Engine) -> None:
        self.database = database
        self.probe: asyncio.Task[None] | None = None
        self._name = ""

    async def read(self, query: Callable[[Any], Awaitable[T]]) -> T:
        """Calls `query` with a connection. It must only read, and may be called twice."""
        if self.is_available:
            name = await self._database_name()
            try:
                async with self.database.connection("replica") as connection:
                    if await connection.fetchval(DATABASE_NAME) == name:
                        return await query(connection)
                    # A restore has replaced the database. The primary closes all connections then;
                    # a replica keeps them open to the old one.
                    await connection.close()
            except Exception as error:
                self._handle_failure(error)
        async with self.database.connection() as connection:
            return await query(connection)

    @property
    def is_available(self) -> bool:
        """False in a transaction, which runs on the primary and must see its own writes."""
        if "replica" not in self.database.extra_nodes or self.database.transaction_exists():
            return False
        return self.probe is None or self.probe.done()

    async def _database_name(self) -> str:
        if not self._name:
            async with self.database.connection() as connection:
                self._name = await connection.fetchval(DATABASE_NAME)
        return self._name

    def _handle_failure(self, error: Exception) -> None:
        """Raises errors that the primary would raise, too."""
        name = type(error).__name__
        if isinstance(error, REPLICA_ERRORS):
            log.info("The replica canceled a query (%s): asking the primary.", name)
        elif not isinstance(translate_error(error), DatabaseUnavailable):
            raise error
        elif self.is_available:  # Only the first of several concurrent failures.
            log.warning("Cannot reach the replica (%s): asking the primary.", name)
            self.probe = run_in_background(self._probe_until_available())

    async def _probe_until_available(self) -> None:
        while True:
            await asyncio.sleep(PROBE_SECONDS)
            try:
                async with self.database.connection("replica") as connection:
                    await connection.fetchval("SELECT 1")
            except Exception as error:
                log.debug("The replica is still unavailable: %r", error)
            else:
                log.info("The replica is available again.")
                return


@lru_cache
def get_replica() -> Replica:
    return Replica(get_engine())
