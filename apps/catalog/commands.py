"""The commands of the catalog."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct
from piccolo.conf.apps import Command
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

from apps.catalog.credentials import ChannelCredentials
from apps.catalog.imports.folder_import import FolderImport
from apps.catalog.imports.report import FaultLog, format_report, write_report
from apps.catalog.repositories import ChannelRepository
from apps.shared.db.engine import get_engine
from apps.shared.db.errors import translate_error
from apps.shared.db.migrations import check_migrated
from apps.shared.errors import DatabaseUnavailable
from apps.shared.logs import configure_logs
from apps.shared.settings import get_settings
from apps.shared.terminal import check_flag, exit_on_error, exit_on_interrupt, read_secret

AGAIN = " What was imported so far is kept; run the command again to continue."


class Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:,.0f} videos/s")


async def import_folder(
    folder: str, dry_run: bool = False, restore: bool = False, report: str | None = None
) -> None:
    """
    Import a folder of yt-dlp downloads: channels, videos and their subtitles.

    Safe to run again at any time: unchanged files are skipped and manual edits are kept. The exit
    code is 1 if a file could not be imported.

    :param folder:
        The folder, including its subfolders.
    :param dry_run:
        Show what would change, without changing anything.
    :param restore:
        Read every file again, and restore deleted transcripts.
    :param report:
        A file to write the full report to, as JSON.

    """
    target = resolve_report_path(report)
    importing = FolderImport(Path(str(folder)), dry_run=dry_run, restore=restore)
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
    print(format_report(result))
    save_report(target, result, importing.faults)
    if result.broken_files:
        sys.exit(1)


async def set_credentials(channel: str, unset: bool = False) -> None:
    """
    Set the credentials Reelbase uses for a channel. They are prompted for, or read from stdin.

    :param channel:
        The channel's id, YouTube id, handle or full name.
    :param unset:
        Remove the credentials instead.

    """
    configure_logs(get_settings())
    check_flag("unset", unset)
    with exit_on_error():
        found = await ChannelRepository().find(str(channel))
        if unset:
            await ChannelCredentials().unset(found.id)
        else:
            await ChannelCredentials().set(found.id, read_secret("Credentials"))
    print(f"{'Removed' if unset else 'Stored'} the credentials of {found.name}.")


@asynccontextmanager
async def open_library() -> AsyncIterator[None]:
    """Opens the database for a command. Errors become one sentence, and nothing is changed."""
    async with exit_on_interrupt("Interrupted. Nothing was changed."):
        with exit_on_error():
            await get_engine().start_connection_pool(min_size=1, max_size=4)
            await check_migrated()
            yield


def resolve_report_path(report: str | bool | None) -> Path | None:
    if report is None:
        return None
    # Piccolo passes True for an option without a value.
    target = None if report is True else Path(str(report)).expanduser().resolve()
    if target is None or target.is_dir() or not target.parent.is_dir():
        where = f" to {target}" if target else ""
        sys.exit(f"Cannot write the report{where}: give a file in an existing folder.")
    return target


def save_report(target: Path | None, report: Struct, faults: FaultLog) -> None:
    """Exits if the report cannot be written."""
    if target is None:
        return
    try:
        write_report(target, report, faults)
    except OSError as error:
        sys.exit(f"Cannot write the report to {target} ({error.strerror}).")


COMMANDS = [Command(set_credentials, command_name="set-credentials")]
