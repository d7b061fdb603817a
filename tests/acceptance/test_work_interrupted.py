"""Work begun in the admin, and a program that is stopped or killed in the midst of it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from tests.catalog.downloads import write_video
from tests.processes import Web, free_port, serve, wait_for
from tests.shared.conftest import new_database

EMAIL, PASSWORD = "admin@reelbase.local", "correct horse"
KILLED = "Reelbase stopped unexpectedly."
IMPORT = "What was imported so far is kept; import the folder again to continue."


@pytest.fixture
def library(tmp_path: Path) -> Path:
    for number in range(3):
        write_video(tmp_path / "library", f"Talk {number}", id=f"video-{number:05}")
    return tmp_path / "library"


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with new_database() as url:
        yield url


@pytest.fixture
async def connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


@contextmanager
def program(url: str, library: Path, **settings: object) -> Iterator[Web]:
    chosen = {"IMPORT_ROOTS": library, "ADMIN_PASSWORD": PASSWORD, **settings}
    with serve(library.parent / "data", free_port(), DATABASE_URL=url, **chosen) as web:
        web.wait_for_status("/health/ready", 200)
        yield web


@asynccontextmanager
async def held_back(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """An import waits for one of its videos, and a backup in pg_dump for a table."""
    await connection.execute("CREATE TABLE held (id int) PARTITION BY RANGE (id)")
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(
        "INSERT INTO videos (identifier, title) VALUES ('video-00001', 'held'); LOCK TABLE held"
    )
    try:
        yield
    finally:
        await transaction.rollback()
        await connection.execute("DROP TABLE held")


@contextmanager
def signed_in(web: Web) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=web.url, timeout=30) as client:
        client.get("/admin/").raise_for_status()
        client.headers["X-CSRFToken"] = client.cookies["csrftoken"]
        body = {"username": EMAIL, "password": PASSWORD}
        client.post("/admin/public/login/", json=body).raise_for_status()
        yield client


def begin(client: httpx.Client, form: str, **fields: Any) -> str:
    """The address of its page."""
    answer = client.post(f"/admin/api/forms/{form}/", json=fields)
    assert answer.status_code == 200, answer.text
    said, page = answer.json()["custom_form_success"].splitlines()
    assert said.endswith(": started. Progress and result:")
    return str(page)


def page(client: httpx.Client, path: str) -> str:
    # On a connection of its own, which may lead to another worker.
    return client.get(path, headers={"Connection": "close"}).raise_for_status().text


async def ended(connection: asyncpg.Connection) -> list[tuple[str, str, str | None]]:
    rows = await connection.fetch(
        "SELECT job_type, status, error_message FROM processing_jobs ORDER BY job_type"
    )
    return [tuple(row) for row in rows]


async def test_a_worker_is_killed(url: str, library: Path, connection: asyncpg.Connection) -> None:
    told = f"{KILLED} {IMPORT}"
    with program(url, library, WORKERS=2) as web, signed_in(web) as client:
        async with held_back(connection):
            path = await asyncio.to_thread(begin, client, "import-a-folder", folder=str(library))
            for _ in range(6):
                shown = await asyncio.to_thread(page, client, path)
                assert '<meta http-equiv="refresh"' in shown
            run_id = await connection.fetchval("SELECT external_run_id FROM processing_jobs")
            os.kill(int(run_id.rpartition(":")[2]), signal.SIGKILL)
            await asyncio.to_thread(
                wait_for, lambda: told in page(client, path), "the other one to tell"
            )
    assert await ended(connection) == [("import_folder", "failed", told)]


async def test_the_program_is_killed(
    url: str, library: Path, connection: asyncpg.Connection
) -> None:
    told, backups = f"{KILLED} No backup was made.", library.parent / "data" / "backups"
    with program(url, library) as web, signed_in(web) as client:
        async with held_back(connection):
            path = await asyncio.to_thread(begin, client, "back-up-now")
            wait_for(lambda: list(backups.glob("*.unfinished")), "the file")
            os.killpg(web.process.pid, signal.SIGKILL)
            web.wait()
    assert await ended(connection) == [("backup", "running", None)]
    with program(url, library) as web, signed_in(web) as client:
        assert told in await asyncio.to_thread(page, client, path)
        assert await ended(connection) == [("backup", "failed", told)]
        answer = await asyncio.to_thread(client.post, "/admin/api/forms/back-up-now/", json={})
        assert answer.status_code == 200, answer.text
        await asyncio.to_thread(
            wait_for, lambda: not list(backups.glob("*.unfinished")), "what is left to be gone"
        )


async def test_the_program_is_stopped(
    url: str, library: Path, connection: asyncpg.Connection
) -> None:
    backups = library.parent / "data" / "backups"
    with program(url, library) as web:
        async with held_back(connection):
            with signed_in(web) as client:
                await asyncio.to_thread(begin, client, "import-a-folder", folder=str(library))
                await asyncio.to_thread(begin, client, "back-up-now")
            wait_for(lambda: list(backups.glob("*.unfinished")), "the file")
            web.terminate()
            await asyncio.to_thread(web.wait, 40)
        said = web.stdout + web.stderr
    assert await ended(connection) == [
        ("backup", "cancelled", "Reelbase was stopped. No backup was made."),
        ("import_folder", "cancelled", f"Reelbase was stopped. {IMPORT}"),
    ]
    assert not list(backups.iterdir())
    assert "Traceback" not in said
