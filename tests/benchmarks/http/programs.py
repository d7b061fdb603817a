"""The programs side by side, each as one worker of uvicorn, on one database."""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import httpx

from apps.accounts.callers import CALLER_QUERY
from apps.accounts.tables import User
from apps.shared.settings import Settings
from tests.benchmarks.http.data import created_entries, delete_created
from tests.processes import Web, free_port, wait_for

OURS, DESIGNED = "this application", "FastAPI + SQLAlchemy"
BARE, BARER = "bare ASGI + asyncpg", "bare, no look-up"
PROGRAMS = (DESIGNED, OURS, BARE, BARER)
"""Those that are compared stand side by side, so that the machine is the same for both."""


def start(name: str, dsn: str, caller: User) -> Web:
    """Ours and the designs' with all their defaults, the access log among them."""
    defaults = Settings.model_construct()
    actor = {"door": "rest", "id": str(caller.id), "email": caller.email}
    settings_of_bare = {
        "BENCH_DSN": dsn,
        "BENCH_CALLER": json.dumps(actor),
        "BENCH_POOL_MIN": defaults.database_pool_size,
        "BENCH_POOL_MAX": defaults.pool_limit,
    }
    bare, quiet = "tests.benchmarks.http.bare:app", ["--no-access-log"]
    programs: dict[str, tuple[str, list[str], dict[str, Any]]] = {
        OURS: ("piccolo_project.app:app", [], {"DATABASE_URL": dsn}),
        DESIGNED: ("tests.benchmarks.http.designed:app", [], {"BENCH_DSN": dsn}),
        BARE: (bare, quiet, {"BENCH_CALLER_QUERY": CALLER_QUERY, **settings_of_bare}),
        BARER: (bare, quiet, settings_of_bare),
    }
    app, options, settings = programs[name]
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", app, "--port", str(port), *options]
    return Web(*command, "--loop", "uvloop", "--http", "httptools", port=port, **settings)


@contextmanager
def all_started(dsn: str, caller: User) -> Iterator[dict[str, Web]]:
    with ExitStack() as stack:
        running = {name: stack.enter_context(start(name, dsn, caller)) for name in PROGRAMS}
        for name, web in running.items():
            wait_for(partial(web.get, "/"), f"{name} to answer", 60)
        yield running


async def check_equal(
    running: dict[str, Web], token: str, video: UUID, fields: dict[str, Any]
) -> None:
    """Raises RuntimeError unless all answer the same, each in its own form of an instant, and each
    writes the same audit entry.
    """
    expected: list[Any] = []
    for name, web in running.items():
        with httpx.Client(base_url=web.url, headers={"Authorization": f"Bearer {token}"}) as client:
            one = client.get(f"/api/videos/{video}")
            page = client.get("/api/videos?limit=50")
            made = client.post("/api/videos", json={"identifier": "made-once", **fields})
        entries = await created_entries()
        await delete_created()
        statuses = [answer.status_code for answer in (one, page, made)]
        if statuses != [200, 200, 201]:
            raise RuntimeError(f"{name} answers {statuses}: {one.text} {page.text} {made.text}")
        rows = [values(row) for row in page.json()["items"]]
        new = {**values(made.json()), "id": None, "created_at": None, "updated_at": None}
        answered = [values(one.json()), rows, new, entries]
        expected = expected or answered
        if answered != expected or len(rows) != 50 or len(entries) != 1:
            raise RuntimeError(f"{name} does not answer as {next(iter(running))} does.")


def values(row: dict[str, Any]) -> dict[str, Any]:
    times = ("created_at", "updated_at")
    return {**row, **{name: datetime.fromisoformat(row[name]) for name in times}}
