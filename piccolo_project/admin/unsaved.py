"""Files that were uploaded in a form, whose row was then never saved.

For each upload there is a mark, a file without contents. After a day, at the next upload, the mark
goes: alone where some row names the file, else with the file. Without a mark no file is removed.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from pathlib import Path

from piccolo.columns import Column

from apps.shared.engine import engine
from piccolo_project.media import data_dir

KEPT_SECONDS = 24 * 3600
AT_ONCE = 100
LOCK_SECONDS = 1

log = logging.getLogger("reelbase.uploads")


def marks() -> Path:
    """A hidden folder: nothing in it is shown."""
    return data_dir() / "media" / ".unsaved"


def file_of(mark: Path) -> Path:
    return data_dir() / "media" / mark.parent.name / mark.name


def mark_of(file: Path) -> Path:
    return marks() / file.parent.name / file.name


def old_marks() -> Iterator[Path]:
    oldest = time.time() - KEPT_SECONDS
    for mark in marks().glob("*/*"):
        if mark.stat().st_mtime < oldest:
            yield mark


def mark(file: Path) -> None:
    """Before the file is written."""
    there = mark_of(file)
    there.parent.mkdir(parents=True, exist_ok=True)
    there.touch(exist_ok=False)


def forget(mark: Path, *, with_file: bool) -> None:
    """The file goes first: what is cut short between the two is done again."""
    if with_file:
        file_of(mark).unlink(missing_ok=True)
    mark.unlink(missing_ok=True)


async def tidy(columns: list[Column]) -> None:
    """`columns` are all that may name a file. What fails is tried again at the next upload."""
    try:
        old = await asyncio.to_thread(lambda: sorted(old_marks())[:AT_ONCE])
        if old:
            await settle(columns, old)
    except Exception as error:
        log.warning("Uploads that were never saved are still there: %s.", type(error).__name__)


async def settle(columns: list[Column], old: list[Path]) -> None:
    """Nobody writes meanwhile: what a save names that began before this is seen, and one that
    waits for this finds no file (`media.keep_uploads`)."""
    tables = ", ".join(column._meta.table._meta.tablename for column in columns)
    names = " UNION ALL ".join(
        f"SELECT split_part({column._meta.name}, '/', -1) FROM {column._meta.table._meta.tablename}"
        for column in columns
    )
    query = f"SELECT name FROM ({names}) AS named (name) WHERE name = ANY($1)"
    async with engine().transaction(), engine().connection() as connection:
        await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        await connection.execute(f"LOCK TABLE {tables} IN SHARE MODE")
        rows = await connection.fetch(query, [mark.name for mark in old])
        named = {row["name"] for row in rows}
        for mark in old:
            await asyncio.to_thread(forget, mark, with_file=mark.name not in named)
