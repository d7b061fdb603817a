"""Wherever a restore is killed, the old or the new database is whole and in place."""

import asyncio
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import asyncpg
import pytest

import piccolo_conf
from apps.shared.db.migrations import count_pending_migrations
from tests.acceptance.restoring import RESTORE, Library, library_server, restored, state
from tests.processes import environment, folder_for_postgres, free_port, serve


@pytest.fixture(scope="module")
async def library() -> AsyncIterator[Library]:
    with folder_for_postgres() as folder, library_server(folder) as library:
        await library.make()
        yield library


# Not made yet, just being made, or swapped already, which ends whoever is in it.
NOT_THERE = (
    asyncpg.InvalidCatalogNameError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    OSError,
)


class Restoring:
    """The command as a process; each line that it prints is read at once."""

    def __init__(self, library: Library, *options: str) -> None:
        self.library = library
        self.said: list[str] = []
        self.process = subprocess.Popen(
            [*RESTORE, str(library.older), "--yes", *options],
            env=environment(DATABASE_URL=library.url),
            cwd=tempfile.gettempdir(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    async def until(self, line: str) -> None:
        assert self.process.stdout is not None
        while not (self.said and self.said[-1].startswith(line)):
            told = await asyncio.to_thread(self.process.stdout.readline)
            assert told, f"It ended without {line!r}: {self.said}"
            self.said.append(told)

    async def until_there(self, query: str, database: str) -> None:
        """Until the query finds something there, or it is too late to see it."""
        while self.process.poll() is None:
            with suppress(*NOT_THERE):
                async with self.library.connection(database) as connection:
                    while self.process.poll() is None and not await connection.fetchval(query):
                        await asyncio.sleep(0.001)
                    return
            await asyncio.sleep(0.001)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self) -> None:
        self.process.kill()
        assert self.process.wait() in (-signal.SIGKILL, 0), self.said
        assert self.process.stdout is not None
        self.process.stdout.close()


At = Callable[[Restoring], Awaitable[Any]]


def line(text: str) -> At:
    return lambda restoring: restoring.until(text)


async def in_the_middle_of_the_load(restoring: Restoring) -> None:
    await restoring.until("Restoring")
    await restoring.until_there("SELECT to_regclass('videos')", "library_restoring")


async def while_indexes_are_made(restoring: Restoring) -> None:
    await restoring.until("Restoring")
    await restoring.until_there(
        "SELECT count(*) > 20 FROM pg_indexes WHERE schemaname = 'public'", "library_restoring"
    )


async def between_drop_and_swap(restoring: Restoring) -> None:
    await restoring.until("Dropping library_old, ")
    await restoring.until_there(
        "SELECT count(*) = 0 FROM pg_database WHERE datname = 'library_old'", "postgres"
    )


async def between_the_two_names(restoring: Restoring) -> None:
    """The present database has its other name already, in a transaction that is not over."""
    await restoring.until("Collecting")
    async with restoring.library.connection() as holding, holding.transaction():
        await holding.execute("COMMENT ON DATABASE library_restoring IS 'held'")
        await restoring.until("Replacing")
        await restoring.until_there("SELECT 1 FROM pg_locks WHERE NOT granted", "postgres")
        restoring.kill()


POINTS: list[At] = [
    line("Checking"),
    line("Creating the database"),
    line("Restoring"),
    in_the_middle_of_the_load,
    while_indexes_are_made,
    line("All rows match"),
    line("Applying 1 migration."),
    line("Collecting"),
    line("Dropping library_old, "),
    between_drop_and_swap,
    line("Replacing"),
    between_the_two_names,
    line("Dropping library_old."),
]
# At the others it may be further, by the time that it is killed, than its last line tells.
CERTAIN = {between_the_two_names: "before", POINTS[-1]: "after"}


@pytest.mark.parametrize("point", POINTS)
async def test_it_may_be_killed(library: Library, point: At) -> None:
    await library.reset()
    with Restoring(library, "--discard-old") as restoring:
        await point(restoring)

    found = await state(library.url)

    assert found in (library.before, library.after)
    if point in CERTAIN:
        assert found == getattr(library, CERTAIN[point])
    with piccolo_conf.DB.using_database(library.url):
        assert await count_pending_migrations() == 0
    await restored(library.backup, library.url)
    assert await state(library.url) == library.after
    assert await state(library.server.url(database="library_old")) == found
    assert await library.databases() == ["library", "library_old"]


async def test_the_program_starts_on_what_a_killed_one_left(
    library: Library, tmp_path: Path
) -> None:
    await library.reset()
    with Restoring(library) as restoring:
        await restoring.until("Replacing")
    with serve(tmp_path, free_port(), DATABASE_URL=library.url) as web:
        web.wait_for_status("/health/ready", 200)
