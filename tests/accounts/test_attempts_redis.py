"""Attempts that several workers count together."""

import asyncio
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis, RedisError

from apps.accounts.attempts import AttemptLimiter
from apps.shared.errors import TooManyRequests
from tests.accounts.test_signing_in import assert_refused, sign_in
from tests.factories import PASSWORD, make_user
from tests.processes import free_port, wait_for

SERVER = shutil.which("redis-server")

pytestmark = pytest.mark.skipif(
    SERVER is None, reason="There is no redis-server: apt-get install redis-server."
)


class RedisServer:
    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/3"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [str(SERVER), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(command, cwd=self.folder, stdout=log)
        wait_for(self.answers, "Redis to answer")

    def answers(self) -> bool:
        try:
            with Redis.from_url(self.url) as client:
                return bool(client.ping())
        except RedisError:
            return False

    def send(self, signal_number: int) -> None:
        assert self.process is not None
        self.process.send_signal(signal_number)

    def stop(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    started = RedisServer(tmp_path)
    started.start()
    yield started
    started.stop()


async def is_limited(counted: AttemptLimiter) -> bool:
    try:
        await counted.count("me@example.org", "203.0.113.9")
    except TooManyRequests as refusal:
        return refusal.retry_after in range(291, 301)
    return False


async def test_workers_count_together_and_forget_together(server: RedisServer) -> None:
    one, two = (AttemptLimiter(4, 300, server.url) for _ in range(2))
    together = await asyncio.gather(*(is_limited(each) for each in (one, two) * 5))
    assert (together.count(False), together.count(True)) == (4, 6)
    await one.reset("me@example.org")
    assert [await is_limited(two) for _ in range(5)] == [False] * 4 + [True]
    with Redis.from_url(server.url) as client:
        assert {client.ttl(key) <= 300 for key in client.scan_iter()} == {True}


async def test_sign_ins_are_counted_in_redis_without_a_name(
    anonymous: httpx.AsyncClient, settle: Any, server: RedisServer
) -> None:
    settle(REDIS_URL=server.url, LOGIN_ATTEMPTS=2)
    user = await make_user()
    for _ in range(2):
        assert_refused(await sign_in(anonymous, user.email, "wrong"))
    settle()  # Another worker.
    limited = await sign_in(anonymous, user.email, PASSWORD)
    assert limited.status_code == 429
    assert 290 < int(limited.headers["retry-after"]) <= 300
    assert_refused(await sign_in(anonymous, "hush@example.org", "wrong"))
    with Redis.from_url(server.url, decode_responses=True) as client:
        kept = "\n".join(client.scan_iter())
        assert kept.count("\n") == 2
        assert "example.org" not in kept
        client.flushdb()
    assert (await sign_in(anonymous, user.email, PASSWORD)).status_code == 200


async def test_while_redis_is_away_the_process_counts_and_then_goes_back(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    counted = AttemptLimiter(1, 300, server.url)
    assert [await is_limited(counted) for _ in range(2)] == [False, True]
    for limited_alone in (False, True):
        server.stop()
        assert await is_limited(counted) == limited_alone
        server.start()
        assert not await is_limited(counted)
    assert [record.getMessage() for record in caplog.records] == [
        "Redis failed (ConnectionError): each worker counts separately."
    ] * 2


async def test_a_redis_that_hangs_holds_nobody_up_for_long(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    counted = AttemptLimiter(1, 300, server.url)
    await counted.reset("me@example.org")
    server.send(signal.SIGSTOP)
    async with asyncio.timeout(3):
        assert [await is_limited(counted) for _ in range(2)] == [False, True]
    server.send(signal.SIGCONT)
    assert [record.getMessage() for record in caplog.records] == [
        "Redis failed (TimeoutError): each worker counts separately."
    ]
    assert not await is_limited(counted)
