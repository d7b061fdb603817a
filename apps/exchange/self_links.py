"""Restores references between rows of one table, once all the rows exist."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

import asyncpg

from apps.exchange.exported_tables import find_self_references, get_exported_tables
from apps.exchange.format import reject_line
from apps.exchange.triggers import disable_triggers
from apps.shared.db.errors import translate_error

BATCH_ROWS = 1000

# `height` is 0 for a row that no other row references, and grows towards the root.
CREATE_LINKS = """
CREATE TEMPORARY TABLE {links}
(line bigint PRIMARY KEY, id uuid, target uuid, height int) ON COMMIT DROP;
CREATE INDEX ON {links} (target); CREATE INDEX ON {links} (height, line)"""

REMEMBER = """
INSERT INTO {links} SELECT l.line, r.id, r."{column}"
FROM unnest($1::bigint[], $2::json[]) AS l(line, row), json_populate_record(NULL::"{table}", l.row)
AS r WHERE r.id = ANY($3::uuid[]) AND r."{column}" IS NOT NULL"""

SET_HEIGHT = """
UPDATE {links} AS l SET height = $1 WHERE height IS NULL
AND NOT EXISTS (SELECT FROM {links} c WHERE c.target = l.id AND c.height IS NULL)"""

LINK = """
UPDATE "{table}" AS t SET "{column}" = l.target FROM {links} AS l
WHERE l.id = t.id AND l.line = ANY($1::bigint[])"""


class SelfLinks:
    """Kept in temporary tables, so that memory does not grow with their number."""

    def __init__(self, connection: Any, columns: Mapping[str, Sequence[str]]) -> None:
        self.connection = connection
        self.columns = {
            table: find_self_references(get_exported_tables()[table], chosen)
            for table, chosen in columns.items()
        }

    async def create_tables(self) -> None:
        for table, column in self._list_columns():
            await self.connection.execute(CREATE_LINKS.format(links=_links_table(table, column)))

    def _list_columns(self) -> Iterator[tuple[str, str]]:
        return ((table, column) for table, columns in self.columns.items() for column in columns)

    async def remember(
        self, table: str, lines: tuple[list[int], list[str]], created: list[Any]
    ) -> None:
        """Records the links of the created rows. `lines` are their numbers and their JSON."""
        for column in self.columns[table]:
            query = REMEMBER.format(links=_links_table(table, column), table=table, column=column)
            await self.connection.execute(query, *lines, created)

    async def restore(self) -> None:
        """Links rows from the leaves to the roots, so that no depth limit is exceeded on the way.

        Rows left without a height form a cycle, which the table refuses. Raises Invalid.
        """
        for table, column in self._list_columns():
            links = _links_table(table, column)
            if not await self.connection.fetchval(f"SELECT EXISTS (SELECT FROM {links})"):
                continue
            height = 0
            while await self._changes_rows(SET_HEIGHT.format(links=links), height):
                height += 1
            async with disable_triggers(self.connection, table, f"{table}_set_updated_at"):
                for level in (*range(height), None):
                    async for batch in self._batches(links, level):
                        await self._link(table, column, batch)

    async def _changes_rows(self, query: str, *values: Any) -> bool:
        return str(await self.connection.execute(query, *values)) != "UPDATE 0"

    async def _batches(self, links: str, level: int | None) -> AsyncIterator[list[int]]:
        query = (
            f"SELECT line FROM {links} WHERE height IS NOT DISTINCT FROM $1 AND line > $2 "
            f"ORDER BY line LIMIT {BATCH_ROWS}"
        )
        last = 0
        while rows := await self.connection.fetch(query, level, last):
            batch = [row["line"] for row in rows]
            last = batch[-1]
            yield batch

    async def _link(self, table: str, column: str, batch: list[int]) -> None:
        query = LINK.format(table=table, column=column, links=_links_table(table, column))
        try:
            async with self.connection.transaction():
                await self.connection.execute(query, batch)
        except asyncpg.IntegrityConstraintViolationError as error:
            if len(batch) > 1:
                for line in batch:
                    await self._link(table, column, [line])
                return
            known = translate_error(error)
            assert known is not None
            raise reject_line(batch[0], f"{table}: {known.message}") from None


def _links_table(table: str, column: str) -> str:
    return f"links_of_{table}_{column}"
