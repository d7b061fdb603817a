"""The whole library, as it was at one moment, line by line."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from apps.exchange.contents import library_tables, rows_as_lines
from apps.exchange.format import (
    FORMAT,
    LONGEST_LINE,
    PINNED,
    VERSION,
    End,
    Header,
    TableContents,
)
from apps.exchange.output import Output
from apps.shared import version
from apps.shared.db.engine import get_engine
from apps.shared.db.migrations import fetch_applied_migrations
from apps.shared.db.tables import names
from apps.shared.errors import DomainError, Invalid

Progress = Callable[[int, int], None]
"""Called with how many of how many rows are done."""


async def export_library(
    output: Output, progress: Progress = lambda done, total: None
) -> dict[str, int]:
    """The number of rows of each table. Others may write meanwhile: it is one moment's state.

    Raises Invalid when it cannot be written.
    """
    async with (
        get_engine().connection() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        await connection.execute(PINNED)
        header = await _header(connection)
        output.write(_line(header))
        counts = dict.fromkeys(library_tables(), 0)
        total = sum(table.rows for table in header.tables)
        for name, table in library_tables().items():
            copying = Copying(output, name, total, progress, before=sum(counts.values()))
            # JSON has no control characters, so nothing needs CSV's quotes: a line is its row.
            await connection.copy_from_query(
                rows_as_lines(table),
                output=copying.take,
                format="csv",
                delimiter="\x02",
                quote="\x01",
            )
            if copying.failure:
                raise copying.failure
            counts[name] = copying.rows
        output.write(_line(End(counts)))
    return counts


async def _header(connection: Any) -> Header:
    tables = [
        TableContents(
            name,
            names(table._meta.columns),
            await connection.fetchval(f'SELECT count(*) FROM "{name}"'),
        )
        for name, table in library_tables().items()
    ]
    migrations = sorted(await fetch_applied_migrations())
    return Header(FORMAT, VERSION, version.VERSION, datetime.now(UTC), migrations, tables)


@dataclass
class Copying:
    """Writes what PostgreSQL sends of one table, in whole rows."""

    output: Output
    table: str
    total: int
    progress: Progress
    before: int
    """The number of rows of the tables before it."""
    rows: int = 0
    failure: DomainError | None = None

    async def take(self, data: bytes) -> None:
        """It does not raise: asyncpg may wait for ever when that meets the end of the table.

        After a failure what is left of the table is passed over.
        """
        if self.failure is None:
            try:
                _check_length(data, self.table)
                self.output.write(data)
            except DomainError as error:
                self.failure = error
        self.rows += data.count(b"\n")
        self.progress(self.before + self.rows, self.total)


def _check_length(data: bytes, table: str) -> None:
    """PostgreSQL sends whole rows, and many together only as long as they are short."""
    if len(data) > LONGEST_LINE:
        raise Invalid(
            f"A row of {table} is longer than {LONGEST_LINE >> 20} MB as JSON, which no import "
            "would take. `piccolo project backup` takes it."
        )


def _line(content: Header | End) -> bytes:
    return msgspec.json.encode(content) + b"\n"
