"""Writing a list: rows stream from the database into a file beside, which is renamed when whole."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from apps.catalog.lists.formats import Format
from apps.shared.db.engine import get_engine
from apps.shared.errors import Invalid

ROWS_AT_ONCE = 1000


async def export_list(target: Path, format: Format, *, everything: bool = False) -> tuple[int, int]:
    """How many rows were written, and how many left out. Raises Invalid.

    `everything` takes videos along that are not downloaded.
    """
    written = 0
    with replacing(target) as put:
        put(format.head)
        async with get_engine().transaction() as transaction:
            connection = transaction.connection
            await connection.execute(
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;"
                "SET LOCAL statement_timeout = 0"
            )
            total = await connection.fetchval(f"SELECT count(*) FROM {format.table}")
            arguments = [everything] if format.table == "videos" else []
            async for row in connection.cursor(format.rows, *arguments, prefetch=ROWS_AT_ONCE):
                if line := format.write_row(row):
                    put(line)
                    written += 1
        put(format.tail)
    return written, total - written


@contextmanager
def replacing(target: Path) -> Iterator[Callable[[str], object]]:
    """Writes the file beside, and puts it in place when all went well. Raises Invalid.

    A device, such as /dev/stdout, is written to and stays, even where it leads to a file.
    """
    is_device = target.exists() and (not target.is_file() or target.is_relative_to("/dev"))
    beside = target if is_device else target.with_name(f".reelbase-list-{os.getpid()}")

    def put(text: str) -> None:
        # Told apart here from a connection that is lost, which is an OSError as well.
        with writable(target):
            output.write(text)

    with writable(target):
        output = beside.open("a" if is_device else "w", encoding="utf-8", newline="")
    try:
        yield put
        with writable(target):
            output.close()
            if not is_device:
                beside.replace(target)
    finally:
        with suppress(OSError):  # Closing writes what is left, and fails once more.
            output.close()
        if not is_device:
            beside.unlink(missing_ok=True)


@contextmanager
def writable(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Invalid(f"{target} cannot be written ({error.strerror}).") from None
