"""Exports a list, streaming rows from the database into a temporary file that is then renamed."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from apps.catalog.lists.formats import ListFormat
from apps.shared.db.engine import get_engine
from apps.shared.errors import Invalid

ROWS_AT_ONCE = 1000


async def export_list(
    target: Path, format: ListFormat, *, everything: bool = False
) -> tuple[int, int]:
    """The number of rows written, and of rows left out. Raises Invalid.

    `everything` includes videos that are not downloaded.
    """
    written = 0
    with replace_when_complete(target) as put:
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
                if line := format.format_row(row):
                    put(line)
                    written += 1
        put(format.tail)
    return written, total - written


@contextmanager
def replace_when_complete(target: Path) -> Iterator[Callable[[str], object]]:
    """Writes a temporary file and renames it to the target when all went well. Raises Invalid.

    A device, such as /dev/stdout, is written to and stays, even where it leads to a file.
    """
    is_device = target.exists() and (not target.is_file() or target.is_relative_to("/dev"))
    temporary = target if is_device else target.with_name(f".reelbase-list-{os.getpid()}")

    def put(text: str) -> None:
        # Only here: a lost database connection is an OSError, too.
        with report_write_errors(target):
            output.write(text)

    with report_write_errors(target):
        output = temporary.open("a" if is_device else "w", encoding="utf-8", newline="")
    try:
        yield put
        with report_write_errors(target):
            output.close()
            if not is_device:
                temporary.replace(target)
    finally:
        with suppress(OSError):  # Closing flushes, and so may fail again.
            output.close()
        if not is_device:
            temporary.unlink(missing_ok=True)


@contextmanager
def report_write_errors(target: Path | str) -> Iterator[None]:
    """Raises Invalid. Only for file operations: a database error may be an OSError, too."""
    try:
        yield
    except OSError as error:
        raise Invalid(f"Cannot write {target} ({error.strerror}).") from None
