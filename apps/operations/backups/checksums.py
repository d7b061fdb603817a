"""One checksum per table: equal checksums mean equal rows."""

from collections.abc import Callable
from typing import Any

from apps.operations.backups.manifest import TableState

# PostgreSQL's text format of values depends on these.
PINNED = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "statement_timeout": "0",
}

# In the order of a restored table. Without generated columns, which follow from the others, and
# without extensions' tables.
COLUMNS = """
SELECT c.relname AS "table",
       coalesce(array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attname IS NOT NULL),
                '{}') AS columns
FROM pg_class c
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
     AND NOT a.attisdropped AND a.attgenerated = ''
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
GROUP BY c.relname ORDER BY c.relname
"""

# A sum does not depend on the order of rows, but notices duplicates.
CHECKSUM = """
SELECT count(*) AS rows,
       coalesce(sum(('x' || left(md5(ROW({columns})::text), 16))::bit(64)::bigint), 0)::text
       AS checksum
FROM ONLY public.{table}
"""


def _quote_name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


async def measure_tables(
    connection: Any, measured: Callable[[TableState], None] = lambda table: None
) -> list[TableState]:
    """All tables of the schema `public`, by name, as the connection's transaction sees them.

    Outside of a transaction it reads all tables from one snapshot.
    """
    inside = connection.is_in_transaction()
    isolation = None if inside else "repeatable_read"
    tables = []
    async with connection.transaction(isolation=isolation):
        for name, value in PINNED.items():
            await connection.execute("SELECT set_config($1, $2, true)", name, value)
        for table, columns in await connection.fetch(COLUMNS):
            tables.append(await _measure_table(connection, table, columns))
            measured(tables[-1])
    return tables


async def has_rows(connection: Any) -> bool:
    """Whether any table but that of the migrations has rows."""
    for table, _ in await connection.fetch(COLUMNS):
        query = f"SELECT EXISTS (SELECT FROM public.{_quote_name(table)})"
        if table != "migration" and await connection.fetchval(query):
            return True
    return False


async def _measure_table(connection: Any, table: str, columns: list[str]) -> TableState:
    listed = ", ".join(map(_quote_name, columns))
    row = await connection.fetchrow(CHECKSUM.format(columns=listed, table=_quote_name(table)))
    return TableState(table, columns, row["rows"], row["checksum"])
