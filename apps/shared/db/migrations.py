"""Migrations: what Piccolo generates, plus plain SQL for what it has no words for."""

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
"""The advisory lock that a migrating process holds; any number, but always this one."""


class MigrationRefused(DomainError):
    """Nothing of it was applied, nor of those that were pending with it."""


@dataclass
class MigrationManager(PiccoloManager):
    """Runs SQL after the table changes (or before them), and undoes it in the opposite order.

    Stock `add_raw` steps run before the tables exist, forwards and backwards.
    """

    sql: list[tuple[str, str]] = field(default_factory=list)
    sql_first: list[tuple[str, str]] = field(default_factory=list)

    def add_sql(self, forwards: str, backwards: str, *, first: bool = False) -> None:
        """`first`: what the tables themselves need, such as a function in a column's default."""
        (self.sql_first if first else self.sql).append((forwards, backwards))

    async def _execute(self, statements: Iterable[str]) -> None:
        for statement in filter(None, statements):
            if self.preview:
                print(f"\n  - [preview sql]... {statement};")
                continue
            async with get_engine().connection() as connection:
                await connection.execute(statement)

    # Piccolo has no hook for this: these two are the first and the last step of its `run`.
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
def known_migrations() -> frozenset[tuple[str, str]]:
    """(app, id) of every migration this program brings along."""
    return frozenset((app, migration) for migration, app in list_migrations())


async def applied_migrations() -> set[tuple[str, str]]:
    """(app, id) of every migration the database has had. Raises what asyncpg raises."""
    async with get_engine().connection() as connection:
        if not await connection.fetchval("SELECT to_regclass('migration') IS NOT NULL"):
            return set()
        ran = await connection.fetch("SELECT app_name, name FROM migration")
    return {(row["app_name"], row["name"]) for row in ran}


async def count_pending_migrations() -> int:
    return len(known_migrations() - await applied_migrations())


async def check_migrated() -> None:
    """Raises Conflict."""
    if pending := await count_pending_migrations():
        raise Conflict(
            f"The database is not up to date (migrations pending: {pending}). "
            "Run `piccolo migrations forwards all`, then try again."
        )


async def count_unknown_migrations() -> int:
    """More than none: a newer program has migrated the database, and this one cannot serve it."""
    return len(await applied_migrations() - known_migrations())


@contextlib.asynccontextmanager
async def migration_lock() -> AsyncIterator[None]:
    """A transaction of whoever makes the database ready; however long, others wait for its end."""
    database = get_engine()
    async with database.transaction():
        await database.run_ddl("SET LOCAL statement_timeout = 0")
        await database.run_ddl("SET LOCAL idle_in_transaction_session_timeout = 0")
        await database.run_ddl(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK_ID})")
        yield


async def apply_migrations(
    announce: Callable[[str], None] = print, first: Callable[[], Awaitable[None]] | None = None
) -> int:
    """Runs what is pending, all or nothing, and answers how many that were.

    However many processes call it at once, one migrates and the others wait for it. `first` is
    what that one does before; when it raises, nothing is migrated. Raises MigrationRefused, and
    what asyncpg raises.
    """
    if not await count_pending_migrations():
        return 0
    async with migration_lock():
        pending = await count_pending_migrations()
        if pending:
            if first is not None:
                await first()
            announce(f"Applying {pending} migrations.")
            with contextlib.redirect_stdout(io.StringIO()):
                result = await run_forwards("all")
            if not result.success:
                raise MigrationRefused(
                    f"A migration was refused, and the database stays as it was: {result.message}."
                )
    return pending
