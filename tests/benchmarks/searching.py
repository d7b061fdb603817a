"""The 95th percentile of a search at 40,000 chunks against that at 4,000."""

import random
import statistics
import time

from uuid_utils.compat import uuid7

import piccolo_conf
from apps.search.services import Search
from tests.benchmarks.databases import fresh_database
from tests.benchmarks.library import VOCABULARY, WEIGHTS, video_id

CHUNKS_A_VIDEO = 68
QUERIES = 200


async def fill(chunks: int) -> None:
    rng = random.Random(chunks)
    connection = piccolo_conf.DB.connection()
    async with connection as opened:
        await opened.execute("SET statement_timeout = 0")
        videos, transcripts, rows = [], [], []
        for number in range(chunks // CHUNKS_A_VIDEO + 1):
            video, transcript = uuid7(), uuid7()
            videos.append((video, video_id(number), f"Video {number}"))
            transcripts.append((transcript, video, "youtube_auto", "en", "…"))
            for index in range(CHUNKS_A_VIDEO):
                text = " ".join(rng.choices(VOCABULARY, cum_weights=WEIGHTS, k=150))
                starts = [index * 54 + word * 0.36 for word in range(150)]
                rows.append((transcript, text, index, 150, index * 54.0, index * 54.0 + 54, starts))
        for table, columns, records in (
            ("videos", "id identifier title", videos),
            ("transcripts", "id video_id source language full_text", transcripts),
            (
                "chunks",
                "transcript_id chunk_text chunk_index token_count start_time end_time word_starts",
                rows[:chunks],
            ),
        ):
            await opened.copy_records_to_table(table, columns=columns.split(), records=records)
            await opened.execute(f"ANALYZE {table}")
        await opened.execute("RESET statement_timeout")


def queries() -> list[str]:
    """One to three words, rare and common; the hundred most frequent are in most chunks."""
    rng = random.Random(3)
    return [
        " ".join(
            rng.choice(VOCABULARY[:200] if rng.random() < 0.5 else VOCABULARY[200:])
            for _ in range(rng.choice((1, 2, 3)))
        )
        for _ in range(QUERIES)
    ]


async def timings() -> list[float]:
    """Milliseconds, after one round that warms the caches up."""
    taken = []
    for warm in (False, True):
        for query in queries():
            started = time.perf_counter()
            await Search().run(query)
            if warm:
                taken.append((time.perf_counter() - started) * 1000)
    return sorted(taken)


async def compare(sizes: tuple[int, int] = (4_000, 40_000)) -> None:
    tails = []
    for size in sizes:
        async with fresh_database(f"bench_search_{size}"):
            await fill(size)
            taken = await timings()
        tails.append(taken[int(QUERIES * 0.95)])
        print(
            f"search at {size:,} chunks: median {statistics.median(taken):.1f} ms, "
            f"95th percentile {tails[-1]:.1f} ms, slowest {taken[-1]:.1f} ms"
        )
    print(f"the 95th percentile grew {tails[1] / tails[0]:.2f}-fold (goal: at most 3)")
