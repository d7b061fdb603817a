"""Finds rows that break a constraint, e.g. written while a trigger was disabled."""

from collections import defaultdict
from typing import Any

from apps.operations.doctor.database import require_migrations
from apps.operations.doctor.report import raise_if_any
from apps.shared.db.engine import get_engine

TABLE_SECONDS = 300
"""The limit for each table, which is read completely."""

CHECKS = """
SELECT conrelid::regclass::text AS table, conname AS name, pg_get_expr(conbin, conrelid) AS rule
FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0
    AND connamespace = current_schema()::regnamespace ORDER BY 1, 2"""

# As in MATCH SIMPLE, a foreign key with a NULL refers to nothing.
REFERENCES = """
SELECT conrelid::regclass::text AS table, conname AS name, format(
    '%s AND NOT EXISTS (SELECT FROM %s p WHERE %s)',
    string_agg(format('r.%I IS NOT NULL', c.attname), ' AND '), confrelid::regclass,
    string_agg(format('p.%I = r.%I', p.attname, c.attname), ' AND ')) AS broken
FROM pg_constraint k, unnest(conkey, confkey) AS pairs (child, parent)
JOIN pg_attribute c ON c.attnum = child JOIN pg_attribute p ON p.attnum = parent
WHERE contype = 'f' AND c.attrelid = conrelid AND p.attrelid = confrelid
    AND connamespace = current_schema()::regnamespace
GROUP BY k.oid, conrelid, conname, confrelid ORDER BY 1, 2"""

KEPT_BY_TRIGGERS = (
    (
        "chunks",
        "chunks_keep_private",
        "EXISTS (SELECT FROM transcripts t WHERE t.id = r.transcript_id"
        " AND t.user_id IS NOT NULL AND t.user_id IS DISTINCT FROM r.user_id)",
    ),
)
"""Rules that only triggers enforce, and that protect private rows."""


async def check_rows() -> str:
    await require_migrations()
    rules: dict[str, dict[str, str]] = defaultdict(dict)
    async with get_engine().connection() as connection:
        for table, name, rule in await connection.fetch(CHECKS):
            rules[table][name] = f"NOT ({rule})"
        for table, name, broken in (*await connection.fetch(REFERENCES), *KEPT_BY_TRIGGERS):
            rules[table][name] = broken
    sentences = []
    for table, broken in rules.items():
        sentences += await _find_broken_rows(table, broken)
    raise_if_any(sentences)
    return f"All satisfy the {sum(map(len, rules.values()))} rules"


async def _find_broken_rows(table: str, rules: dict[str, str]) -> list[str]:
    """Reads the table once for all rules, and once more for each broken one."""
    counted = ", ".join(f"count(*) FILTER (WHERE {rule})" for rule in rules.values())
    sentences = []
    async with get_engine().transaction() as transaction:
        connection: Any = transaction.connection
        await connection.execute(f"SET LOCAL statement_timeout = '{TABLE_SECONDS}s'")
        counts = await connection.fetchrow(f"SELECT {counted} FROM {table} r")
        for (name, rule), count in zip(rules.items(), counts, strict=True):
            if count:
                one = f"SELECT to_jsonb(r) ->> 'id' FROM {table} r WHERE {rule} LIMIT 1"
                sentences.append(
                    f"{count:,} in {table} break {name}, such as {await connection.fetchval(one)}: "
                    "correct or delete them."
                )
    return sentences
