"""Writing the rows of an export: as they were, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from apps.exchange.contents import from_json, library_tables, self_references
from apps.exchange.format import refused
from apps.exchange.linking import Links
from apps.exchange.reading import Line
from apps.shared.db.errors import translate_error
from apps.shared.db.tables import columns_in

REFUSALS = (
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
    asyncpg.ProgramLimitExceededError,
)
"""What PostgreSQL raises for a value that it does not take."""

LINES = "unnest($1::bigint[], $2::json[]) AS l(line, row)"

PARSE = f"""
SELECT l.line, name FROM {LINES}, json_object_keys(l.row) AS name
WHERE name <> ALL($3::text[]) ORDER BY l.line LIMIT 1"""


@dataclass(frozen=True)
class Statements:
    """Of one table, with the columns that the file has. What it lacks takes its default."""

    insert: str
    """Answers the ids of the rows that are new. Rows that others of the table name come first."""
    compare: str
    """The first row that is stored otherwise than the file has it, and in which columns."""


def statements(table: str, columns: Sequence[str]) -> Statements:
    chosen = columns_in(library_tables()[table], columns)
    values = {column._meta.name: from_json(column, "l", "r") for column in chosen}
    linked = self_references(library_tables()[table], columns)
    rows = f'{LINES}, json_populate_record(NULL::"{table}", l.row) AS r'
    # A row is compared as text, which knows 1.0 from 1 in JSONB. New ones are linked later.
    differs = ", ".join(
        f"""CASE WHEN t."{name}"::text IS DISTINCT FROM ({value})::text"""
        f"""{" AND t.id <> ALL($3::uuid[])" if name in linked else ""} THEN '{name}' END"""
        for name, value in values.items()
    )
    targets = ", ".join(f'"{name}"' for name in values)
    sources = ", ".join("NULL" if name in linked else value for name, value in values.items())
    return Statements(
        insert=f'INSERT INTO "{table}" ({targets}) SELECT {sources} FROM {rows} '
        f'WHERE NOT EXISTS (SELECT FROM "{table}" t WHERE t.id = r.id) '
        "ON CONFLICT (id) DO NOTHING RETURNING id",
        compare=f"SELECT * FROM (SELECT l.line, t.id, array_remove(ARRAY[{differs}], NULL) "
        f'AS columns, t.id = ANY($3::uuid[]) AS is_new FROM {rows} JOIN "{table}" t '
        "ON t.id = r.id) AS d WHERE cardinality(columns) > 0 ORDER BY line LIMIT 1",
    )


class Storing:
    """Writes batches over one connection, which is in a transaction of the caller's."""

    def __init__(self, connection: Any, columns: dict[str, list[str]]) -> None:
        """`columns` are those that the file has of each table."""
        self.connection = connection
        self.columns = columns
        self.statements = {name: statements(name, chosen) for name, chosen in columns.items()}
        self.created = dict.fromkeys(columns, 0)
        self.links = Links(connection, columns)

    async def store(self, batch: Sequence[Line]) -> None:
        """Rows of one table. Raises Invalid, which names the first line that is refused."""
        try:
            async with self.connection.transaction():
                created = await self._store(batch)
        except REFUSALS as error:
            if len(batch) > 1:
                # The first that is refused when it comes alone is the one to name.
                for line in batch:
                    await self.store([line])
                return
            raise refused(batch[0].number, f"{batch[0].table}: {_reason(error)}") from None
        self.created[batch[0].table] += created

    async def _store(self, batch: Sequence[Line]) -> int:
        table = batch[0].table
        lines = [line.number for line in batch], [line.row for line in batch]
        await self._parse(table, lines)
        rows = await self.connection.fetch(self.statements[table].insert, *lines)
        created = [row["id"] for row in rows]
        found = await self.connection.fetchrow(self.statements[table].compare, *lines, created)
        if found:
            raise refused(found["line"], _difference(table, found))
        await self.links.remember(table, lines, created)
        return len(created)

    async def _parse(self, table: str, lines: tuple[list[int], list[str]]) -> None:
        try:
            unknown = await self.connection.fetchrow(PARSE, *lines, self.columns[table])
        except asyncpg.InvalidTextRepresentationError:
            if len(lines[0]) > 1:
                raise
            raise refused(lines[0][0], "It is not valid JSON.") from None
        if unknown:
            raise refused(
                unknown["line"], f"The header names no column {unknown['name']} of {table}."
            )


def _reason(error: asyncpg.PostgresError) -> str:
    known = translate_error(error)
    return known.message if known else "It has a value that is too large to be stored."


def _difference(table: str, found: Any) -> str:
    columns = ", ".join(found["columns"])
    if found["is_new"]:
        return f"{table} {found['id']} cannot be stored as it is: the library sets {columns}."
    return f"{table} {found['id']} is in the library already, with another {columns}."
