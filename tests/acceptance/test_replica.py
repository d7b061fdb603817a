"""A real streaming replica, made by pg_basebackup: it answers searches for as long as it can."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.acceptance.invented import make, token
from tests.commands import call_command
from tests.processes import (
    OWNER,
    PostgresServer,
    Web,
    folder_for_postgres,
    free_port,
    serve,
    wait_for,
)

ADMIN = {"ADMIN_EMAIL": "admin@library.example", "ADMIN_PASSWORD": "a password for it"}
DATABASE = "library"
BACK = "The replica is available again."


class Standby(PostgresServer):
    """It gives up at once a query that holds up its replay."""

    def __init__(self, folder: Path, primary: PostgresServer) -> None:
        self.programs, self.port, self.folder = primary.programs, free_port(), folder / "standby"
        self.folder.mkdir(mode=0o700)
        if OWNER:
            shutil.chown(self.folder, OWNER)
        self._run("pg_basebackup", "-R", "-c", "fast", "-d", primary.url())
        with (self.folder / "postgresql.auto.conf").open("a") as configuration:
            configuration.write("max_standby_streaming_delay = 0\n")


@asynccontextmanager
async def session(server: PostgresServer) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(server.url(database=DATABASE))
    try:
        yield connection
    finally:
        await connection.close()


@dataclass
class Library:
    primary: PostgresServer
    standby: Standby
    web: Web
    api: httpx.AsyncClient

    async def say(self, words: str) -> None:
        """Writes, through the program."""
        video = await make(self.api, "/api/videos", identifier=words, title=words)
        transcript = await make(
            self.api,
            "/api/transcripts",
            video_id=video["id"],
            source="imported",
            full_text=words,
        )
        chunk = {"transcript_id": transcript["id"], "chunk_index": 0, "chunk_text": words}
        await make(self.api, "/api/chunks", **chunk)

    async def found(self, words: str) -> int:
        answer = await self.api.get("/api/search", params={"q": words})
        return int(answer.raise_for_status().json()["total"])

    async def until_replayed(self) -> None:
        async with (
            asyncio.timeout(60),
            session(self.primary) as primary,
            session(self.standby) as standby,
        ):
            written = await primary.fetchval("SELECT pg_current_wal_lsn()::text")
            behind = "SELECT pg_last_wal_replay_lsn() < $1::text::pg_lsn"
            while await standby.fetchval(behind, written):
                await asyncio.sleep(0.02)

    @asynccontextmanager
    async def replay_paused(self) -> AsyncIterator[None]:
        """What is written meanwhile is on the primary only."""
        async with session(self.standby) as standby:
            await standby.execute("SELECT pg_wal_replay_pause()")
            while await standby.fetchval("SELECT pg_get_wal_replay_pause_state()") != "paused":
                await asyncio.sleep(0.02)
            try:
                yield
            finally:
                await standby.execute("SELECT pg_wal_replay_resume()")
        await self.until_replayed()

    def wait_for_log(self, line: str, times: int = 1) -> None:
        wait_for(lambda: self.web.stderr.count(line) >= times, line)
        assert self.web.stderr.count(line) == times


@pytest.fixture(scope="module")
async def library() -> AsyncIterator[Library]:
    with folder_for_postgres() as folder:
        primary = PostgresServer(folder)
        primary.start()
        connection = await asyncpg.connect(primary.url())
        await connection.execute(f"CREATE DATABASE {DATABASE}")
        await connection.close()
        standby = Standby(folder, primary)
        standby.start()
        settings = {
            "DATABASE_URL": primary.url(database=DATABASE),
            "READ_REPLICA_URL": standby.url(database=DATABASE),
            **ADMIN,
        }
        try:
            with serve(folder, free_port(), **settings) as web:
                web.wait_for_status("/health/ready", 200)
                bearer = await token(web.url, *ADMIN.values())
                headers = {"Authorization": f"Bearer {bearer}"}
                async with httpx.AsyncClient(base_url=web.url, headers=headers, timeout=20) as api:
                    library = Library(primary, standby, web, api)
                    await library.until_replayed()
                    yield library
        finally:
            standby.stop()
            primary.stop()


async def test_a_search_is_answered_by_the_replica(library: Library) -> None:
    """Of what it has not replayed yet it knows nothing, and what it has replayed is found."""
    await library.say("marmalade")
    await library.until_replayed()
    assert await library.found("marmalade") == 1
    async with library.replay_paused():
        await library.say("quince")
        async with session(library.primary) as primary:
            assert await primary.fetchval("SELECT count(*) FROM chunks") == 2
        assert await library.found("quince") == 0
        assert (await library.api.get("/api/videos/quince")).status_code == 200
    assert await library.found("quince") == 1


async def test_a_replica_that_has_not_migrated_yet_is_passed_by(library: Library) -> None:
    await library.say("migration")
    await library.until_replayed()
    async with session(library.primary) as primary:
        before = await primary.fetchval("SELECT pg_get_functiondef('search_text'::regproc)")
        await primary.execute("DROP FUNCTION search_text CASCADE")
        await library.until_replayed()
        async with library.replay_paused():
            await primary.execute(before)
            assert await library.found("migration") == 1
    library.wait_for_log("The replica canceled a query (UndefinedFunctionError)")
    assert await library.found("migration") == 1
    library.wait_for_log("The replica canceled a query (UndefinedFunctionError)")


STREAMING = "SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'"

# Advisory locks are of one server: only the replica's searches wait.
SLOW = """
CREATE OR REPLACE FUNCTION search_text(said text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7);
    RETURN said;
END
$$"""
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


async def test_a_search_that_holds_up_the_replay_is_answered_by_the_primary(
    library: Library,
) -> None:
    await library.say("conflict")
    async with session(library.primary) as primary, session(library.standby) as standby:
        before = await primary.fetchval("SELECT pg_get_functiondef('search_text'::regproc)")
        await primary.execute(SLOW)
        await library.until_replayed()
        await standby.execute("SELECT pg_advisory_lock(7)")
        search = asyncio.create_task(library.found("conflict"))
        async with asyncio.timeout(60):
            while not await standby.fetchval(WAITING):
                await asyncio.sleep(0.02)
        async with primary.transaction():
            await primary.execute("LOCK TABLE transcripts IN ACCESS EXCLUSIVE MODE")
        assert await search == 1
        await standby.execute("SELECT pg_advisory_unlock(7)")
        await primary.execute(before)
    library.wait_for_log("The replica canceled a query (SerializationError)")
    await library.until_replayed()


async def test_after_a_restore_the_replica_is_asked_for_the_new_database(
    library: Library, tmp_path: Path
) -> None:
    """Its connections lead to the old one, which stays until the next restore."""
    settings = {"DATABASE_URL": library.primary.url(database=DATABASE)}
    await library.say("butter")
    file = str(tmp_path / "library.zip")
    call_command("project", "backup", "--output", file, **settings).check_returncode()
    await library.say("margarine")
    await library.until_replayed()
    assert await library.found("margarine") == 1
    call_command("project", "restore", file, "--yes", **settings).check_returncode()
    await library.until_replayed()
    assert (await library.found("butter"), await library.found("margarine")) == (1, 0)
    async with library.replay_paused():
        await library.say("honey")
        assert (await library.found("butter"), await library.found("honey")) == (1, 0)
    assert await library.found("honey") == 1


async def test_doctor_says_how_the_replica_is(library: Library) -> None:
    settings = {
        "DATABASE_URL": library.primary.url(database=DATABASE),
        "READ_REPLICA_URL": library.standby.url(database=DATABASE),
    }

    def told() -> str:
        lines = call_command("project", "doctor", **settings).stdout.splitlines()
        return next(line for line in lines if line[5:].startswith("replica"))

    assert told() == "ok   replica        It answers searches"
    async with session(library.standby) as standby:
        source = await standby.fetchval("SHOW primary_conninfo")
        for address, wanted in (("", 0), (source, 1)):
            quoted = await standby.fetchval("SELECT quote_literal($1::text)", address)
            await standby.execute(f"ALTER SYSTEM SET primary_conninfo = {quoted}")
            await standby.execute("SELECT pg_reload_conf()")
            async with asyncio.timeout(60):
                while await standby.fetchval(STREAMING) != wanted:
                    await asyncio.sleep(0.02)
            if not wanted:
                assert told().endswith("It is not receiving the primary's changes: check its log.")
    assert told().startswith("ok ")


async def test_while_the_replica_is_gone_the_primary_answers(library: Library) -> None:
    """Nobody is told 503, and once it is back it is asked again, by itself."""
    await library.say("breakfast")
    await library.until_replayed()
    assert await library.found("breakfast") == 1
    library.standby.stop()
    await library.say("luncheon")
    assert await asyncio.gather(*(library.found("luncheon") for _ in range(8))) == [1] * 8
    library.wait_for_log(" WARNING apps.shared.db.replica")
    assert library.web.get("/health/ready").status_code == 200  # type: ignore[union-attr]
    library.standby.start()
    library.wait_for_log(BACK)
    async with library.replay_paused():
        await library.say("supper")
        assert await library.found("supper") == 0
    assert await library.found("supper") == 1


async def test_with_a_replica_that_was_never_there_the_primary_answers(library: Library) -> None:
    settings = {
        "DATABASE_URL": library.primary.url(database=DATABASE),
        "READ_REPLICA_URL": f"postgresql://nobody:hush@127.0.0.1:{free_port()}/gone",
    }
    await library.say("tea")
    with serve(library.primary.folder, free_port(), **settings) as web:
        web.wait_for_status("/health/ready", 200)
        answer = web.get("/api/search?q=tea", headers=dict(library.api.headers))
        assert answer is not None
        assert answer.json()["total"] == 1
        log = web.stderr
    said = re.findall(r"Cannot reach the replica \(.+\)(.+)", log)
    assert said == ["; retrying.", ": asking the primary."]
    assert "hush" not in log
