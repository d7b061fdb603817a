"""Reading from the replica in READ_REPLICA_URL, for as long as there is one that answers."""

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

NAME = "SELECT current_database()"

CANNOT_NOW = (
    # Its query would have held up the replay of what the primary did.
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    # The database was restored twice, and this connection was to the one before both.
    asyncpg.DatabaseDroppedError,
    # The primary has migrated, and the replica not yet.
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedFunctionError,
)
"""What a replica refuses and the primary does not."""

Answer = TypeVar("Answer")


class Replica:
    """Asks the replica; while it cannot be reached, the primary.

    Whether it is back is found out in the background, so that no caller waits for a machine that
    is gone. A replica whose connections are all busy is there: then Busy is raised, and the load
    is not passed on to the primary.
    """

    def __init__(self, database: Engine) -> None:
        self.database = database
        self.returning: asyncio.Task[None] | None = None
        self._name = ""

    async def read(self, question: Callable[[Any], Awaitable[Answer]]) -> Answer:
        """What `question` answers; it gets a connection, only reads, and may be asked twice."""
        if self.is_there:
            name = await self._database_name()
            try:
                async with self.database.connection("replica") as connection:
                    if await connection.fetchval(NAME) == name:
                        return await question(connection)
                    # A restore has put another database in the place of this one. On the primary
                    # it ends all connections; a replica keeps them, to the old one.
                    await connection.close()
            except Exception as error:
                self._note(error)
        async with self.database.connection() as connection:
            return await question(connection)

    @property
    def is_there(self) -> bool:
        """A transaction is on the primary, and sees there what it has written itself."""
        if "replica" not in self.database.extra_nodes or self.database.transaction_exists():
            return False
        return self.returning is None or self.returning.done()

    async def _database_name(self) -> str:
        if not self._name:
            async with self.database.connection() as connection:
                self._name = await connection.fetchval(NAME)
        return self._name

    def _note(self, error: Exception) -> None:
        """Raises what the primary would not answer either."""
        name = type(error).__name__
        if isinstance(error, CANNOT_NOW):
            log.info("The replica gave a query up (%s): the primary is asked.", name)
        elif not isinstance(translate_error(error), DatabaseUnavailable):
            raise error
        elif self.is_there:  # Of all that fail at the same moment, one says so.
            log.warning("The replica cannot be reached (%s): the primary is asked.", name)
            self.returning = run_in_background(self._await_return())

    async def _await_return(self) -> None:
        while True:
            await asyncio.sleep(PROBE_SECONDS)
            try:
                async with self.database.connection("replica") as connection:
                    await connection.fetchval("SELECT 1")
            except Exception as error:
                log.debug("The replica is still away: %r", error)
            else:
                log.info("The replica answers again.")
                return


@lru_cache
def get_replica() -> Replica:
    return Replica(get_engine())
