"""The import of an export: one transaction, from the first row to the last."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NamedTuple

import asyncpg

from apps.catalog.imports.locks import import_lock
from apps.catalog.imports.search_indexes import update_search_indexes
from apps.exchange.contents import library_tables
from apps.exchange.format import PINNED
from apps.exchange.reading import LibraryFile, Line
from apps.exchange.storing import Storing
from apps.exchange.triggers import silent
from apps.shared.db.engine import get_engine
from apps.shared.errors import Busy, Forbidden

BATCH_ROWS = 500
BATCH_CHARACTERS = 4 << 20

LOCK_SECONDS = 30
"""How long to wait for somebody else who writes the same rows, or a table that is locked."""

Progress = Callable[[int, int], None]
"""Called with how many of how many rows are done."""


class Result(NamedTuple):
    rows: dict[str, int]
    """Of each table in the file."""
    created: dict[str, int]
    """The other rows were there already, and equal."""


async def import_library(
    path: Path, *, dry_run: bool = False, progress: Progress = lambda done, total: None
) -> Result:
    """All or nothing; rows that are there already stay as they are, if they are equal.

    Raises Invalid with the line that is refused, Busy while another import runs or somebody else
    holds the rows, Forbidden when the database's user does not own the tables.
    """
    with LibraryFile(path) as file:
        async with import_lock():
            try:
                created = await _store(file, dry_run, progress)
            except asyncpg.LockNotAvailableError:
                raise Busy(
                    f"Somebody else has been writing the same tables for {LOCK_SECONDS} s. "
                    "Nothing was imported; try again when that has ended."
                ) from None
            except asyncpg.InsufficientPrivilegeError:
                raise Forbidden(
                    "DATABASE_URL names a user who does not own the tables: an import must be able "
                    "to switch triggers off. Nothing was imported."
                ) from None
        changed = [table for table, count in created.items() if count]
        if changed and not dry_run:
            await update_search_indexes(changed)
    return Result({name: file.counts[name] for name in created}, created)


async def _store(file: LibraryFile, dry_run: bool, progress: Progress) -> dict[str, int]:
    async with get_engine().transaction() as transaction:
        connection = transaction.connection
        await connection.execute(f"{PINNED}; SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        storing = Storing(connection, file.columns)
        await storing.links.prepare()
        async with AsyncExitStack() as silenced:
            begun: set[str] = set()
            for batch in batches(file.rows()):
                table = batch[0].table
                triggers = library_tables()[table].bypassed_triggers
                if triggers and table not in begun:
                    await silenced.enter_async_context(silent(connection, table, *triggers))
                begun.add(table)
                await storing.store(batch)
                progress(sum(file.counts.values()), file.total)
            await storing.links.make()
        if dry_run:
            await transaction.rollback()
    return storing.created


def batches(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Of one table each; a longer row than BATCH_CHARACTERS is a batch of its own."""
    batch: list[Line] = []
    size = 0
    for line in lines:
        size += len(line.row)
        full = len(batch) == BATCH_ROWS or size > BATCH_CHARACTERS
        if batch and (full or line.table != batch[0].table):
            yield batch
            batch, size = [], len(line.row)
        batch.append(line)
    if batch:
        yield batch
