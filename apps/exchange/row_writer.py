"""Writes imported rows exactly as they were exported."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from apps.exchange.exported_tables import (
    build_value_expression,
    find_self_references,
    get_exported_tables,
)
from apps.exchange.format import reject_line
from apps.exchange.library_file import RowLine
from apps.exchange.self_links import SelfLinks
from apps.shared.db.errors import translate_error
from apps.shared.db.tables import columns_in

REFUSALS = (
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
    asyncpg.ProgramLimitExceededError,
)
"""What PostgreSQL raises for a value that it does not accept."""

LINES = "unnest($1::bigint[], $2::json[]) AS l(line, row)"

FIND_UNKNOWN = f"""
SELECT l.line, name FROM {LINES}, json_object_keys(l.row) AS name
WHERE name <> ALL($3::text[]) ORDER BY l.line LIMIT 1"""


@dataclass(frozen=True)
class TableStatements:
    """For one table, with the columns in the file. The others get their defaults."""

    insert: str
    """Returns the ids of the new rows."""
    compare: str
    """The first row that differs from the file, and the columns that differ."""


def build_statements(table: str, columns: Sequence[str]) -> TableStatements:
    chosen = columns_in(get_exported_tables()[table], columns)
    values = {column._meta.name: build_value_expression(column, "l", "r") for column in chosen}
    linked = find_self_references(get_exported_tables()[table], columns)
    rows = f'{LINES}, json_populate_record(NULL::"{table}", l.row) AS r'
    # Compared as text, because JSONB considers 1.0 and 1 equal. New rows are linked later.
    differs = ", ".join(
        f"""CASE WHEN t."{name}"::text IS DISTINCT FROM ({value})::text"""
        f"""{" AND t.id <> ALL($3::uuid[])" if name in linked else ""} THEN '{name}' END"""
        for name, value in values.items()
    )
    targets = ", ".join(f'"{name}"' for name in values)
    sources = ", ".join("NULL" if name in linked else value for name, value in values.items())
    return TableStatements(
        insert=f'INSERT INTO "{table}" ({targets}) SELECT {sources} FROM {rows} '
        f'WHERE NOT EXISTS (SELECT FROM "{table}" t WHERE t.id = r.id) '
        "ON CONFLICT (id) DO NOTHING RETURNING id",
        compare=f"SELECT * FROM (SELECT l.line, t.id, array_remove(ARRAY[{differs}], NULL) "
        f'AS columns, t.id = ANY($3::uuid[]) AS is_new FROM {rows} JOIN "{table}" t '
        "ON t.id = r.id) AS d WHERE cardinality(columns) > 0 ORDER BY line LIMIT 1",
    )


class RowWriter:
    """Writes batches over one connection, inside the caller's transaction."""

    def __init__(self, connection: Any, columns: dict[str, list[str]]) -> None:
        """`columns` are those in the file, by table."""
        self.connection = connection
        self.columns = columns
        self.statements = {name: build_statements(name, chosen) for name, chosen in columns.items()}
        self.created = dict.fromkeys(columns, 0)
        self.links = SelfLinks(connection, columns)

    async def store(self, batch: Sequence[RowLine]) -> None:
        """Writes rows of one table. Raises Invalid for the first line that is refused."""
        try:
            async with self.connection.transaction():
                created = await self._store(batch)
        except REFUSALS as error:
            if len(batch) > 1:
                # One by one, to find the first line that is refused.
                for line in batch:
                    await self.store([line])
                return
            raise reject_line(
                batch[0].number, f"{batch[0].table}: {_explain_refusal(error)}"
            ) from None
        self.created[batch[0].table] += created

    async def _store(self, batch: Sequence[RowLine]) -> int:
        table = batch[0].table
        lines = [line.number for line in batch], [line.row for line in batch]
        await self._check_columns(table, lines)
        rows = await self.connection.fetch(self.statements[table].insert, *lines)
        created = [row["id"] for row in rows]
        found = await self.connection.fetchrow(self.statements[table].compare, *lines, created)
        if found:
            raise reject_line(found["line"], _describe_difference(table, found))
        await self.links.remember(table, lines, created)
        return len(created)

    async def _check_columns(self, table: str, lines: tuple[list[int], list[str]]) -> None:
        try:
            unknown = await self.connection.fetchrow(FIND_UNKNOWN, *lines, self.columns[table])
        except asyncpg.InvalidTextRepresentationError:
            if len(lines[0]) > 1:
                raise
            raise reject_line(lines[0][0], "The row is not valid JSON.") from None
        if unknown:
            raise reject_line(
                unknown["line"], f"The header has no column {unknown['name']} for {table}."
            )


def _explain_refusal(error: asyncpg.PostgresError) -> str:
    known = translate_error(error)
    return known.message if known else "A value is too large to be stored."


def _describe_difference(table: str, found: Any) -> str:
    columns = ", ".join(found["columns"])
    if found["is_new"]:
        return f"{table} {found['id']} cannot be stored unchanged: Reelbase sets {columns} itself."
    return f"{table} {found['id']} already exists with a different {columns}."
