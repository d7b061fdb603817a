"""What the database consists of, beside what this program's tables say it does."""

from typing import Any

from apps.operations.doctor.database import require_migrations
from apps.operations.doctor.report import refuse
from apps.shared.db.declared_schema import create_declared_schema
from apps.shared.db.engine import get_engine

REFERENCE = "reelbase_doctor"
"""A schema that is there for a moment, and that nobody but its own transaction sees."""


Parts = dict[tuple[str, str], str]
"""Kind and name → definition."""

# Of the schema that is the current one; its name is left out, and so is a function's own search
# path, which is the one it was made with.
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
"""Other checks tell of these."""

REPAIRS = {
    "column": "restore a backup, or add it as it is in a new database.",
    "function": "take its definition from a new database, or restore a backup.",
    "index": "run `{definition}`.",
    "trigger": "run `{definition}`.",
    "constraint": "run `ALTER TABLE {table} ADD CONSTRAINT {part} {definition}`.",
}
"""By kind, what to do about a part that is missing."""


async def check_schema() -> str:
    await require_migrations()
    new, restored = await said()
    async with get_engine().connection() as connection:
        found = await made(connection)
    refuse(
        _missing(kind, name, definition)
        if (kind, name) not in found
        else f"The {kind} {name} is not as this program makes it: {found[kind, name][:200]}"
        for (kind, name), definition in sorted(new.items())
        if _as_used(found.get((kind, name))) not in (definition, restored[kind, name])
    )
    return f"{len(new)} parts, as this program makes them"


def _as_used(definition: str | None) -> str | None:
    for switched_off in SWITCHED_OFF:
        definition = definition and definition.removesuffix(switched_off)
    return definition


def _missing(kind: str, name: str, definition: str) -> str:
    table, _, part = name.rpartition(".")
    repair = REPAIRS.get(kind, "restore a backup.")
    repair = repair.format(definition=definition, table=table, part=part)
    return f"The {kind} {name} is missing: {repair}"


async def made(connection: Any) -> Parts:
    """Of the schema that is the current one."""
    return {(kind, name): definition for kind, name, definition in await connection.fetch(PARTS)}


async def said() -> tuple[Parts, Parts]:
    """As the tables and their extras make them; and as a backup of that is restored.

    They are made in a schema of their own, which is undone.
    """
    async with get_engine().transaction() as transaction:
        connection = transaction.connection
        await connection.execute(f"CREATE SCHEMA {REFERENCE}; SET LOCAL search_path = {REFERENCE}")
        await create_declared_schema()
        new = await made(connection)
        await _make_checks_again(connection, new)
        restored = await made(connection)
        await transaction.rollback()
    return new, restored


async def _make_checks_again(connection: Any, parts: Parts) -> None:
    """PostgreSQL reads its own words for `status IN ('a', 'b')` as others, once."""
    for (kind, name), definition in parts.items():
        if kind == "constraint" and definition.startswith("CHECK"):
            table, _, check = name.rpartition(".")
            await connection.execute(
                f"ALTER TABLE {table} DROP CONSTRAINT {check}, ADD CONSTRAINT {check} {definition}"
            )
