"""Compares a database with what the tables of an app declare, part by part."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeAlias

from piccolo.table import Table, create_db_tables

from apps.shared.db.engine import get_engine
from apps.shared.db.tables import FUNCTIONS, Record, Sql
from apps.shared.errors import Conflict

Key: TypeAlias = tuple[str, str, str]
"""Kind, table (none of a function) and name."""
Parts: TypeAlias = Mapping[Key, str]
"""Definitions; those of indexes, triggers and functions are statements that make them."""
REFERENCE = "declared"

PARTS = """
WITH tables AS (
    SELECT oid, relname, reloptions FROM pg_class WHERE relkind = 'r'
    AND relnamespace = current_schema()::regnamespace AND relname <> 'migration'
), parts AS (
SELECT 'column' AS kind, t.relname AS owner, attname AS name, concat_ws(' ',
        format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'NOT NULL' END,
        pg_get_expr(d.adbin, d.adrelid), nullif(attstattarget, -1)) AS definition
    FROM tables t JOIN pg_attribute a ON attrelid = t.oid
    LEFT JOIN pg_attrdef d ON adrelid = t.oid AND adnum = attnum
    WHERE attnum > 0 AND NOT attisdropped
UNION ALL SELECT 'table', relname, '', coalesce(reloptions::text, '') FROM tables
UNION ALL SELECT 'constraint', t.relname, conname, pg_get_constraintdef(c.oid)
    FROM pg_constraint c JOIN tables t ON t.oid = conrelid WHERE contype <> 'n'
UNION ALL SELECT 'index', t.relname, c.relname, pg_get_indexdef(indexrelid) || coalesce(
        (SELECT string_agg(format('; ALTER INDEX %I ALTER COLUMN %s SET STATISTICS %s',
            c.relname, attnum, attstattarget), '')
         FROM pg_attribute WHERE attrelid = indexrelid AND attstattarget >= 0), '')
    FROM pg_index i JOIN tables t ON t.oid = indrelid JOIN pg_class c ON c.oid = indexrelid
    WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype <> 'f')
UNION ALL SELECT 'trigger', t.relname, tgname, pg_get_triggerdef(g.oid)
    FROM pg_trigger g JOIN tables t ON t.oid = tgrelid WHERE NOT tgisinternal
UNION ALL SELECT 'function', '', oid::regprocedure::text, pg_get_functiondef(oid)
    FROM pg_proc p WHERE pronamespace = current_schema()::regnamespace AND prokind = 'f'
    AND NOT EXISTS (SELECT FROM pg_depend
        WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e')
)
SELECT kind, owner, name, replace(regexp_replace(definition,
    ' SET search_path TO [^\\n]*\\n', E' SET search_path FROM CURRENT\\n'),
    current_schema() || '.', '') AS definition
FROM parts
"""


async def read_parts(connection: Any) -> dict[Key, str]:
    rows = await connection.fetch(PARTS)
    return {(kind, owner, name): definition for kind, owner, name, definition in rows}


async def read_database() -> dict[Key, str]:
    async with get_engine().connection() as connection:
        return await read_parts(connection)


@dataclass
class Declared:
    """What the tables say."""

    parts: Parts
    made_by: list[tuple[Sql, set[Key]]] = field(default_factory=list)
    """Each piece of SQL of the app → the parts that it makes or alters."""


async def read_declared(tables: list[type[Table]], own: list[type[Table]]) -> Declared:
    """`own` are those of the app; all are made in a schema that is undone again."""
    records = [table for table in tables if issubclass(table, Record)]
    others = [table for table in records if table not in own]
    async with get_engine().transaction() as transaction:
        connection = transaction.connection
        await connection.execute(f"CREATE SCHEMA {REFERENCE}; SET LOCAL search_path = {REFERENCE}")
        made_by = []
        for sql in chain(FUNCTIONS, *(table.functions for table in records)):
            before = await read_parts(connection)
            await connection.execute(sql.create)
            made_by.append((sql, _changed(before, await read_parts(connection))))
        await create_db_tables(*tables)
        for sql in chain(*(table.extras for table in others)):
            await connection.execute(sql.create)
        after = await read_parts(connection)
        for sql in chain(*(table.extras for table in records if table in own)):
            before = after
            await connection.execute(sql.create)
            after = await read_parts(connection)
            made_by.append((sql, _changed(before, after)))
        await transaction.rollback()
    owned = {sql for table in records if table in own for sql in (*table.functions, *table.extras)}
    return Declared(after, [(sql, keys) for sql, keys in made_by if sql in owned])


def _changed(before: Parts, after: Parts) -> set[Key]:
    return {key for key in after if before.get(key) != after[key]}


def drop(key: Key) -> str:
    """Raises Conflict for what only a person can decide about."""
    kind, table, name = key
    match kind:
        case "index":
            return f"DROP INDEX {name}"
        case "trigger":
            return f"DROP TRIGGER {name} ON {table}"
        case "function":
            return f"DROP FUNCTION {name}"
        case "constraint":
            return f"ALTER TABLE {table} DROP CONSTRAINT {name}"
    raise Conflict(
        f"The {kind} {table}.{name} is made by SQL, and has changed or gone: write the statements "
        "for it by hand."
    )


def make(key: Key, definition: str) -> str:
    kind, table, name = key
    if kind == "constraint":
        return f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"
    return definition


def in_order(keys: set[Key]) -> list[Key]:
    """Functions before the triggers and indexes that call them."""
    return sorted(keys, key=lambda key: (key[0] != "function", key))
