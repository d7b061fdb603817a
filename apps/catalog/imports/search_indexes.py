"""Keeping the search indexes fast after many rows were written."""

from collections.abc import Iterable

from apps.shared.db.engine import get_engine


async def update_search_indexes(
    tables: Iterable[str] = ("channels", "videos", "transcripts", "chunks"),
) -> None:
    """Flushes pending GIN entries into the indexes and updates the planner's statistics."""
    async with get_engine().connection() as connection:
        await connection.execute(
            "SET statement_timeout = 0;"
            "SELECT gin_clean_pending_list(c.oid) FROM pg_class c JOIN pg_am a ON a.oid = c.relam"
            " WHERE a.amname = 'gin' AND pg_has_role(c.relowner, 'USAGE');"
            + "".join(f'ANALYZE "{table}";' for table in tables)
            + "RESET statement_timeout"
        )
