"""The commands that export and import the whole library."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from piccolo.conf.apps import Command
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from apps.catalog.commands import import_folder, open_library
from apps.exchange.export_file import ExportFile
from apps.exchange.library_export import export_library
from apps.exchange.library_file import is_export
from apps.exchange.library_import import ImportResult, import_library
from apps.shared.terminal import check_flag
from apps.shared.text import escape_unprintable


async def export_file(file: str) -> None:
    """
    Export the whole library to a file, with one line of JSON for each row.

    The export is a snapshot; others may keep writing. The file contains password hashes and
    encrypted secrets, so only you can read it.

    :param file:
        The file to write, or - for standard output. An existing file is replaced. It is compressed
        if the name ends in .gz.

    """
    async with open_library():
        with show_progress("Exporting") as progress, ExportFile(str(file)) as output:
            counts = await export_library(output, progress)
    # On stderr, because the library may go to standard output.
    print(
        f"Wrote {sum(counts.values()):,} rows to {escape_unprintable(output.name)}.",
        file=sys.stderr,
    )


async def import_path(
    path: str, dry_run: bool = False, restore: bool = False, report: str | None = None
) -> None:
    """
    Import a folder of yt-dlp downloads, or a file written by `piccolo catalog export`.

    From a folder: channels, videos and their subtitles. Safe to run again at any time: unchanged
    files are skipped and manual edits are kept. The exit code is 1 if a file could not be imported.
    From a file: the whole library, unchanged, or nothing.

    :param path:
        The folder, including its subfolders, or the file.
    :param dry_run:
        Show what would change, without changing anything.
    :param restore:
        For a folder: read every file again, and restore deleted transcripts.
    :param report:
        For a folder: a file to write the full report to, as JSON.

    """
    check_flag("dry-run", dry_run)
    check_flag("restore", restore)
    if not is_export(Path(str(path))):
        return await import_folder(path, dry_run=dry_run, restore=restore, report=report)
    if restore or report is not None:
        sys.exit("--restore and --report apply only to folders, and this is a file.")
    async with open_library():
        with show_progress("Importing") as progress:
            result = await import_library(Path(str(path)), dry_run=dry_run, progress=progress)
    return print(format_result(escape_unprintable(str(path)), result, dry_run))


def format_result(path: str, result: ImportResult, dry_run: bool) -> str:
    lines = [f"{'Would import' if dry_run else 'Imported'} {path}."]
    for table, rows in result.rows.items():
        created = result.created[table]
        if rows:
            lines.append(f"  {table:<22} {created:>11,} new {rows - created:>11,} unchanged")
    if not any(result.created.values()):
        lines.append("Nothing would change." if dry_run else "Nothing changed.")
    return "\n".join(lines)


@contextmanager
def show_progress(what: str) -> Iterator[Callable[[int, int], None]]:
    console = Console(stderr=True)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


COMMANDS = [
    Command(import_path, command_name="import"),
    Command(export_file, command_name="export"),
]
