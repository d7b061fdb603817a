"""The rows that are asked for, made by plain SQL, and those that are created."""

from typing import Any
from uuid import UUID

import piccolo_conf

VIDEOS = 20_000
STATISTICS = 1_000_000

CHANNELS = """
INSERT INTO channels (name, youtube_channel_id)
SELECT 'Channel ' || n, 'UC' || lpad(n::text, 22, '0') FROM generate_series(1, 20) n
"""
FILL_VIDEOS = f"""
INSERT INTO videos (identifier, youtube_video_id, channel_id, title, description, source_url,
    upload_date, duration_seconds, tags, metadata)
SELECT named.name, named.name, c.id, 'Lecture ' || n || ': on the benchmarks of small things',
    repeat('An hour of talk. ', 18), 'https://www.youtube.com/watch?v=' || named.name,
    date '2015-01-01' + n % 4000, 3600 + n % 100 + 0.25, ARRAY['benchmark', 'tag' || n % 50],
    jsonb_build_object('view_count', n * 1000, 'like_count', n * 10, 'language', 'en')
FROM generate_series(1, {VIDEOS}) n
CROSS JOIN LATERAL (SELECT 'bench' || lpad(n::text, 6, '0') AS name) AS named
JOIN channels c ON c.name = 'Channel ' || n % 20 + 1
"""
# As a replica it does not look each reference up, which would take longer than the rows.
FILL_STATISTICS = f"""
SET session_replication_role = replica;
INSERT INTO video_statistics (video_id, recorded_at, view_count)
SELECT $video, timestamptz '2020-01-01 00:00Z' + n * interval '1 minute', n
FROM generate_series(1, {STATISTICS}) n;
RESET session_replication_role
"""


async def execute(*statements: str) -> None:
    async with piccolo_conf.DB.connection() as connection:
        await connection.execute("SET statement_timeout = 0")
        for statement in statements:
            await connection.execute(statement)
        await connection.execute("RESET statement_timeout")


async def fetchval(query: str) -> Any:
    async with piccolo_conf.DB.connection() as connection:
        return await connection.fetchval(query)


async def fill_videos() -> UUID:
    """A video in the midst of them."""
    # It is vacuumed when that disturbs no figure.
    quiet = "ALTER TABLE videos SET (autovacuum_enabled = off)"
    await execute(quiet, CHANNELS, FILL_VIDEOS, "VACUUM (ANALYZE) videos, channels", "CHECKPOINT")
    found: UUID = await fetchval(f"SELECT id FROM videos ORDER BY id OFFSET {VIDEOS // 2} LIMIT 1")
    return found


async def fill_statistics(video: UUID) -> None:
    await execute(
        FILL_STATISTICS.replace("$video", f"'{video}'::uuid"),
        "VACUUM (ANALYZE) video_statistics",
        "CHECKPOINT",
    )


async def created_entries() -> list[dict[str, Any]]:
    """What the audit says about the rows that were created, but for ids and times."""
    async with piccolo_conf.DB.connection() as connection:
        rows = await connection.fetch(
            "SELECT user_id, user_email, door, action, table_name, columns, old, new "
            "FROM audit_entries a JOIN videos v ON v.id = a.row_id "
            "WHERE v.identifier LIKE 'made-%'"
        )
    return [dict(row) for row in rows]


async def delete_created() -> None:
    """Each round meets the same tables."""
    # Only a replica may delete what the audit has written.
    await execute(
        "SET session_replication_role = replica",
        "DELETE FROM audit_entries WHERE table_name = 'videos'",
        "RESET session_replication_role",
        "DELETE FROM videos WHERE identifier LIKE 'made-%'",
        "VACUUM videos, audit_entries",
    )


async def fields_to_create() -> dict[str, Any]:
    """All that is sent but the identifier."""
    return {
        "channel_id": str(await fetchval("SELECT id FROM channels ORDER BY id LIMIT 1")),
        "title": "A lecture that was just found",
        "description": "An hour of talk. " * 18,
        "upload_date": "2024-02-29",
        "duration_seconds": 3600.5,
        "tags": ["benchmark", "new"],
        "metadata": {"view_count": 1000, "language": "en"},
    }
