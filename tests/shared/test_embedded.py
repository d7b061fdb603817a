"""The embedded PostgreSQL starts when it is needed and stops with the last who needs it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest

from apps.shared.db.embedded import EmbeddedPostgres
from apps.shared.errors import DatabaseUnavailable
from tests.processes import (
    Program,
    folder_for_postgres,
    postgres_processes,
    run_python,
    tell,
    wait_for,
)

# The engine that piccolo_conf makes, without the apps that it names: they take most of a start.
HOLD = """
import asyncio, signal, sys
from apps.shared.db.engine import create_engine
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
asyncio.run(create_engine().run_ddl("SELECT 1"))
print("held")
signal.pause()
"""

# As in a container whose first process waits for no children: what ends here stays a zombie.
ZOMBIE = """
import asyncio, ctypes, os, psutil, signal
from apps.shared.db.engine import create_engine
assert ctypes.CDLL(None).prctl(36, 1) == 0  # PR_SET_CHILD_SUBREAPER
async def main():
    engine = create_engine()
    await engine.run_ddl("SELECT 1")
    postmaster = engine.address._server.get_pid()
    os.kill(postmaster, signal.SIGKILL)
    while psutil.Process(postmaster).status() != psutil.STATUS_ZOMBIE:
        await asyncio.sleep(0.01)
    await engine.run_ddl("SELECT 1")
    assert engine.address._server.get_pid() != postmaster
    print("again")
asyncio.run(main())
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with folder_for_postgres() as folder:
        yield folder


@pytest.fixture
async def embedded(folder: Path) -> AsyncIterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(folder)
    yield server
    await server.close()


async def ask(server: EmbeddedPostgres, query: str) -> object:
    connection = await asyncpg.connect(await server.dsn())
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def postmaster(folder: Path) -> psutil.Process:
    return psutil.Process(int((folder / "postgres" / "postmaster.pid").read_text().split()[0]))


def kill(process: psutil.Process) -> None:
    """Until it is gone, or waits for a parent that asks for its end."""
    process.kill()
    gone = (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    wait_for(lambda: not process.is_running() or process.status() in gone, "its end")


@contextmanager
def hold(folder: Path) -> Iterator[Program]:
    with Program(sys.executable, "-c", HOLD, DATA_DIR=folder) as program:
        wait_for(lambda: program.stdout or program.process.poll() is not None, "the server")
        assert program.stdout == "held\n", program.stderr
        yield program


def test_importing_the_program_starts_nothing(tmp_path: Path) -> None:
    done = run_python("import piccolo_conf, piccolo_project.app", DATA_DIR=tmp_path / "data")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "data").exists()


def test_it_is_shared_and_stops_with_the_last(folder: Path) -> None:
    with hold(folder) as first, hold(folder) as second:
        server = postmaster(folder)
        first.terminate()
        assert first.wait() == 0
        assert server.is_running()
        second.terminate()
        assert second.wait() == 0
        assert postgres_processes(folder) == []


def test_one_that_was_killed_does_not_keep_it_alive(folder: Path) -> None:
    with hold(folder) as first, hold(folder) as second:
        second.process.kill()
        second.wait()
        first.terminate()
        assert first.wait() == 0
        assert postgres_processes(folder) == []


async def test_closing_lets_go_and_the_next_question_starts_it_again(
    embedded: EmbeddedPostgres, folder: Path
) -> None:
    assert await ask(embedded, "SELECT 1") == 1
    await embedded.close()
    assert postgres_processes(folder) == []
    await embedded.close()
    assert await ask(embedded, "SELECT 2") == 2


async def test_a_killed_server_is_started_again(embedded: EmbeddedPostgres, folder: Path) -> None:
    await ask(embedded, "CREATE TABLE kept AS SELECT 7 AS seven")
    kill(postmaster(folder))
    assert await ask(embedded, "SELECT seven FROM kept") == 7


def test_a_killed_server_that_nobody_waits_for_is_started_again(folder: Path) -> None:
    done = run_python(ZOMBIE, DATA_DIR=folder)
    assert (done.stdout, done.returncode) == ("again\n", 0), done.stderr


async def test_what_a_killed_server_left_running_does_not_write_beside_the_new_one(
    embedded: EmbeddedPostgres, folder: Path
) -> None:
    connection = await asyncpg.connect(await embedded.dsn())
    backend = psutil.Process(connection.get_server_pid())
    busy = asyncio.create_task(connection.execute("DO 'BEGIN LOOP END LOOP; END'"))
    await asyncio.sleep(0.05)
    kill(postmaster(folder))
    await asyncio.sleep(0.1)
    assert backend.is_running(), "It would have ended by itself."
    assert await ask(embedded, "SELECT 1") == 1
    assert not backend.is_running()
    with pytest.raises(asyncpg.PostgresError):
        await busy


async def test_a_pid_file_that_names_another_program_is_no_server(
    embedded: EmbeddedPostgres, folder: Path
) -> None:
    """As after a restart of a container, where few numbers are in use."""
    await ask(embedded, "SELECT 1")
    pid_file = folder / "postgres" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    await embedded.close()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:], ""]))
    assert await ask(embedded, "SELECT 1") == 1
    assert postmaster(folder).name() == "postgres"


async def test_closing_after_the_server_was_killed_is_no_fault(
    embedded: EmbeddedPostgres, folder: Path
) -> None:
    await ask(embedded, "SELECT 1")
    kill(postmaster(folder))
    await embedded.close()
    assert await ask(embedded, "SELECT 1") == 1


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("19", r"created by PostgreSQL 19, which is newer than this program's 18: update"),
        ("16", r"created by PostgreSQL 16, which is older than this program's 18\. Run `piccolo"),
        ("9.6", r"contains something other than this program's PostgreSQL"),
    ],
)
async def test_a_folder_of_another_version_is_left_alone(
    folder: Path, version: str, said: str
) -> None:
    (folder / "postgres").mkdir()
    (folder / "postgres" / "PG_VERSION").write_text(version)
    with pytest.raises(DatabaseUnavailable, match=said) as raised:
        await EmbeddedPostgres(folder).dsn()
    assert str(folder) in raised.value.message
    assert [path.name for path in (folder / "postgres").iterdir()] == ["PG_VERSION"]


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/self/data"])
async def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(
    folder: Path, place: str
) -> None:
    (folder / "file").touch()
    with pytest.raises(DatabaseUnavailable, match=r"is not writable .* set DATA_DIR") as raised:
        await EmbeddedPostgres(folder / place).dsn()
    assert "\n" not in raised.value.message


async def test_a_folder_that_is_no_database_is_told_in_a_sentence(folder: Path) -> None:
    (folder / "postgres").mkdir()
    (folder / "postgres" / "letter.txt").write_text("Dear reader")
    with pytest.raises(DatabaseUnavailable, match=r"did not start .* See its log"):
        await EmbeddedPostgres(folder).dsn()
    assert (folder / "postgres" / "letter.txt").exists()


async def test_a_long_path_works_and_its_socket_is_not_open_to_others(folder: Path) -> None:
    deep = folder.joinpath(*["a-folder-with-a-long-name"] * 6)
    embedded = EmbeddedPostgres(deep)
    try:
        assert await ask(embedded, "SELECT 1") == 1
        sockets = Path((deep / "postgres" / "postmaster.pid").read_text().splitlines()[4])
        assert sockets != deep / "postgres"
        assert sockets.stat().st_mode & 0o777 == 0o700
        assert sockets.owner() == postmaster(deep).username()
        second = EmbeddedPostgres(deep)
        assert await second.dsn() == await embedded.dsn()
    finally:
        await embedded.close()


async def test_letters_are_those_of_unicode_whatever_the_machine(
    embedded: EmbeddedPostgres,
) -> None:
    assert await ask(embedded, "SELECT lower('ÉÑÇ ПРИВЕТ ΑΒΓ')") == "éñç привет αβγ"
    assert await ask(embedded, "SELECT 'é' ~ '^[[:alpha:]]$' AND 'Ж' ~* 'ж'") is True
    assert await ask(embedded, "SHOW server_encoding") == "UTF8"
    assert await ask(embedded, "SELECT 'a' < 'b' AND 'B' < 'a'") is True, "Not by code point."


async def test_a_killed_holder_of_a_killed_server_is_forgotten(folder: Path) -> None:
    with hold(folder) as first:
        first.process.kill()
        first.wait()
        kill(postmaster(folder))
    embedded = EmbeddedPostgres(folder)
    assert await ask(embedded, "SELECT 1") == 1
    await embedded.close()
    assert postgres_processes(folder) == []


def test_a_kill_while_the_folder_is_made_leaves_nothing_half_made(folder: Path) -> None:
    unfinished = folder / "postgres.unfinished"
    with Program(sys.executable, "-c", HOLD, DATA_DIR=folder) as program:
        wait_for((unfinished / "PG_VERSION").exists, "the folder to be begun")
        parent = psutil.Process(program.process.pid)
        tell((parent, *parent.children(recursive=True)), psutil.Process.kill)
        program.process.wait()
    assert not (folder / "postgres" / "PG_VERSION").exists()
    with hold(folder):
        assert not unfinished.exists()
