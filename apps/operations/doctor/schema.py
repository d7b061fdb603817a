"""Compares the database's schema with the one that this program's tables declare."""

from typing import Any

from apps.operations.doctor.database import require_migrations
from apps.operations.doctor.report import raise_if_any
from apps.shared.db.declared_schema import create_declared_schema
from apps.shared.db.engine import get_engine

REFERENCE = "reelbase_doctor"
"""A temporary schema, visible only to its own transaction."""


Parts = dict[tuple[str, str], str]
"""Kind and name → definition."""

# The parts of the current schema, without its name and without functions' search paths, which
# contain it.
PARTS = """
WITH tables AS (
    SELECT oid, relname, reloptions FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
    AND relname <> 'migration'
), parts AS (
SELECT 'column' AS kind, t.relname || '.' || a.attname AS name,
        format('%s%s%s%s', format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attnotnull THEN ' NOT NULL' END,
        ' ' || CASE a.attgenerated WHEN '' THEN 'DEFAULT' ELSE 'GENERATED' END || ' '
            || pg_get_expr(d.adbin, d.adrelid),
        ' STATISTICS ' || a.attstattarget) AS definition
    FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid
    LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped
UNION ALL SELECT 'table', relname, coalesce(reloptions::text, '') FROM tables
UNION ALL SELECT 'constraint', t.relname || '.' || conname, pg_get_constraintdef(c.oid)
    FROM pg_constraint c JOIN tables t ON t.oid = conrelid WHERE contype <> 'n'
UNION ALL SELECT 'index', c.relname, pg_get_indexdef(i.indexrelid) || coalesce(
        (SELECT string_agg(format(' STATISTICS %s %s', attnum, attstattarget), '')
         FROM pg_attribute WHERE attrelid = i.indexrelid AND attstattarget >= 0), '')
    FROM pg_index i JOIN tables t ON t.oid = indrelid JOIN pg_class c ON c.oid = indexrelid
UNION ALL SELECT 'trigger', t.relname || '.' || tgname,
        pg_get_triggerdef(g.oid) || CASE tgenabled WHEN 'O' THEN '' ELSE ' DISABLED' END
    FROM pg_trigger g JOIN tables t ON t.oid = tgrelid WHERE NOT tgisinternal
UNION ALL SELECT 'function', proname, pg_get_functiondef(oid) FROM pg_proc p
    WHERE pronamespace = current_schema()::regnamespace AND prokind = 'f'
    AND NOT EXISTS (SELECT FROM pg_depend
        WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e')
UNION ALL SELECT 'type', typname, typtype::text FROM pg_type
    WHERE typnamespace = current_schema()::regnamespace AND typtype IN ('e', 'd')
UNION ALL SELECT 'sequence', relname, '' FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'S'
    AND relname NOT LIKE 'migration%'
)
SELECT kind, name, regexp_replace(replace(definition, current_schema() || '.', ''),
    ' SET search_path TO [^\\n]*\\n', '') AS definition
FROM parts
"""


SWITCHED_OFF = (" DISABLED", " NOT VALID")
"""Other checks report these."""

REPAIRS = {
    "column": "restore a backup, or add it as in a new database.",
    "function": "take its definition from a new database, or restore a backup.",
    "index": "run `{definition}`.",
    "trigger": "run `{definition}`.",
    "constraint": "run `ALTER TABLE {table} ADD CONSTRAINT {part} {definition}`.",
}
"""How to fix a missing part, by kind."""


async def check_schema() -> str:
    await require_migrations()
    new, restored = await read_expected_parts()
    async with get_engine().connection() as connection:
        found = await read_parts(connection)
    raise_if_any(
        _describe_missing(kind, name, definition)
        if (kind, name) not in found
        else f"The {kind} {name} differs from this program's: {found[kind, name][:200]}"
        for (kind, name), definition in sorted(new.items())
        if _as_used(found.get((kind, name))) not in (definition, restored[kind, name])
    )
    return f"{len(new)} parts, all as expected"


def _as_used(definition: str | None) -> str | None:
    for switched_off in SWITCHED_OFF:
        definition = definition and definition.removesuffix(switched_off)
    return definition


def _describe_missing(kind: str, name: str, definition: str) -> str:
    table, _, part = name.rpartition(".")
    repair = REPAIRS.get(kind, "restore a backup.")
    repair = repair.format(definition=definition, table=table, part=part)
    return f"The {kind} {name} is missing: {repair}"


async def read_parts(connection: Any) -> Parts:
    """The parts of the current schema."""
    return {(kind, name): definition for kind, name, definition in await connection.fetch(PARTS)}


async def read_expected_parts() -> tuple[Parts, Parts]:
    """The parts as the tables declare them, and as a restored backup has them.

    Creates them in a temporary schema, which is rolled back.
    """
    async with get_engine().transaction() as transaction:
        connection = transaction.connection
        await connection.execute(f"CREATE SCHEMA {REFERENCE}; SET LOCAL search_path = {REFERENCE}")
        await create_declared_schema()
        new = await read_parts(connection)
        await _recreate_checks(connection, new)
        restored = await read_parts(connection)
        await transaction.rollback()
    return new, restored


async def _recreate_checks(connection: Any, parts: Parts) -> None:
    """PostgreSQL rewrites its own text of `status IN ('a', 'b')` once more when restored."""
    for (kind, name), definition in parts.items():
        if kind == "constraint" and definition.startswith("CHECK"):
            table, _, check = name.rpartition(".")
            await connection.execute(
                f"ALTER TABLE {table} DROP CONSTRAINT {check}, ADD CONSTRAINT {check} {definition}"
            )
