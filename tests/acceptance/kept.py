"""A library as it was made: whatever a test did to its rows, the next one finds them so."""

import asyncpg

from apps.overview.services import LOCK_ID
from tests.conftest import TABLES

COLUMNS = """
SELECT table_name, string_agg(quote_ident(column_name), ', ')
FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = ANY($1) AND is_generated = 'NEVER'
GROUP BY table_name"""


async def keep(database: asyncpg.Connection) -> str:
    """What puts all rows back: from copies of the tables, which go with the connection."""
    statements = [
        # Nobody writes figures meanwhile, no trigger fires, and the program hears of its settings.
        f"SELECT pg_advisory_xact_lock({LOCK_ID})",
        "SET LOCAL session_replication_role = replica",
        "NOTIFY configuration",
    ]
    for table, columns in await database.fetch(COLUMNS, TABLES):
        await database.execute(
            f"CREATE TEMPORARY TABLE kept_{table} AS SELECT {columns} FROM {table}"
        )
        statements += [
            f"DELETE FROM {table}",
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM kept_{table}",
        ]
    return ";\n".join(statements)
