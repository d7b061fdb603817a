"""The server: is it there, has it what the program needs, and is anything in it switched off?"""

from typing import Any

from apps.operations.doctor.report import NotAsked, Wrong, refuse
from apps.shared.db.diagnosis import OLDEST_POSTGRES
from apps.shared.db.engine import get_engine
from apps.shared.db.migrations import fetch_applied_migrations, list_known_migrations
from apps.shared.settings import get_settings

REPLAY_SECONDS = 60
"""A replica that is further behind than this finds nothing new."""

SIZE = "SELECT pg_database_size(current_database())"

SERVER = """
SELECT split_part(current_setting('server_version'), ' ', 1) AS version,
    current_setting('server_version_num')::int / 10000 AS major,
    pg_database_size(current_database()) AS size"""

OUTDATED = """
SELECT name, installed_version, default_version FROM pg_available_extensions
WHERE installed_version <> default_version ORDER BY name"""

# Of one being built just now nobody knows yet.
INVALID = """
SELECT c.relname, i.indisunique FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE NOT (i.indisvalid AND i.indisready) AND c.relnamespace = current_schema()::regnamespace
    AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index WHERE index_relid = i.indexrelid)
ORDER BY c.relname"""

# A reference is held by triggers of PostgreSQL's own.
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


async def fetch(query: str, *values: Any) -> list[Any]:
    async with get_engine().connection() as connection:
        rows: list[Any] = await connection.fetch(query, *values)
        return rows


async def check_server() -> str:
    ((version, major, size),) = await fetch(SERVER)
    if major < OLDEST_POSTGRES:
        raise Wrong(
            f"It is PostgreSQL {version}, and {OLDEST_POSTGRES} is the oldest that serves: "
            "upgrade the server."
        )
    settings = get_settings()
    where = "in DATABASE_URL" if settings.database_url else f"in {settings.data_dir.absolute()}"
    return f"PostgreSQL {version} {where}, {size / 1e6:,.0f} MB"


async def check_migrations() -> str:
    applied, known = await fetch_applied_migrations(), list_known_migrations()
    if applied - known:
        raise Wrong(
            f"{len(applied - known)} were made by a newer version of this program: update it."
        )
    if pending := len(known - applied):
        raise Wrong(
            f"{pending} pending: `piccolo project serve` applies them, and so does "
            "`piccolo migrations forwards all`."
        )
    return f"{len(applied)} applied, none pending"


async def check_extensions() -> str:
    refuse(
        f"{name} is {installed}, and the server brings {available}: run "
        f"`ALTER EXTENSION {name} UPDATE`."
        for name, installed, available in await fetch(OUTDATED)
    )
    names = await fetch("SELECT extname || ' ' || extversion FROM pg_extension ORDER BY extname")
    return ", ".join(name for (name,) in names)


async def check_indexes() -> str:
    first = {True: "remove rows that are there twice, and ", False: ""}
    refuse(
        f"{name} is invalid: {first[is_unique]}run `REINDEX INDEX CONCURRENTLY {name}`."
        for name, is_unique in await fetch(INVALID)
    )
    return "All are valid"


async def check_triggers() -> str:
    refuse(
        f"{name} is disabled: run `ALTER TABLE {table} ENABLE TRIGGER ALL`."
        for table, name in await fetch(DISABLED)
    )
    return "None is disabled"


async def check_constraints() -> str:
    refuse(
        f"{name} is not validated: run `ALTER TABLE {table} VALIDATE CONSTRAINT {name}`."
        for table, name in await fetch(NOT_VALIDATED)
    )
    return "All hold for every row"


async def check_replica() -> str:
    if not get_settings().read_replica_url:
        return "READ_REPLICA_URL is not set"
    try:
        async with get_engine().connection("replica") as connection:
            row = await connection.fetchrow(REPLAY)
    except Exception as error:
        raise Wrong(
            f"It cannot be reached ({type(error).__name__}), and the primary answers the searches: "
            "start it, or correct READ_REPLICA_URL."
        ) from None
    if not row["is_replica"]:
        raise Wrong("It is a server of its own: READ_REPLICA_URL must name a streaming replica.")
    if not row["is_streaming"]:
        raise Wrong("It does not receive what the primary writes: look into its log.")
    if row["behind"] and row["behind"] > REPLAY_SECONDS:
        raise Wrong(f"It is {row['behind']:,.0f} s behind: look into its log and at its load.")
    return "It answers searches"


async def require_migrations() -> None:
    """Raises NotAsked."""
    if await fetch_applied_migrations() != list_known_migrations():
        raise NotAsked("first the migrations.")
