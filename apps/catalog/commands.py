"""The catalog from the terminal."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from apps.catalog import credentials
from apps.catalog.imports.report import FaultLog, as_text, write_report
from apps.catalog.imports.service import LibraryImport
from apps.catalog.repositories import ChannelRepository
from apps.shared.db.engine import get_engine
from apps.shared.db.errors import translate_error
from apps.shared.db.migrations import check_migrated
from apps.shared.errors import DatabaseUnavailable
from apps.shared.logs import configure_logs
from apps.shared.settings import get_settings
from apps.shared.terminal import check_flag, exit_on_error, exit_on_interrupt, read_secret

AGAIN = " What was imported so far stays; run it again to go on."


class Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:,.0f} videos/s")


async def import_folder(
    folder: str, dry_run: bool = False, restore: bool = False, report: str | None = None
) -> None:
    """
    Imports a folder of yt-dlp downloads: channels, videos and their subtitles.

    It may be run again at any time: what has not changed stays as it is, and what a person has
    edited stays edited. The exit code is 1 when a file could not be imported.

    :param folder:
        The folder; all folders in it are imported too.
    :param dry_run:
        Say what would change, and change nothing.
    :param restore:
        Read every file again, and bring back transcripts that were deleted.
    :param report:
        A file to write the whole report to, as JSON.

    """
    target = report_target(report)
    importing = LibraryImport(Path(str(folder)), dry_run=dry_run, restore=restore)
    columns = (
        TextColumn("Importing"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    async with exit_on_interrupt(f"Interrupted.{AGAIN}"):
        try:
            await get_engine().start_connection_pool(min_size=1, max_size=4)
            await check_migrated()
            with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
                task = bar.add_task("", total=None)
                result = await importing.run(
                    lambda done, total: bar.update(task, completed=done, total=total)
                )
        except Exception as error:
            known = translate_error(error)
            if known is None:
                raise
            sys.exit(known.message + (AGAIN if isinstance(known, DatabaseUnavailable) else ""))
    print(as_text(result))
    keep_report(target, result, importing.faults)
    if result.broken_files:
        sys.exit(1)


async def set_credentials(channel: str, unset: bool = False) -> None:
    """
    Sets what the program signs in with for a channel. It is asked for, or read from standard input.

    :param channel:
        Its id, its YouTube id, its handle or its whole name.
    :param unset:
        Take the credentials back instead.

    """
    configure_logs(get_settings())
    check_flag("unset", unset)
    with exit_on_error():
        found = await ChannelRepository().find(str(channel))
        if unset:
            await credentials.unset_credentials(found.id)
        else:
            await credentials.set_credentials(found.id, read_secret("Credentials"))
    print(f"{found.name} has {'no credentials any more' if unset else 'new credentials'}.")


@asynccontextmanager
async def library() -> AsyncIterator[None]:
    """The database, for one command; whatever is wrong is one sentence, and changes nothing."""
    async with exit_on_interrupt("Interrupted. Nothing was changed."):
        with exit_on_error():
            await get_engine().start_connection_pool(min_size=1, max_size=4)
            await check_migrated()
            yield


def report_target(report: str | bool | None) -> Path | None:
    if report is None:
        return None
    # Piccolo takes an option without a value for True.
    target = None if report is True else Path(str(report)).expanduser().resolve()
    if target is None or target.is_dir() or not target.parent.is_dir():
        where = f" to {target}" if target else ""
        sys.exit(f"The report cannot be written{where}: name a file in a folder that exists.")
    return target


def keep_report(target: Path | None, report: Struct, faults: FaultLog) -> None:
    """Ends the program when it cannot be written."""
    if target is None:
        return
    try:
        write_report(target, report, faults)
    except OSError as error:
        sys.exit(f"The report cannot be written to {target} ({error.strerror}).")
