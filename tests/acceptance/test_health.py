"""/health says what is, quickly, whatever the database does."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

import piccolo_conf
from apps.shared.version import VERSION
from tests.processes import (
    PostgresServer,
    folder_for_postgres,
    free_port,
    postgres_processes,
    run_python,
    serve,
    tell,
    uvicorn,
    wait_for,
)

MIGRATE = """
import asyncio
from apps.shared.db.migrations import apply_migrations
asyncio.run(apply_migrations())
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with folder_for_postgres() as folder:
        yield folder


async def test_all_is_well(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "healthy",
        "database": "connected",
        "redis": "disabled",
        "version": VERSION,
    }
    answer = await anonymous.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"alive": True})
    answer = await anonymous.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "database": "connected", "pending_migrations": 0}


async def test_it_is_not_ready_while_a_migration_is_pending(anonymous: httpx.AsyncClient) -> None:
    async with piccolo_conf.DB.connection() as connection:
        await connection.execute("UPDATE migration SET app_name = app_name || '-' WHERE id = 1")
        try:
            answer = await anonymous.get("/health/ready")
            healthy = await anonymous.get("/health")
        finally:
            await connection.execute("UPDATE migration SET app_name = rtrim(app_name, '-')")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert answer.json() == {"ready": False, "database": "connected", "pending_migrations": 1}
    assert healthy.status_code == 200


def test_a_database_that_hangs_is_noticed_within_two_seconds(folder: Path) -> None:
    """And a Redis that is away at once; but nothing needs that yet."""
    url = f"redis://:hush@127.0.0.1:{free_port()}/0"
    with serve(folder, free_port(), REDIS_URL=url) as web:
        answer = web.wait_for_status("/health", 200)
        assert (answer.json()["status"], answer.json()["redis"]) == ("healthy", "disconnected")
        stopped = postgres_processes(folder)
        tell(stopped, psutil.Process.suspend)
        try:
            for path in ("/health", "/health/ready"):
                started = time.monotonic()
                hung = web.get(path)
                assert time.monotonic() - started < 2
                assert hung is not None
                assert (hung.status_code, hung.json()["database"]) == (503, "disconnected")
            alive = web.get("/health/live")
            assert alive is not None
            assert alive.status_code == 200
        finally:
            tell(stopped, psutil.Process.resume)
        web.wait_for_status("/health/ready", 200)
        assert "hush" not in web.stderr + web.stdout


def test_it_starts_without_its_database_and_recovers_by_itself(folder: Path) -> None:
    server = PostgresServer(folder)
    with uvicorn(free_port(), DATABASE_URL=server.url()) as web:
        answer = web.wait_for_status("/health", 503)
        assert answer.headers["retry-after"] == "2"
        assert "Cannot reach the database" in web.stderr
        assert "Traceback" not in web.stderr
        request = web.get("/api/videos", headers={"Authorization": "Bearer token"})
        assert request is not None
        assert (request.status_code, request.headers["retry-after"]) == (503, "2")
        assert request.headers["content-type"] == "application/problem+json"
        server.start()
        try:
            web.wait_for_status("/health", 200)
            web.wait_for_status("/health/ready", 503)
            assert run_python(MIGRATE, DATABASE_URL=server.url()).returncode == 0
            web.wait_for_status("/health/ready", 200)
            request = web.get("/api/videos", headers={"Authorization": "Bearer token"})
            assert request is not None
            assert request.status_code == 401
            wait_for(lambda: "The database is available again." in web.stderr, "the log to say so")
            assert server.PASSWORD not in web.stderr
        finally:
            web.terminate()
            web.wait()
            server.stop()


def test_an_embedded_database_that_is_killed_comes_back(folder: Path) -> None:
    """Under plain uvicorn, which stops it in the end as well."""
    with uvicorn(free_port(), DATA_DIR=folder) as web:
        web.wait_for_status("/health", 200)
        pid = int((folder / "postgres" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        answers = []

        def is_back() -> bool:
            answers.append(web.get("/health"))
            with suppress(FileNotFoundError):
                new = (folder / "postgres" / "postmaster.pid").read_text().split()
                return (
                    new[:1] != [str(pid)]
                    and answers[-1] is not None
                    and answers[-1].status_code == 200
                )
            return False

        wait_for(is_back, "another server")
        assert {answer.status_code for answer in answers if answer is not None} <= {200, 503}
        assert "Traceback" not in web.stderr
        web.terminate()
        assert web.wait() in {0, 143, -signal.SIGTERM}
        assert postgres_processes(folder) == []
