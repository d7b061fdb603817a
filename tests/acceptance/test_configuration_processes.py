"""Two programs on one database, and a third that changes settings: all of them see it."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import pytest

from tests.commands import call_command
from tests.processes import (
    PICCOLO,
    PostgresServer,
    Web,
    folder_for_postgres,
    free_port,
    run,
    serve,
    wait_for,
)

SIGN_IN = {"email": "admin@reelbase.local", "password": "correct horse battery"}
SOON = 10
"""Seconds that a loaded machine may take; without notices it would be 30."""


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with folder_for_postgres() as folder:
        server = PostgresServer(folder)
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="module")
def settings(server: PostgresServer) -> dict[str, str]:
    return {"DATABASE_URL": server.url(), "ADMIN_PASSWORD": SIGN_IN["password"]}


class Process:
    """One of the programs, signed in to."""

    def __init__(self, web: Web) -> None:
        web.wait_for_status("/health/ready", 200)
        self.client = httpx.Client(base_url=web.url, timeout=20)
        token = self.client.post("/api/auth/login", json=SIGN_IN).raise_for_status().json()["token"]
        self.client.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str) -> Any:
        """The value; None while the database is away."""
        answer = self.client.get(path)
        return answer.json()["value"] if answer.status_code == 200 else None

    def put(self, path: str, value: object) -> bool:
        return self.client.put(path, json={"value": value}).status_code == 200

    def sees(self, path: str, value: object) -> float:
        """How many seconds it took."""
        begun = time.monotonic()
        wait_for(lambda: self.get(path) == value, f"{path} to be {value}", SOON)
        return time.monotonic() - begun


def assert_heard_within_a_second(writer: Process, reader: Process, path: str) -> None:
    """Most of the time: of several, one or two may meet a machine that is busy with others.

    Reading anew after 30 seconds without a word would be noticed by each of them.
    """
    delays = []
    for value in range(21, 28):
        assert writer.put(path, value)
        delays.append(reader.sees(path, value))
    assert median(delays) < 1, delays


def test_all_see_a_change_and_a_restart_of_the_database_is_survived(
    server: PostgresServer, settings: dict[str, str], tmp_path: Path
) -> None:
    one, other = free_port(), free_port()
    with serve(tmp_path, one, **settings) as first, serve(tmp_path, other, **settings) as second:
        a, b = Process(first), Process(second)
        made = a.client.post("/api/channels", json={"name": "Bells"}).raise_for_status().json()
        words = "/api/configuration/chunk_words"
        moments = f"/api/channels/{made['id']}/configuration/max_moments"
        for process in (a, b):
            assert (process.get(words), process.get(moments)) == (150, 10)
        assert a.put(words, 99)
        assert a.get(words) == 99
        b.sees(words, 99)
        assert b.put(moments, 20)
        assert b.get(moments) == 20
        a.sees(moments, 20)
        assert_heard_within_a_second(a, b, words)
        assert_heard_within_a_second(b, a, moments)
        server.stop()
        server.start()
        wait_for(lambda: b.put(words, 88), "the database to be back", SOON)
        assert b.get(words) == 88
        a.sees(words, 88)
        assert_heard_within_a_second(b, a, words)
        done = run(*PICCOLO, "configuration", "set", "max_moments", "30", settings=settings)
        assert done.returncode == 0, done.stderr
        arguments = ("unset", "max_moments", "--channel", "Bells")
        assert call_command("configuration", *arguments, **settings).returncode == 0
        for process in (a, b):
            process.sees(moments, 30)


def run_uvicorn(**settings: str) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "uvicorn", "piccolo_project.app:app", settings=settings)


@pytest.mark.parametrize(
    "start",
    [
        partial(call_command, "project", "serve"),
        partial(call_command, "configuration", "show"),
        run_uvicorn,
    ],
    ids=["serve", "show", "uvicorn"],
)
def test_a_wrong_start_is_refused_in_sentences(
    start: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("chunk_word = 99\n")
    chosen = {"DATABASE_URL": "postgresql://me@127.0.0.1:1/none", "CONFIG_FILE": str(file)}
    done = start(**chosen)
    assert done.returncode == 1
    sentence = f"CONFIG_FILE {file}: There is no setting 'chunk_word'. Did you mean chunk_words?"
    assert done.stderr.strip().splitlines()[-1] == sentence
    file.write_text("")
    done = start(**chosen, MIN_MOMENTS="11")
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1] == (
        "The environment: min_moments (11, from environment) must not be above max_moments "
        "(10, from default)."
    )
    assert "Traceback" not in done.stderr
