"""When it cannot serve, it says why in one sentence."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import call_command
from tests.processes import PostgresServer, folder_for_postgres, free_port


@pytest.fixture
def folder() -> Iterator[Path]:
    with folder_for_postgres() as folder:
        yield folder


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with folder_for_postgres() as folder:
        server = PostgresServer(folder)
        server.start()
        yield server
        server.stop()


def refusal(folder: Path, **settings: object) -> str:
    """The one line that is printed."""
    chosen = {"DATA_DIR": folder, "PORT": free_port(), **settings}
    done = call_command("project", "serve", **chosen)
    assert (done.returncode, done.stdout) == (1, ""), done.stdout
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_a_taken_port(folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = refusal(folder, PORT=port)
    assert said == (
        f"Cannot listen on 127.0.0.1:{port} (Address already in use): "
        "stop what uses it, or set PORT."
    )
    assert list(folder.iterdir()) == [], "A database was started for nothing."


@pytest.mark.parametrize("host", ["no such host", "host-" * 20 + ".example", "192.0.2.1"])
def test_an_address_that_is_not_this_machines(folder: Path, host: str) -> None:
    assert host in refusal(folder, HOST=host)


def test_an_unreachable_database(folder: Path) -> None:
    url = f"postgresql://me:hush@127.0.0.1:{free_port()}/db"
    said = refusal(folder, DATABASE_URL=url)
    assert said.startswith("The database in DATABASE_URL cannot be reached")
    assert "hush" not in said


def test_a_database_address_that_makes_no_sense(folder: Path) -> None:
    said = refusal(folder, DATABASE_URL="postgresql://me:hush@host:port/db")
    assert said.startswith("The database in DATABASE_URL cannot be reached: check the address")


def test_a_wrong_password(folder: Path, server: PostgresServer) -> None:
    said = refusal(folder, DATABASE_URL=server.url(password="hush"))
    assert said == "The database rejects the user or password in DATABASE_URL."


def test_a_database_that_does_not_exist(folder: Path, server: PostgresServer) -> None:
    said = refusal(folder, DATABASE_URL=server.url(database="nowhere"))
    assert said == "The database in DATABASE_URL does not exist: create it first."


def test_a_data_folder_that_cannot_be_written(folder: Path) -> None:
    (folder / "data").touch()
    assert "is not writable" in refusal(folder, DATA_DIR=folder / "data")


def test_a_data_folder_of_a_newer_program(folder: Path) -> None:
    (folder / "postgres").mkdir()
    (folder / "postgres" / "PG_VERSION").write_text("99\n")
    assert "was created by PostgreSQL 99, which is newer" in refusal(folder)


def test_a_data_folder_that_holds_something_else(folder: Path) -> None:
    (folder / "postgres").mkdir()
    (folder / "postgres" / "letter.txt").write_text("Dear reader")
    assert "did not start" in refusal(folder)
