"""Failures, which are queried live, because an index makes that cheap."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from apps.overview.tables import FAILED, VIDEO_FAILED
from apps.shared.db.engine import get_engine

MAX_FAILURES = 10

FAILURES: dict[str, tuple[str, str]] = {
    "videos": ("title", VIDEO_FAILED),
    "processing_jobs": ("job_type", FAILED),
    "pipeline_history": ("identifier", FAILED),
    "publications": ("platform", FAILED),
}
"""Table → the column that names a row, and the condition for failed rows."""

LATEST = """
(SELECT '{table}' AS tablename, id, left({name}, 200) AS name,
    left(error_message, 300) AS error_message, updated_at
FROM {table} WHERE {condition} ORDER BY updated_at DESC LIMIT {limit})"""


class Failure(msgspec.Struct, frozen=True):
    tablename: str
    id: UUID
    name: str
    error_message: str | None
    updated_at: datetime


async def list_latest_failures(limit: int = MAX_FAILURES) -> list[Failure]:
    """Newest first. One statement, which reads at most `limit` rows per table."""
    parts = [
        LATEST.format(table=table, name=name, condition=condition, limit=limit)
        for table, (name, condition) in FAILURES.items()
    ]
    query = f"{' UNION ALL '.join(parts)} ORDER BY updated_at DESC, id LIMIT {limit}"
    async with get_engine().connection() as connection:
        return [Failure(**dict(row)) for row in await connection.fetch(query)]


async def count_failed_videos(limit: int) -> dict[str, int]:
    """By status column, counting up to `limit`."""
    columns = ("status", "download_status")
    counts = ", ".join(
        f"(SELECT count(*) FROM (SELECT FROM videos WHERE {column} = 'failed' LIMIT {limit}) first)"
        f" AS {column}"
        for column in columns
    )
    async with get_engine().connection() as connection:
        row: Any = await connection.fetchrow(f"SELECT {counts}")
    return dict(row)
