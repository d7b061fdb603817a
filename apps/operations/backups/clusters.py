"""The server that a backup is restored to, also when the embedded one is broken or too old."""

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


async def fault() -> str | None:
    """Why the present server cannot be worked with; None when it can.

    Raises DatabaseUnavailable when that is a server of somebody else's, who has to mend it.
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


def aside() -> Path:
    """Where the folder of the embedded server goes to when that cannot be used."""
    present = get_engine().address
    assert isinstance(present, EmbeddedPostgres)
    return present.folder.with_name(f"{FOLDER}.broken-{datetime.now(UTC):%Y%m%d-%H%M%S}")


@asynccontextmanager
async def present_server() -> AsyncIterator[str]:
    """The address of the database that the program uses."""
    address = get_engine().address
    dsn = await address.dsn()
    if isinstance(address, EmbeddedPostgres):
        with suppress(Conflict), _alone(address.folder):
            await _clear(address.folder.parent)
    yield dsn


@asynccontextmanager
async def new_server(target: Path, say: Callable[[str], None]) -> AsyncIterator[str]:
    """The address of a new embedded server, made beside the one that cannot be used.

    When the block ends well, the present one's folder is renamed to `target`, and the new one is
    in its place. Raises Conflict while another process does the same.
    """
    present = get_engine().address
    assert isinstance(present, EmbeddedPostgres)
    await present.close()
    new = EmbeddedPostgres(present.folder.parent, RESTORING)
    with _alone(present.folder):
        await _clear(present.folder.parent)
        try:
            yield await new.dsn()
            await new.close()
            say(f"Putting the folder {present.folder} aside as {target}.")
            await _replace(present, new.folder, target)
        finally:
            await new.close()
            shutil.rmtree(new.folder, ignore_errors=True)


async def _replace(present: EmbeddedPostgres, new: Path, target: Path) -> None:
    """A program that serves tries again and again to start the broken server, a moment each."""
    deadline = time.monotonic() + STOP_SECONDS
    while True:
        try:
            return present.replace_with(new, target)
        except DatabaseUnavailable:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.1)


async def _clear(folder: Path) -> None:
    """Removes what a killed restore has left, and stops its server."""
    shutil.rmtree(folder / RESTORED, ignore_errors=True)
    left = EmbeddedPostgres(folder, RESTORING)
    if left.is_running():
        with suppress(*NOT_USABLE):
            # A server whose holder was killed is stopped by whoever comes and goes.
            await left.dsn()
        await left.close()
    if left.is_running():
        raise Conflict(f"A PostgreSQL is still running in {left.folder}: wait for its end.")
    shutil.rmtree(left.folder, ignore_errors=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(f"Another restore to {folder} is under way: wait for its end.") from None
        yield
    finally:
        os.close(descriptor)
