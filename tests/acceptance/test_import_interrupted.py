"""An import that is cut short leaves whole videos, and the next one goes on."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

import piccolo_conf
from apps.shared.db.embedded import EmbeddedPostgres
from tests.benchmarks.library import make_library, video_id
from tests.catalog.downloads import content, run_import
from tests.processes import (
    PICCOLO,
    Program,
    folder_for_postgres,
    postgres_processes,
    run,
    tell,
    wait_for,
)
from tests.shared.conftest import shared_url

VIDEOS = 60
INTERRUPTED = "Interrupted. What was imported so far is kept; run the command again to continue.\n"
TORN = """
SELECT v.identifier FROM videos v LEFT JOIN transcripts t ON t.video_id = v.id
LEFT JOIN LATERAL (
    SELECT count(*) AS chunks, sum(token_count) AS words, min(chunk_index) AS first,
        max(chunk_index) AS last
    FROM chunks WHERE transcript_id = t.id
) c ON true
LEFT JOIN import_records r ON r.video_id = v.id
WHERE t.id IS NULL OR r.fingerprint IS NULL OR c.words IS DISTINCT FROM t.number_of_words
   OR c.chunks::text IS DISTINCT FROM t.metadata->>'chunks' OR c.first <> 0
   OR c.last <> c.chunks - 1 OR v.channel_id IS NULL"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("library")
    make_library(folder, VIDEOS, words=1500)
    return folder


@pytest.fixture
async def expected(library: Path, database: None) -> dict[str, tuple[int, str]]:
    """What an import makes that nothing interrupts."""
    report = await run_import(library)
    assert (report.videos.created, report.transcripts.created) == (VIDEOS, VIDEOS)
    async with piccolo_conf.DB.connection() as connection:
        made = await content(connection)
        for table in ("videos", "channels"):
            await connection.execute(f"DELETE FROM {table}")
    return made


@asynccontextmanager
async def last_batch_held_back(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Somebody is just making the video that comes last: the import waits for him."""
    connection = await asyncpg.connect(url)
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(
        "INSERT INTO videos (identifier, title) VALUES ($1, 'held')", video_id(9)
    )
    try:
        yield connection
    finally:
        connection.terminate()


async def until_it_waits(connection: asyncpg.Connection, program: Program) -> None:
    """Some videos are stored, and the rest is not."""
    deadline = time.monotonic() + 30
    query = "SELECT count(*) FROM videos WHERE EXISTS (SELECT FROM pg_locks WHERE NOT granted)"
    while await connection.fetchval(query) <= 1:
        assert program.process.poll() is None, program.stdout + program.stderr
        assert time.monotonic() < deadline, "It never waited."
        await asyncio.sleep(0.02)


@contextmanager
def importing(folder: Path, **settings: object) -> Iterator[Program]:
    with Program(*PICCOLO, "catalog", "import", str(folder), **settings) as program:
        yield program


def workers(program: Program) -> list[psutil.Process]:
    """The processes it started, but for the database's."""
    children = psutil.Process(program.process.pid).children(recursive=True)
    found = [child for child in children if child.name() != "postgres"]
    assert len(found) > 1, "It works alone."
    return found


def ended(processes: list[psutil.Process]) -> bool:
    return not any(
        process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes
    )


async def check_whole(connection: Any) -> None:
    stored = await connection.fetchval("SELECT count(*) FROM videos")
    assert 0 < stored < VIDEOS
    assert await connection.fetch(TORN) == []


def interrupt(program: Program) -> None:
    program.interrupt()
    assert program.wait() == 130
    assert (program.stdout, program.stderr) == ("", INTERRUPTED)


def terminate(program: Program) -> None:
    program.terminate()
    assert program.wait() == 143
    assert (program.stdout, program.stderr) == ("", INTERRUPTED)


def kill(program: Program) -> None:
    program.process.kill()
    assert program.wait() == -signal.SIGKILL


@pytest.mark.parametrize("stop", [interrupt, terminate, kill])
async def test_a_process_that_is_stopped(
    stop: Callable[[Program], None], library: Path, expected: dict[str, tuple[int, str]]
) -> None:
    url = await shared_url()
    with importing(library, DATABASE_URL=url) as program:
        async with last_batch_held_back(url) as connection:
            await until_it_waits(connection, program)
            children = workers(program)
            stop(program)
            wait_for(lambda: ended(children), "its workers to end")
    async with piccolo_conf.DB.connection() as connection:
        await check_whole(connection)

    report = await run_import(library)

    assert 0 < report.skipped_videos < VIDEOS
    assert report.skipped_videos + report.videos.created == VIDEOS
    async with piccolo_conf.DB.connection() as connection:
        assert await content(connection) == expected


async def test_a_database_that_is_killed(
    library: Path, expected: dict[str, tuple[int, str]]
) -> None:
    with folder_for_postgres() as folder:
        settings = {"DATA_DIR": folder}
        migrated = run(*PICCOLO, "migrations", "forwards", "all", settings=settings)
        assert migrated.returncode == 0, migrated.stderr
        server = EmbeddedPostgres(folder)
        url = await server.dsn()
        with importing(library, **settings) as program:
            async with last_batch_held_back(url) as connection:
                await until_it_waits(connection, program)
                children = workers(program)
                tell(postgres_processes(folder), psutil.Process.kill)

                assert program.wait() == 1
            assert program.stderr.startswith("The database cannot be reached.")
            assert program.stderr.endswith("is kept; run the command again to continue.\n")
            assert "Traceback" not in program.stdout + program.stderr
            wait_for(lambda: ended(children), "its workers to end")

        connection = await asyncpg.connect(await server.dsn())
        try:
            await check_whole(connection)
            done = run(*PICCOLO, "catalog", "import", str(library), settings=settings)
            assert done.returncode == 0, done.stderr
            assert await content(connection) == expected
        finally:
            await connection.close()
            await server.close()
