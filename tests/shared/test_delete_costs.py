"""A delete looks up what belongs to it, however much there is: it walks through no table."""

import asyncpg

import piccolo_conf

FILL = """
INSERT INTO videos (id, identifier, title) VALUES (uuidv7(), 'video', 'A video');
INSERT INTO moments (id, video_id, start_time, end_time, title)
    SELECT uuidv7(), v.id, n, n + 1, 'A moment' FROM videos v, generate_series(1, {half}) n;
INSERT INTO moments (id, video_id, parent_id, start_time, end_time, title)
    SELECT uuidv7(), video_id, id, start_time, end_time, 'A child' FROM moments;
INSERT INTO clips (id, moment_id, video_id, cloud_url, start_time, end_time)
    SELECT uuidv7(), id, video_id, '/a.mp4', start_time, end_time FROM moments"""

# Dead rows are in no count of rows; blocks are counted whatever is in them.
WORK = """
SELECT c.relname::text, pg_stat_get_xact_numscans(c.oid) AS walks, coalesce(sum(
    pg_stat_get_xact_blocks_fetched(i.indexrelid)), 0) + pg_stat_get_xact_blocks_fetched(c.oid)
FROM pg_class c LEFT JOIN pg_index i ON i.indrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' GROUP BY c.oid, c.relname"""

Work = dict[str, tuple[int, int]]
"""Table → how often it was walked through, and how many blocks of it and its indexes were read."""


async def work(connection: asyncpg.Connection) -> Work:
    return {name: (walks, int(blocks)) for name, walks, blocks in await connection.fetch(WORK)}


async def delete_video(half: int, before: str = "SELECT") -> Work:
    """What it takes to delete a video with twice as many moments, in tables nobody has analysed."""
    async with piccolo_conf.DB.connection() as connection:
        change = connection.transaction()
        await change.start()
        try:
            await connection.execute(FILL.format(half=half))
            await connection.execute(before)
            first = await work(connection)
            assert await connection.execute("DELETE FROM videos") == "DELETE 1"
            last = await work(connection)
            for table in ("moments", "clips"):
                assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
                query = "SELECT reltuples FROM pg_class WHERE oid = $1::text::regclass"
                assert await connection.fetchval(query, table) == -1
        finally:
            await change.rollback()
    return {
        table: (last[table][0] - walks, last[table][1] - blocks)
        for table, (walks, blocks) in first.items()
    }


async def test_a_video_with_5000_moments_is_deleted_without_a_walk(migrated: str) -> None:
    done = await delete_video(2500)
    assert {table for table, (walks, _) in done.items() if walks} == {"videos"}
    for table in ("moments", "clips"):
        assert 5000 < done[table][1] < 15 * 5000


async def test_without_the_index_of_parents_it_walks_for_every_moment(migrated: str) -> None:
    done = await delete_video(250, "DROP INDEX moments_parent_id_idx")
    walks, blocks = done["moments"]
    assert walks == 500
    assert blocks > 100 * 500
