"""The server to restore to, even if the embedded one is broken or too old."""

import asyncio
import fcntl
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from apps.operations.backups.databases import FAILURES, Databases
from apps.shared.db.diagnosis import explain_database_error
from apps.shared.db.embedded import FOLDER, RESTORED, EmbeddedPostgres
from apps.shared.db.engine import get_engine
from apps.shared.errors import Conflict, DatabaseUnavailable

RESTORING = f"{FOLDER}.restoring"
STOP_SECONDS = 10

NOT_USABLE = (DatabaseUnavailable, *FAILURES)


async def find_fault() -> str | None:
    """Why the current server cannot be used, or None if it can.

    Raises DatabaseUnavailable if it is not the embedded one, so that its operator must fix it.
    """
    address = get_engine().address
    try:
        async with Databases.beside(await address.dsn()):
            return None
    except NOT_USABLE as error:
        said = explain_database_error(error)
        if isinstance(address, EmbeddedPostgres):
            return said
        raise DatabaseUnavailable(said) from None


def choose_aside_folder() -> Path:
    """Where to move the embedded server's folder if it cannot be used."""
    present = get_engine().address
    assert isinstance(present, EmbeddedPostgres)
    return present.folder.with_name(f"{FOLDER}.broken-{datetime.now(UTC):%Y%m%d-%H%M%S}")


@asynccontextmanager
async def open_present_server() -> AsyncIterator[str]:
    """Yields the address of the program's database."""
    address = get_engine().address
    dsn = await address.dsn()
    if isinstance(address, EmbeddedPostgres):
        with suppress(Conflict), _lock_folder(address.folder):
            await _remove_leftovers(address.folder.parent)
    yield dsn


@asynccontextmanager
async def start_new_server(target: Path, say: Callable[[str], None]) -> AsyncIterator[str]:
    """Yields the address of a new embedded server, created beside the broken one.

    If the block succeeds, moves the broken one's folder to `target` and puts the new one in its
    place. Raises Conflict while another process does the same.
    """
    present = get_engine().address
    assert isinstance(present, EmbeddedPostgres)
    await present.close()
    new = EmbeddedPostgres(present.folder.parent, RESTORING)
    with _lock_folder(present.folder):
        await _remove_leftovers(present.folder.parent)
        try:
            yield await new.dsn()
            await new.close()
            say(f"Moving the folder {present.folder} to {target}.")
            await _replace_cluster(present, new.folder, target)
        finally:
            await new.close()
            shutil.rmtree(new.folder, ignore_errors=True)


async def _replace_cluster(present: EmbeddedPostgres, new: Path, target: Path) -> None:
    """Retries, as a running program keeps trying to start the broken server for a moment."""
    deadline = time.monotonic() + STOP_SECONDS
    while True:
        try:
            return present.replace_with(new, target)
        except DatabaseUnavailable:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.1)


async def _remove_leftovers(folder: Path) -> None:
    """Removes what a killed restore left behind, and stops its server."""
    shutil.rmtree(folder / RESTORED, ignore_errors=True)
    left = EmbeddedPostgres(folder, RESTORING)
    if left.is_running():
        with suppress(*NOT_USABLE):
            # If its user was killed, connecting and closing stops the server.
            await left.dsn()
        await left.close()
    if left.is_running():
        raise Conflict(f"PostgreSQL is still running in {left.folder}: wait until it stops.")
    shutil.rmtree(left.folder, ignore_errors=True)


@contextmanager
def _lock_folder(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                f"Another restore to {folder} is in progress: wait until it finishes."
            ) from None
        yield
    finally:
        os.close(descriptor)
