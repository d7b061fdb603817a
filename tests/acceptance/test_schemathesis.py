"""Schemathesis asks the running program whatever its own description allows, and what it does not.

No answer is a server error, and each is one that the description has: its status, its type, its
headers, its schema. The settings and their reasons are in schemathesis.toml.
"""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from apps.accounts.tables import User
from tests.acceptance.browser import Library, running_library
from tests.acceptance.invented import token
from tests.processes import ROOT

PROGRAM = Path(sys.executable).parent / "schemathesis"
HINT = "The API's own description is tried with Schemathesis: pip install schemathesis"
SETTINGS = Path(__file__).parent / "schemathesis.toml"
PERSON, PASSWORD = "person@library.example", "a password of a person"

if not (PROGRAM.exists() or os.environ.get("CI")):
    pytest.skip(HINT, allow_module_level=True)


@pytest.fixture(scope="module")
async def library() -> AsyncIterator[Library]:
    async with running_library() as started:
        insert = "INSERT INTO users (email, password, active) VALUES ($1, $2, true)"
        await started.database.execute(insert, PERSON, User.hash_password(PASSWORD))
        yield started


def asked(library: Library, bearer: str, folder: Path, *options: str) -> dict[str, Any]:
    """The report of a run, which must have found nothing."""
    report = folder / "report.json"
    command = [str(PROGRAM), "--config-file", str(SETTINGS), "run", *options]
    command += [f"--report-json-path={report}", f"{library.url}/schema/openapi.json"]
    settings = {"REELBASE_TOKEN": bearer, "PYTHONPATH": str(ROOT)}
    settings["SCHEMATHESIS_HOOKS"] = "tests.acceptance.schemathesis_hooks"
    # Which of its own lines Schemathesis runs is nobody's question, and takes a third of its time.
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    assert "Traceback" not in library.program.stderr
    read: dict[str, Any] = json.loads(report.read_text())
    return read


async def test_an_administrators_requests(library: Library, tmp_path: Path) -> None:
    bearer = library.api.headers["Authorization"].removeprefix("Bearer ")
    found = asked(library, bearer, tmp_path, "--max-examples=4")
    assert found["complete"]
    assert {name: phase["status"] for name, phase in found["phases"].items()} == dict.fromkeys(
        ("examples", "coverage", "fuzzing", "stateful"), "success"
    )
    # All but signing out and ending a session, which would end the token.
    assert found["operations"]["tested"] == found["operations"]["total"] - 2
    assert found["test_cases"]["generated"] > 5_000
    # The token was good to the end.
    assert (await library.api.get("/api/auth/me")).status_code == 200


async def test_a_persons_requests(library: Library, tmp_path: Path) -> None:
    bearer = await token(library.url, PERSON, PASSWORD)
    options = ("--phases=examples,fuzzing", "--max-examples=3")
    found = asked(library, bearer, tmp_path, *options)
    assert found["complete"]
    assert found["test_cases"]["generated"] > 500
