"""Lists from the terminal."""

import sys
from pathlib import Path

from apps.catalog.commands import keep_report, library, report_target
from apps.catalog.lists import exporting
from apps.catalog.lists.formats import format_to_write
from apps.catalog.lists.importing import ListImport
from apps.catalog.lists.report import as_text
from apps.shared.terminal import check_flag


async def import_list(file: str, dry_run: bool = False, report: str | None = None) -> None:
    """
    Imports a list: a download archive of yt-dlp, Google Takeout's subscriptions.csv, or OPML.

    Channels and videos that are not there yet are made; what is there stays as it is. The exit
    code is 1 when a line was not taken.

    :param file:
        The list. What stands in it tells the format.
    :param dry_run:
        Say what would change, and change nothing.
    :param report:
        A file to write the whole report to, as JSON.

    """
    check_flag("dry-run", dry_run)
    target = report_target(report)
    importing = ListImport(Path(str(file)), dry_run=dry_run)
    async with library():
        result = await importing.run()
    print(as_text(result))
    keep_report(target, result, importing.faults)
    if result.broken_lines:
        sys.exit(1)


async def export_list(
    file: str,
    format: str | None = None,
    all: bool = False,
) -> None:
    """
    Writes the downloaded videos, or the channels, as a list for other programs.

    :param file:
        Where to. It is replaced if it is there.
    :param format:
        archive (videos, for yt-dlp), csv (channels, as Google Takeout) or opml (channels). Without
        it the file's name tells: .txt, .csv, .opml or .xml.
    :param all:
        Into an archive: also videos that are not downloaded. yt-dlp will pass them by.

    """
    check_flag("all", all)
    target = Path(str(file))
    async with library():
        chosen = format_to_write(target, None if format is None else str(format))
        written, left_out = await exporting.export_list(target, chosen, everything=all)
    # To the other stream, because the list may go to /dev/stdout.
    print(f"Wrote {written:,} {chosen.table} to {target} ({chosen.title}).", file=sys.stderr)
    if left_out:
        print(f"Left out: {left_out:,} {chosen.left_out}.", file=sys.stderr)
