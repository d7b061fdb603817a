"""`piccolo project backup` and `verify`, as programs on real servers."""

import asyncio
import itertools
import random
import re
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

import piccolo_conf
from apps.operations.backups.creation import create_backup_at
from apps.operations.backups.verification import load_and_compare
from apps.shared.db.migrations import apply_migrations
from tests.commands import call_command
from tests.database import value
from tests.processes import (
    PICCOLO,
    PostgresServer,
    Program,
    folder_for_postgres,
    free_port,
    run,
    serve,
)
from tests.shared.conftest import new_database, shared_url

BACKUP = [*PICCOLO, "project", "backup"]
VERIFY = [*PICCOLO, "project", "verify"]

AMOUNT = 1_000_000


@pytest.fixture
def folder() -> Iterator[Path]:
    with folder_for_postgres() as folder:
        yield folder


def test_it_is_made_while_the_program_serves(folder: Path) -> None:
    data = {"DATA_DIR": folder / "data"}
    with serve(folder / "data", free_port()) as web:
        web.wait_for_status("/health/ready", 200)
        done = run(*BACKUP, settings=data)
        assert (done.returncode, done.stderr) == (0, "")
        path, said = done.stdout.splitlines()
        assert re.search(
            r" MB, \d+ tables, \d+ rows, created \d{4}-.* UTC by Reelbase .*, in .* s$", said
        )
        file = Path(path)
        assert file.parent == folder / "data" / "backups"
        assert file.stat().st_mode & 0o777 == 0o600
        verified = call_command("project", "verify", path, **data)
        assert (verified.returncode, verified.stderr) == (0, "")
        assert verified.stdout.splitlines()[0] == f"{path} is intact: all rows match."
    content = file.read_bytes()
    half = folder / "half.zip"
    half.write_bytes(content[: len(content) // 2])
    refused = run(*VERIFY, str(half), settings=data)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"{half} is damaged. ")
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize("option", ["--output", "--output="])
def test_a_file_must_be_named(folder: Path, option: str) -> None:
    done = call_command("project", "backup", option, DATA_DIR=folder / "data")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "Give the file's name.\n")


@pytest.mark.parametrize("version", [16, 18])
async def test_a_server_is_backed_up_and_no_password_is_seen(version: int) -> None:
    """Neither in what is said nor in a command line, which every user can read."""
    with folder_for_postgres() as folder:
        server = PostgresServer(folder, version)
        server.start()
        try:
            address = {"DATABASE_URL": server.url(), "BACKUP_DIR": folder / "backups"}
            with piccolo_conf.DB.using_database(server.url()):
                await apply_migrations(lambda _: None)
            lines = await command_lines_of_a_backup(server, address)
            assert any("pg_dump" in line for line in lines)
            (file,) = (folder / "backups").iterdir()
            assert not [line for line in lines if PostgresServer.PASSWORD in line or "%41" in line]
            done = call_command("project", "verify", file, **address)
            assert (done.returncode, done.stderr) == (0, "")
            wrong = {"DATABASE_URL": server.url("another secret")}
            refused = call_command("project", "backup", **{**address, **wrong})
            assert (refused.returncode, refused.stdout) == (1, "")
            assert "rejects the user or password" in refused.stderr
            assert len(refused.stderr.splitlines()) == 1
            assert "another" not in refused.stderr
        finally:
            server.stop()


async def command_lines_of_a_backup(server: PostgresServer, settings: dict[str, Any]) -> list[str]:
    async with held_up(server.url()) as until_it_waits:
        with Program(*BACKUP, **settings) as program:
            await until_it_waits()
            lines = command_lines(program)
            await until_it_waits.end()
            assert program.wait() == 0, program.stderr
            assert program.stderr == ""
            assert PostgresServer.PASSWORD not in program.stdout
    return lines


def command_lines(program: Program) -> list[str]:
    process = psutil.Process(program.process.pid)
    return [" ".join(each.cmdline()) for each in [process, *process.children(recursive=True)]]


class HeldUp:
    """A transaction that lets no dump get on: it holds a catalog that only pg_dump reads."""

    WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND application_name = 'pg_dump'"""

    def __init__(self, holder: Any, watcher: Any) -> None:
        self.holder = holder
        self.watcher = watcher

    async def __call__(self) -> None:
        async with asyncio.timeout(60):
            while not await self.watcher.fetchval(self.WAITING):
                await asyncio.sleep(0.02)

    async def end(self) -> None:
        await self.holder.execute("ROLLBACK")


@asynccontextmanager
async def held_up(dsn: str) -> AsyncIterator[HeldUp]:
    # Inside a transaction nobody sees what others begin to wait for.
    holder, watcher = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    try:
        await holder.execute("BEGIN; LOCK TABLE pg_transform IN ACCESS EXCLUSIVE MODE")
        yield HeldUp(holder, watcher)
    finally:
        await holder.close()
        await watcher.close()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
async def test_one_that_is_stopped_leaves_no_backup(tmp_path: Path, how: signal.Signals) -> None:
    """And the next one tidies up."""
    url = await shared_url()
    settings = {"DATABASE_URL": url, "BACKUP_DIR": tmp_path / "backups"}
    async with held_up(url) as until_it_waits:
        with Program(*BACKUP, **settings) as program:
            await until_it_waits()
            dumps = psutil.Process(program.process.pid).children()
            program.process.send_signal(how)
            code = {signal.SIGKILL: -9, signal.SIGTERM: 143, signal.SIGINT: 130}[how]
            assert program.wait() == code
            assert "Traceback" not in program.stderr
        left = [file.name for file in (tmp_path / "backups").iterdir()]
        if how is signal.SIGKILL:
            (unfinished,) = left
            assert unfinished.endswith(".zip.unfinished")
        else:
            assert left == []
            assert not [process for process in dumps if process.is_running()]
    done = call_command("project", "backup", **settings)
    assert done.returncode == 0, done.stderr
    assert [str(file) for file in (tmp_path / "backups").iterdir()] == done.stdout.splitlines()[:1]


class Writers:
    """Each transaction keeps the sum of two accounts, and makes a channel with its three videos."""

    def __init__(self) -> None:
        self.done = 0
        self.stopped = False

    async def write(self, dsn: str, number: int) -> None:
        rng = random.Random(number)
        connection = await asyncpg.connect(dsn)
        try:
            for turn in itertools.count():
                if self.stopped:
                    return
                async with connection.transaction():
                    await self._move(connection, rng.randint(-9, 9))
                    await self._make(connection, f"{number}-{turn}")
                self.done += 1
        finally:
            await connection.close()

    async def _move(self, connection: Any, amount: int) -> None:
        query = "UPDATE processing_sessions SET total_items = total_items + $1 WHERE name = $2"
        await connection.execute(query, amount, "first")
        await connection.execute(query, -amount, "second")

    async def _make(self, connection: Any, name: str) -> None:
        channel = await connection.fetchval(
            "INSERT INTO channels (name) VALUES ($1) RETURNING id", name
        )
        for number in range(3):
            await connection.execute(
                "INSERT INTO videos (identifier, title, channel_id) VALUES ($1::text, $1, $2)",
                f"{name}-{number}",
                channel,
            )


STATE = """
SELECT (SELECT sum(total_items) FROM processing_sessions) AS amount,
       (SELECT count(*) FROM channels) AS channels,
       (SELECT count(*) FROM videos) AS videos,
       (SELECT count(*) FROM channels WHERE 3 <>
        (SELECT count(*) FROM videos WHERE channel_id = channels.id)) AS halves
"""


async def test_under_writes_it_has_one_moment(tmp_path: Path) -> None:
    for name in ("first", "second"):
        query = "INSERT INTO processing_sessions (name, total_items) VALUES ($1, $2)"
        await value(query, name, AMOUNT // 2)
    url = await shared_url()
    writers = Writers()
    async with asyncio.TaskGroup() as tasks:
        for number in (1, 2):
            tasks.create_task(writers.write(url, number))
        while writers.done < 50:
            await asyncio.sleep(0.01)
        before = writers.done
        async with held_up(url) as until_it_waits:
            # The moment is chosen, and then they go on for a while.
            making = asyncio.create_task(create_backup_at(tmp_path / "mine.zip"))
            await until_it_waits()
            chosen_by = datetime.now(UTC)
            after = writers.done
            while writers.done < after + 50:
                await asyncio.sleep(0.01)
            await until_it_waits.end()
        made = await making
        writers.stopped = True
    async with new_database() as restored:
        await load_and_compare(made.file, made.manifest, restored)
        connection = await asyncpg.connect(restored)
        state = await connection.fetchrow(STATE)
        whole = await connection.fetchval("SELECT bool_and(convalidated) FROM pg_constraint")
        await connection.close()
    assert state["amount"] == AMOUNT
    assert state["halves"] == 0
    assert state["videos"] == 3 * state["channels"]
    assert before <= state["channels"] <= after
    assert whole
    assert made.manifest.made_at < chosen_by
    assert {table.name: table.rows for table in made.manifest.tables}["videos"] == state["videos"]
