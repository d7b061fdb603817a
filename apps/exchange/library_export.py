"""Exports the whole library line by line, as of one moment."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from apps.catalog.imports.folder_import import ProgressCallback
from apps.exchange.export_file import ExportFile
from apps.exchange.exported_tables import build_rows_query, get_exported_tables
from apps.exchange.format import (
    FORMAT,
    MAX_LINE_BYTES,
    SESSION_SETTINGS,
    VERSION,
    Footer,
    Header,
    TableContents,
)
from apps.shared import version
from apps.shared.db.engine import get_engine
from apps.shared.db.migrations import fetch_applied_migrations
from apps.shared.db.tables import names
from apps.shared.errors import DomainError, Invalid


async def export_library(
    output: ExportFile, progress: ProgressCallback = lambda done, total: None
) -> dict[str, int]:
    """The number of rows per table. Others may keep writing: the export is a snapshot.

    Raises Invalid if the output cannot be written.
    """
    async with (
        get_engine().connection() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        await connection.execute(SESSION_SETTINGS)
        header = await _make_header(connection)
        output.write(_encode_line(header))
        counts = dict.fromkeys(get_exported_tables(), 0)
        total = sum(table.rows for table in header.tables)
        for name, table in get_exported_tables().items():
            copy = TableCopy(output, name, total, progress, before=sum(counts.values()))
            # JSON has no raw control characters, so CSV with these delimiters quotes nothing.
            await connection.copy_from_query(
                build_rows_query(table),
                output=copy.take,
                format="csv",
                delimiter="\x02",
                quote="\x01",
            )
            if copy.failure:
                raise copy.failure
            counts[name] = copy.rows
        output.write(_encode_line(Footer(counts)))
    return counts


async def _make_header(connection: Any) -> Header:
    tables = [
        TableContents(
            name,
            names(table._meta.columns),
            await connection.fetchval(f'SELECT count(*) FROM "{name}"'),
        )
        for name, table in get_exported_tables().items()
    ]
    migrations = sorted(await fetch_applied_migrations())
    return Header(FORMAT, VERSION, version.VERSION, datetime.now(UTC), migrations, tables)


@dataclass
class TableCopy:
    """Writes the rows of one table as PostgreSQL sends them."""

    output: ExportFile
    table: str
    total: int
    progress: ProgressCallback
    before: int
    """The number of rows in the tables before this one."""
    rows: int = 0
    failure: DomainError | None = None

    async def take(self, data: bytes) -> None:
        """Never raises: asyncpg may hang if a callback raises at the end of the table.

        After a failure the rest of the table is discarded.
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
    """PostgreSQL sends whole rows, and several at once only if they are short."""
    if len(data) > MAX_LINE_BYTES:
        raise Invalid(
            f"A row of {table} is longer than {MAX_LINE_BYTES >> 20} MB as JSON, too long to "
            "import again. Use `piccolo project backup` instead."
        )


def _encode_line(content: Header | Footer) -> bytes:
    return msgspec.json.encode(content) + b"\n"
