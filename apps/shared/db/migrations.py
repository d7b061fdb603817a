"""Migrations: what Piccolo generates, plus SQL for what it cannot express."""

import contextlib
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from piccolo.apps.migrations.auto.migration_manager import MigrationManager as PiccoloManager

from apps.shared.db.engine import get_engine
from apps.shared.db.migration_order import list_migrations, run_forwards
from apps.shared.errors import Conflict, DomainError

MIGRATION_LOCK_ID = 0x5EE1_BA5E
"""The advisory lock of a migrating process. The number is arbitrary, but must not change."""


class MigrationRefused(DomainError):
    """A migration failed, and none of the pending ones was applied."""


@dataclass
class MigrationManager(PiccoloManager):
    """Runs SQL after the table changes, or before them, and undoes it in reverse order.

    Piccolo's own `add_raw` always runs before the tables exist.
    """

    sql: list[tuple[str, str]] = field(default_factory=list)
    sql_first: list[tuple[str, str]] = field(default_factory=list)

    def add_sql(self, forwards: str, backwards: str, *, first: bool = False) -> None:
        """`first` runs it before the tables are created, for functions that their columns need."""
        (self.sql_first if first else self.sql).append((forwards, backwards))

    async def _execute(self, statements: Iterable[str]) -> None:
        for statement in filter(None, statements):
            if self.preview:
                print(f"\n  - [preview sql]... {statement};")
                continue
            async with get_engine().connection() as connection:
                await connection.execute(statement)

    # Piccolo has no hooks: these two are the first and the last step of its `run`.
    async def _run_add_tables(self, backwards: bool = False) -> None:
        if backwards:
            await self._execute(undo for _, undo in reversed(self.sql))
        else:
            await self._execute(do for do, _ in self.sql_first)
        await super()._run_add_tables(backwards=backwards)

    async def _run_drop_constraints(self, backwards: bool = False) -> None:
        await super()._run_drop_constraints(backwards=backwards)
        if backwards:
            await self._execute(undo for _, undo in reversed(self.sql_first))
        else:
            await self._execute(do for do, _ in self.sql)


@lru_cache
def list_known_migrations() -> frozenset[tuple[str, str]]:
    """(app, id) of every migration in this program."""
    return frozenset((app, migration) for migration, app in list_migrations())


async def fetch_applied_migrations() -> set[tuple[str, str]]:
    """(app, id) of every migration applied to the database. Raises what asyncpg raises."""
    async with get_engine().connection() as connection:
        if not await connection.fetchval("SELECT to_regclass('migration') IS NOT NULL"):
            return set()
        ran = await connection.fetch("SELECT app_name, name FROM migration")
    return {(row["app_name"], row["name"]) for row in ran}


async def count_pending_migrations() -> int:
    return len(list_known_migrations() - await fetch_applied_migrations())


async def check_migrated() -> None:
    """Raises Conflict."""
    if pending := await count_pending_migrations():
        raise Conflict(
            f"The database is not up to date (migrations pending: {pending}). "
            "Run `piccolo migrations forwards all`, then try again."
        )


async def count_unknown_migrations() -> int:
    """Above 0, a newer program has migrated the database and this one cannot serve it."""
    return len(await fetch_applied_migrations() - list_known_migrations())


@contextlib.asynccontextmanager
async def migration_lock() -> AsyncIterator[None]:
    """A transaction that holds the lock for preparing the database. Others wait, however long."""
    database = get_engine()
    async with database.transaction():
        await database.run_ddl("SET LOCAL statement_timeout = 0")
        await database.run_ddl("SET LOCAL idle_in_transaction_session_timeout = 0")
        await database.run_ddl(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK_ID})")
        yield


async def apply_migrations(
    announce: Callable[[str], None] = print, first: Callable[[], Awaitable[None]] | None = None
) -> int:
    """Applies all pending migrations or none, and returns how many there were.

    Of several processes that call it at once, one migrates and the others wait. That one first
    awaits `first`, which may raise to prevent the migration. Raises MigrationRefused, and what
    asyncpg raises.
    """
    if not await count_pending_migrations():
        return 0
    async with migration_lock():
        pending = await count_pending_migrations()
        if pending:
            if first is not None:
                await first()
            announce(f"Applying {pending} migration{'s' if pending > 1 else ''}.")
            with contextlib.redirect_stdout(io.StringIO()):
                result = await run_forwards("all")
            if not result.success:
                raise MigrationRefused(
                    f"A migration failed, and the database is unchanged: {result.message}."
                )
    return pending
