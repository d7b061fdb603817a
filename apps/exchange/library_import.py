"""Imports an exported library, in one transaction."""

from collections.abc import Iterable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NamedTuple

import asyncpg

from apps.catalog.imports.folder_import import ProgressCallback
from apps.catalog.imports.locks import import_lock
from apps.catalog.imports.search_indexes import update_search_indexes
from apps.exchange.exported_tables import get_exported_tables
from apps.exchange.format import SESSION_SETTINGS
from apps.exchange.library_file import LibraryFile, RowLine
from apps.exchange.row_writer import RowWriter
from apps.exchange.triggers import disable_triggers
from apps.shared.db.engine import get_engine
from apps.shared.errors import Busy, Forbidden

BATCH_ROWS = 500
BATCH_CHARACTERS = 4 << 20

LOCK_SECONDS = 30
"""How long to wait for locks on rows and tables."""


class ImportResult(NamedTuple):
    rows: dict[str, int]
    """Per table in the file."""
    created: dict[str, int]
    """Per table. The other rows already existed and were equal."""


async def import_library(
    path: Path, *, dry_run: bool = False, progress: ProgressCallback = lambda done, total: None
) -> ImportResult:
    """Imports everything or nothing. Existing rows must be equal to those in the file.

    Raises Invalid for the first line that is refused, Busy while another import runs or the rows
    are locked, and Forbidden when the database user does not own the tables.
    """
    with LibraryFile(path) as file:
        async with import_lock():
            try:
                created = await _store(file, dry_run, progress)
            except asyncpg.LockNotAvailableError:
                raise Busy(
                    f"The tables have been locked by another writer for {LOCK_SECONDS} s. "
                    "Nothing was imported. Try again later."
                ) from None
            except asyncpg.InsufficientPrivilegeError:
                raise Forbidden(
                    "The user in DATABASE_URL does not own the tables, so an import cannot disable "
                    "their triggers. Nothing was imported."
                ) from None
        changed = [table for table, count in created.items() if count]
        if changed and not dry_run:
            await update_search_indexes(changed)
    return ImportResult({name: file.counts[name] for name in created}, created)


async def _store(file: LibraryFile, dry_run: bool, progress: ProgressCallback) -> dict[str, int]:
    async with get_engine().transaction() as transaction:
        connection = transaction.connection
        await connection.execute(f"{SESSION_SETTINGS}; SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        writer = RowWriter(connection, file.columns)
        await writer.links.create_tables()
        async with AsyncExitStack() as disabled:
            seen: set[str] = set()
            for batch in batch_lines(file.rows()):
                table = batch[0].table
                triggers = get_exported_tables()[table].bypassed_triggers
                if triggers and table not in seen:
                    await disabled.enter_async_context(
                        disable_triggers(connection, table, *triggers)
                    )
                seen.add(table)
                await writer.store(batch)
                progress(sum(file.counts.values()), file.total)
            await writer.links.restore()
        if dry_run:
            await transaction.rollback()
    return writer.created


def batch_lines(lines: Iterable[RowLine]) -> Iterator[list[RowLine]]:
    """Each batch is of one table. A row longer than BATCH_CHARACTERS gets its own batch."""
    batch: list[RowLine] = []
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
