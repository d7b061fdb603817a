"""The library that the admin is asked about."""

import json
import random
from pathlib import Path

import asyncpg

from tests.benchmarks.library import VOCABULARY, WEIGHTS

ROWS = Path(__file__).with_name("rows.sql")

PHRASES, TEXTS = 5_000, 20_000
"""So many different ones; a title is of two phrases and a number."""

# An index takes less time when it is made of all rows at once.
INDEXES = """
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE relnamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"""


async def fill(dsn: str, videos: int) -> None:
    connection = await asyncpg.connect(dsn, server_settings={"synchronous_commit": "off"})
    # As a replica it does not look each reference up, nor works out what a trigger would.
    await connection.execute("SET session_replication_role = replica")
    await connection.execute("SET maintenance_work_mem = '512MB'")
    await make_words(connection)
    indexes = await connection.fetch(INDEXES)
    await connection.execute(";".join(f"DROP INDEX {index['name']}" for index in indexes))
    await connection.execute(ROWS.read_text().replace("$videos", str(videos)))
    for index in indexes:
        await connection.execute(index["definition"])
    await connection.execute(
        "ALTER INDEX transcripts_full_text_idx ALTER COLUMN 1 SET STATISTICS 0"
    )
    await connection.execute("VACUUM (ANALYZE)")
    await connection.execute("CHECKPOINT")
    await connection.close()


async def make_words(connection: asyncpg.Connection) -> None:
    """Temporary tables, from which the rows are put together."""
    rng = random.Random(11)

    def words(number: int) -> list[str]:
        return rng.choices(VOCABULARY, cum_weights=WEIGHTS, k=number)

    await connection.execute(
        "CREATE TEMPORARY TABLE phrases (place int, said text);"
        "CREATE TEMPORARY TABLE texts (place int, said text, timed jsonb, starts real[],"
        " vector tsvector)"
    )
    phrases = [(n, " ".join(words(3))) for n in range(PHRASES)]
    await connection.copy_records_to_table("phrases", records=phrases)
    texts = []
    for n in range(TEXTS):
        said = words(60)
        starts = [place * 0.4 for place in range(60)]
        timed = [
            {"word": word, "start": start, "end": start + 0.4}
            for word, start in zip(said, starts, strict=True)
        ]
        texts.append((n, " ".join(said), json.dumps(timed), starts))
    await connection.copy_records_to_table(
        "texts", records=texts, columns=["place", "said", "timed", "starts"]
    )
    await connection.execute("UPDATE texts SET vector = search_vector('en', said)")
    await connection.execute("ANALYZE phrases; ANALYZE texts")
