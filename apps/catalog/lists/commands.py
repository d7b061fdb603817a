"""The commands that import and export lists."""

import sys
from pathlib import Path

from piccolo.conf.apps import Command

from apps.catalog.commands import open_library, resolve_report_path, save_report
from apps.catalog.lists import exporting
from apps.catalog.lists.formats import choose_export_format
from apps.catalog.lists.importing import ListImport
from apps.catalog.lists.report import format_list_report
from apps.shared.terminal import check_flag


async def import_list(file: str, dry_run: bool = False, report: str | None = None) -> None:
    """
    Import a list: a yt-dlp download archive, Google Takeout's subscriptions.csv, or OPML.

    Adds the channels and videos that are not in the library yet, and leaves the others as they
    are. The exit code is 1 if a line could not be imported.

    :param file:
        The list. Its format is detected from its content.
    :param dry_run:
        Show what would change, without changing anything.
    :param report:
        A file to write the full report to, as JSON.

    """
    check_flag("dry-run", dry_run)
    target = resolve_report_path(report)
    importing = ListImport(Path(str(file)), dry_run=dry_run)
    async with open_library():
        result = await importing.run()
    print(format_list_report(result))
    save_report(target, result, importing.faults)
    if result.broken_lines:
        sys.exit(1)


async def export_list(
    file: str,
    format: str | None = None,
    all: bool = False,
) -> None:
    """
    Export the downloaded videos, or the channels, as a list for other programs.

    :param file:
        The file to write. An existing file is replaced.
    :param format:
        archive (videos, for yt-dlp), csv (channels, like Google Takeout) or opml (channels). By
        default it follows from the file name: .txt, .csv, .opml or .xml.
    :param all:
        For an archive: include videos that are not downloaded. yt-dlp will then skip them.

    """
    check_flag("all", all)
    target = Path(str(file))
    async with open_library():
        chosen = choose_export_format(target, None if format is None else str(format))
        written, left_out = await exporting.export_list(target, chosen, everything=all)
    # On stderr, because the list may go to /dev/stdout.
    print(f"Wrote {written:,} {chosen.table} to {target} ({chosen.title}).", file=sys.stderr)
    if left_out:
        print(f"Left out: {left_out:,} {chosen.left_out}.", file=sys.stderr)


COMMANDS = [
    Command(import_list, command_name="import-list"),
    Command(export_list, command_name="export-list"),
]
