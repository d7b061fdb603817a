"""The catalog from the terminal."""

import asyncio
import logging
import signal
import sys
from pathlib import Path

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

from apps.catalog.imports.report import as_text, write_report
from apps.catalog.imports.service import LibraryImport
from apps.shared.engine import engine
from apps.shared.errors import Conflict, DatabaseUnavailable, translate
from apps.shared.logs import configure_logs
from apps.shared.migrations import count_pending
from apps.shared.settings import settings

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
    configure_logs(settings())
    exit_codes = end_as_with_ctrl_c()
    # It prints a traceback for what is told here in one sentence.
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)
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
    try:
        await engine().start_connection_pool(min_size=1, max_size=4)
        await check_migrated()
        with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
            task = bar.add_task("", total=None)
            result = await importing.run(
                lambda done, total: bar.update(task, completed=done, total=total)
            )
    except asyncio.CancelledError:
        print(f"Interrupted.{AGAIN}", file=sys.stderr)
        sys.exit(exit_codes[-1])
    except Exception as error:
        known = translate(error, {})
        if known is None:
            raise
        sys.exit(known.message + (AGAIN if isinstance(known, DatabaseUnavailable) else ""))
    finally:
        await engine().close()
    print(as_text(result))
    if target is not None:
        try:
            write_report(target, result, importing.faults)
        except OSError as error:
            sys.exit(f"The report cannot be written to {target} ({error.strerror}).")
    if result.broken_files:
        sys.exit(1)


def end_as_with_ctrl_c() -> list[int]:
    """On SIGTERM too the embedded database is given back; the last code is the one to exit with."""
    task = asyncio.current_task()
    assert task is not None
    codes = [130]

    def terminate() -> None:
        codes.append(143)
        task.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminate)
    return codes


async def check_migrated() -> None:
    if pending := await count_pending():
        raise Conflict(
            f"The database is not up to date (migrations pending: {pending}). "
            "Run `piccolo migrations forwards all`, then import again."
        )


def report_target(report: str | bool | None) -> Path | None:
    if report is None:
        return None
    # Piccolo takes an option without a value for True.
    target = None if report is True else Path(str(report)).expanduser().resolve()
    if target is None or target.is_dir() or not target.parent.is_dir():
        where = f" to {target}" if target else ""
        sys.exit(f"The report cannot be written{where}: name a file in a folder that exists.")
    return target
