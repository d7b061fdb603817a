"""A client that hangs up before it is answered ends what was done for it."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import asyncpg
import httpx
import pytest

from tests.acceptance.browser import EMAIL, PASSWORD, connect
from tests.acceptance.invented import token
from tests.processes import Web, data_folder, free_port, serve, wait_for

WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE application_name = 'reelbase' AND state = 'active' AND wait_event_type = 'Lock'"""


@dataclass
class Running:
    web: Web
    token: str
    folder: Path

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def with_fresh_token(self, name: str) -> Self:
        """Which the program has to look up."""
        asked = {"name": name, "expires_at": (datetime.now(UTC) + timedelta(days=1)).isoformat()}
        address = f"{self.web.url}/api/auth/tokens"
        made = httpx.post(address, json=asked, headers=self.headers)
        return replace(self, token=made.json()["token"])

    def send(self, head: str, *fields: str) -> socket.socket:
        """Over a socket of its own, which stays open."""
        host, port = self.web.url.removeprefix("http://").split(":")
        client = socket.create_connection((host, int(port)), timeout=10)
        lines = [f"{head} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {self.token}"]
        client.sendall("\r\n".join([*lines, *fields, "", ""]).encode())
        return client

    def wait_for_line(self, text: str, seconds: float = 20) -> None:
        wait_for(lambda: text in self.web.stderr, text, seconds)


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[Running]:
    chosen = {
        "DATABASE_POOL_SIZE": 1,
        "DATABASE_MAX_OVERFLOW": 0,
        "DATABASE_POOL_TIMEOUT": 1,
    }
    with (
        data_folder() as folder,
        serve(folder, free_port(), ADMIN_EMAIL=EMAIL, ADMIN_PASSWORD=PASSWORD, **chosen) as web,
    ):
        web.wait_for_status("/health/ready", 200)
        yield Running(web, await token(web.url, EMAIL, PASSWORD), folder)


@pytest.fixture
async def postgres(running: Running) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(running.folder)
    yield connection
    await connection.close()


async def until(postgres: asyncpg.Connection, waiting: int, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while await postgres.fetchval(WAITING) != waiting:
            await asyncio.sleep(0.01)
            # Inside a transaction it would show the same for ever.
            await postgres.execute("SELECT pg_stat_clear_snapshot()")


CREATE = b'{"identifier": "given-up", "title": "Given up"}'


@pytest.mark.parametrize("kind", ["GET", "POST"])
async def test_its_statement_ends_and_its_connection_comes_back(
    running: Running, postgres: asyncpg.Connection, kind: str
) -> None:
    async with postgres.transaction():
        await postgres.execute("LOCK TABLE videos")
        if kind == "GET":
            client = running.send("GET /api/videos?title=hush")
        else:
            client = begin_post(running, len(CREATE))
            client.sendall(CREATE)
        await until(postgres, 1, 5)
        client.close()
        await until(postgres, 0, 3)
        # The only connection of the pool serves the next one, while the table is still locked.
        answer = running.web.get("/api/auth/me", headers=running.headers)
        assert answer is not None
        assert answer.status_code == 200
    running.wait_for_line(f": {kind} /api/videos 499 ")
    assert await postgres.fetchval("SELECT count(*) FROM videos") == 0
    for word in ("Traceback", "ERROR", "CancelledError", "hush"):
        assert word not in running.web.stderr
    figures = running.web.get("/metrics", headers=running.headers)
    assert figures is not None
    told = f'duration_seconds_count{{method="{kind}",route="/api/videos",status="499"}} 1.0'
    assert told in figures.text


async def test_who_waits_is_answered(running: Running, postgres: asyncpg.Connection) -> None:
    """Long after the program has begun to watch."""
    async with httpx.AsyncClient(base_url=running.web.url, headers=running.headers) as client:
        async with postgres.transaction():
            await postgres.execute("LOCK TABLE videos")
            asked = asyncio.create_task(client.get("/api/videos"))
            await until(postgres, 1, 5)
            await asyncio.sleep(1.5)
        assert (await asked).json() == {"items": [], "next": None}


async def test_a_slow_upload_arrives_whole(running: Running, postgres: asyncpg.Connection) -> None:
    text = "words " * 40_000
    body = f'{{"identifier": "slow", "title": "Slow", "description": "{text}"}}'.encode()
    pieces = [body[place : place + 20_000] for place in range(0, len(body), 20_000)]
    fresh = running.with_fresh_token("slow")
    started = time.monotonic()
    async with postgres.transaction():  # For half of it the program is not even reading.
        await postgres.execute("LOCK TABLE sessions")
        client = begin_post(fresh, len(body))
        for piece in pieces[:6]:
            client.sendall(piece)
            await asyncio.sleep(0.3)
    for piece in pieces[6:]:
        client.sendall(piece)
        await asyncio.sleep(0.3)
    assert time.monotonic() - started > 3
    assert client.recv(1000).startswith(b"HTTP/1.1 201 ")
    client.close()
    written = await postgres.fetchrow("DELETE FROM videos RETURNING identifier, description")
    assert tuple(written) == ("slow", text)


async def test_an_upload_that_breaks_off_is_noted_and_nothing_more(
    running: Running, postgres: asyncpg.Connection
) -> None:
    before = running.web.stderr.count("POST /api/videos 499 ")
    client = begin_post(running, len(CREATE))
    client.sendall(CREATE[:-5])
    await asyncio.sleep(0.2)
    client.close()
    wait_for(lambda: running.web.stderr.count("POST /api/videos 499 ") > before, "the log")
    assert "Traceback" not in running.web.stderr
    assert await postgres.fetchval("SELECT count(*) FROM videos") == 0


async def test_a_body_that_nobody_has_asked_for_yet_is_kept(
    running: Running, postgres: asyncpg.Connection
) -> None:
    """The caller is looked up before it is read; meanwhile the program watches."""
    fresh = running.with_fresh_token("kept")
    async with postgres.transaction():
        await postgres.execute("LOCK TABLE sessions")
        client = fresh.send("POST /api/auth/tokens")
        await until(postgres, 1, 5)
        await asyncio.sleep(1.5)
    assert client.recv(1000).startswith(b"HTTP/1.1 400 ")
    client.close()


def begin_post(running: Running, length: int) -> socket.socket:
    """Its head; the body is up to the test."""
    return running.send(
        "POST /api/videos", "Content-Type: application/json", f"Content-Length: {length}"
    )
