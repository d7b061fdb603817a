"""The whole library from the terminal: out into a file, and in again."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from apps.catalog.commands import import_folder, open_library
from apps.exchange.output import Output
from apps.exchange.reading import is_export
from apps.exchange.service import Result, import_library
from apps.exchange.writing import export_library
from apps.shared.terminal import check_flag
from apps.shared.text import escape_unprintable


async def export(file: str) -> None:
    """
    Writes the whole library to a file: one line of JSON for each row of each table.

    Others may go on writing: it is the library as it was at one moment. The file has the users'
    password hashes in it, and secrets as they are stored, encrypted; nobody else may read it.

    :param file:
        Where to; - is standard output. It is compressed if its name ends in .gz, and replaced if
        it is there.

    """
    async with open_library():
        with progress_bar("Exporting") as progress, Output(str(file)) as output:
            counts = await export_library(output, progress)
    # To the other stream, because the library may go to standard output.
    print(
        f"Wrote {sum(counts.values()):,} rows to {escape_unprintable(output.name)}.",
        file=sys.stderr,
    )


async def import_path(
    path: str, dry_run: bool = False, restore: bool = False, report: str | None = None
) -> None:
    """
    Imports a folder of yt-dlp downloads, or a file that `piccolo catalog export` wrote.

    Of a folder: channels, videos and their subtitles. It may be imported again at any time: what
    has not changed stays as it is, and what a person has edited stays edited. The exit code is 1
    when a file could not be imported. A whole library comes in as it was, or not at all.

    :param path:
        The folder, and all folders in it; or the file.
    :param dry_run:
        Say what would change, and change nothing.
    :param restore:
        Of a folder: read every file again, and bring back transcripts that were deleted.
    :param report:
        Of a folder: a file to write the whole report to, as JSON.

    """
    check_flag("dry-run", dry_run)
    check_flag("restore", restore)
    if not is_export(Path(str(path))):
        return await import_folder(path, dry_run=dry_run, restore=restore, report=report)
    if restore or report is not None:
        sys.exit("--restore and --report are for a folder of downloads; this is a file.")
    async with open_library():
        with progress_bar("Importing") as progress:
            result = await import_library(Path(str(path)), dry_run=dry_run, progress=progress)
    return print(as_text(escape_unprintable(str(path)), result, dry_run))


def as_text(path: str, result: Result, dry_run: bool) -> str:
    lines = [f"{'Would import' if dry_run else 'Imported'} {path}."]
    for table, rows in result.rows.items():
        created = result.created[table]
        if rows:
            lines.append(f"  {table:<22} {created:>11,} new {rows - created:>11,} unchanged")
    if not any(result.created.values()):
        lines.append("Nothing would change." if dry_run else "Nothing changed.")
    return "\n".join(lines)


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    console = Console(stderr=True)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
