"""Checks of the server: version, migrations, extensions, and anything disabled."""

from typing import Any

from apps.operations.doctor.report import CheckSkipped, ProblemsFound, raise_if_any
from apps.shared.db.diagnosis import OLDEST_POSTGRES
from apps.shared.db.engine import get_engine
from apps.shared.db.migrations import fetch_applied_migrations, list_known_migrations
from apps.shared.settings import get_settings

REPLAY_SECONDS = 60
"""A replica further behind than this is a problem."""

SIZE = "SELECT pg_database_size(current_database())"

SERVER = """
SELECT split_part(current_setting('server_version'), ' ', 1) AS version,
    current_setting('server_version_num')::int / 10000 AS major,
    pg_database_size(current_database()) AS size"""

OUTDATED = """
SELECT name, installed_version, default_version FROM pg_available_extensions
WHERE installed_version <> default_version ORDER BY name"""

# Ignores indexes that are being built.
INVALID = """
SELECT c.relname, i.indisunique FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE NOT (i.indisvalid AND i.indisready) AND c.relnamespace = current_schema()::regnamespace
    AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index WHERE index_relid = i.indexrelid)
ORDER BY c.relname"""

# PostgreSQL enforces foreign keys with internal triggers.
DISABLED = """
SELECT c.relname AS table, coalesce(f.conname, g.tgname) AS name
FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
LEFT JOIN pg_constraint f ON f.oid = g.tgconstraint
WHERE g.tgenabled NOT IN ('O', 'A') AND c.relnamespace = current_schema()::regnamespace
GROUP BY 1, 2 ORDER BY 1, 2"""

NOT_VALIDATED = """
SELECT conrelid::regclass::text AS table, conname FROM pg_constraint
WHERE NOT convalidated AND connamespace = current_schema()::regnamespace ORDER BY 1, 2"""

REPLAY = """
SELECT pg_is_in_recovery() AS is_replica,
    CASE WHEN pg_is_in_recovery()
        AND pg_last_wal_receive_lsn() IS DISTINCT FROM pg_last_wal_replay_lsn()
        THEN extract(epoch FROM now() - pg_last_xact_replay_timestamp()) ELSE 0 END AS behind,
    EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming') AS is_streaming"""


async def fetch_rows(query: str, *values: Any) -> list[Any]:
    async with get_engine().connection() as connection:
        rows: list[Any] = await connection.fetch(query, *values)
        return rows


async def check_server() -> str:
    ((version, major, size),) = await fetch_rows(SERVER)
    if major < OLDEST_POSTGRES:
        raise ProblemsFound(
            f"It is PostgreSQL {version}, but Reelbase needs {OLDEST_POSTGRES} or newer: upgrade "
            "the server."
        )
    settings = get_settings()
    where = "in DATABASE_URL" if settings.database_url else f"in {settings.data_dir.absolute()}"
    return f"PostgreSQL {version} {where}, {size / 1e6:,.0f} MB"


async def check_migrations() -> str:
    applied, known = await fetch_applied_migrations(), list_known_migrations()
    if applied - known:
        raise ProblemsFound(
            f"{len(applied - known)} come from a newer version of Reelbase: update the program."
        )
    if pending := len(known - applied):
        raise ProblemsFound(
            f"{pending} pending: run `piccolo project serve` or `piccolo migrations forwards all`."
        )
    return f"{len(applied)} applied, none pending"


async def check_extensions() -> str:
    raise_if_any(
        f"{name} is at {installed}, but the server has {available}: run "
        f"`ALTER EXTENSION {name} UPDATE`."
        for name, installed, available in await fetch_rows(OUTDATED)
    )
    names = await fetch_rows(
        "SELECT extname || ' ' || extversion FROM pg_extension ORDER BY extname"
    )
    return ", ".join(name for (name,) in names)


async def check_indexes() -> str:
    first = {True: "remove duplicate rows, then ", False: ""}
    raise_if_any(
        f"{name} is invalid: {first[is_unique]}run `REINDEX INDEX CONCURRENTLY {name}`."
        for name, is_unique in await fetch_rows(INVALID)
    )
    return "All valid"


async def check_triggers() -> str:
    raise_if_any(
        f"{name} is disabled: run `ALTER TABLE {table} ENABLE TRIGGER ALL`."
        for table, name in await fetch_rows(DISABLED)
    )
    return "None disabled"


async def check_constraints() -> str:
    raise_if_any(
        f"{name} is not validated: run `ALTER TABLE {table} VALIDATE CONSTRAINT {name}`."
        for table, name in await fetch_rows(NOT_VALIDATED)
    )
    return "All validated"


async def check_replica() -> str:
    if not get_settings().read_replica_url:
        return "READ_REPLICA_URL is not set"
    try:
        async with get_engine().connection("replica") as connection:
            row = await connection.fetchrow(REPLAY)
    except Exception as error:
        raise ProblemsFound(
            f"It cannot be reached ({type(error).__name__}), so searches go to the primary: start "
            "it, or correct READ_REPLICA_URL."
        ) from None
    if not row["is_replica"]:
        raise ProblemsFound("It is not a replica: READ_REPLICA_URL must name a streaming replica.")
    if not row["is_streaming"]:
        raise ProblemsFound("It is not receiving the primary's changes: check its log.")
    if row["behind"] and row["behind"] > REPLAY_SECONDS:
        raise ProblemsFound(f"It is {row['behind']:,.0f} s behind: check its log and its load.")
    return "It answers searches"


async def require_migrations() -> None:
    """Raises CheckSkipped."""
    if await fetch_applied_migrations() != list_known_migrations():
        raise CheckSkipped("apply the migrations first.")
