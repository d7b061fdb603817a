"""What the indexes that listings alone need cost whoever writes: rows put in with and without them.

Both happen in a transaction that is rolled back, so that every round finds the same library. What
is told is the time of a processor that PostgreSQL took, which other programs disturb little.
"""

import statistics

import asyncpg
import psutil

ROWS, ROUNDS = 5_000, 12

# Of 150 words, as an import makes them.
CHUNKS = """
SELECT uuidv7() AS id, transcript_id, chunk_index + 1000 AS chunk_index, start_time, end_time,
    concat_ws(' ', chunk_text, lead(chunk_text) OVER w, left(lead(chunk_text, 2) OVER w, 150))
        AS chunk_text,
    word_starts || word_starts || word_starts[1:30] AS word_starts
FROM (SELECT * FROM chunks ORDER BY id LIMIT {rows}) c WINDOW w AS (ORDER BY id)"""

VIDEOS = """
SELECT uuidv7() AS id, 'new' || identifier AS identifier, channel_id, title || ', again' AS title,
    description, source_url || 'new' AS source_url, upload_date, duration_seconds, tags, metadata
FROM videos ORDER BY id LIMIT {rows}"""

IMPORT_RECORDS = """
SELECT id AS video_id, md5(identifier) AS fingerprint, metadata AS written,
    format('/library/%s/%s [%s].info.json', channel_id, title, identifier) AS path
FROM videos v WHERE NOT EXISTS (SELECT FROM import_records r WHERE r.video_id = v.id)
LIMIT {rows}"""

AUDIT_ENTRIES = """
SELECT uuidv7() AS id, user_id, user_email, door, action, table_name, uuidv7() AS row_id, columns,
    old, new
FROM audit_entries ORDER BY id LIMIT {rows}"""

WRITTEN = {
    "chunks": (CHUNKS, "start_time end_time chunk_index"),
    "videos": (VIDEOS, "is_favorite_id"),
    "import_records": (IMPORT_RECORDS, "updated_at"),
    "audit_entries": (AUDIT_ENTRIES, "user_email table_name action"),
}
"""Table → rows that are not there yet, and the indexes in question."""


COLUMNS = """
SELECT string_agg(attname, ', ') FROM pg_attribute
WHERE attrelid = 'new_rows'::regclass AND attnum > 0"""


async def compare(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    for table, (query, names) in WRITTEN.items():
        await connection.execute(
            f"CREATE TEMPORARY TABLE new_rows AS {query.format(rows=ROWS)}; ANALYZE new_rows"
        )
        indexes = [f"{table}_{name}_idx" for name in names.split()]
        taken: dict[str, list[float]] = {"with": [], "without": []}
        for number in range(ROUNDS + 1):
            for which in list(taken)[:: 1 if number % 2 else -1]:
                dropped = indexes if which == "without" else []
                taken[which].append(await microseconds(connection, table, dropped))
        # Round 0 warms the caches up.
        after, before = (statistics.median(each[1:]) for each in taken.values())
        print(f"{table}: {before:.0f} → {after:.0f} µs a row with its indexes {names}")
        await connection.execute("DROP TABLE new_rows")
    await connection.close()


async def microseconds(connection: asyncpg.Connection, table: str, without: list[str]) -> float:
    """What a row takes while some indexes are away."""
    server = psutil.Process(connection.get_server_pid())
    columns = await connection.fetchval(COLUMNS)
    transaction = connection.transaction()
    await transaction.start()
    for index in without:
        await connection.execute(f"DROP INDEX {index}")
    started = processor_seconds(server)
    query = f"INSERT INTO {table} ({columns}) SELECT {columns} FROM new_rows"
    done: str = await connection.execute(query)
    taken = processor_seconds(server) - started
    await transaction.rollback()
    return taken * 1_000_000 / int(done.rsplit(maxsplit=1)[-1])


def processor_seconds(server: psutil.Process) -> float:
    times = server.cpu_times()
    return float(times.user + times.system)
