"""What came of work, in words: for a page, and for the message of a form."""

from collections.abc import Callable, Mapping
from datetime import datetime
from json import loads
from typing import Any, NamedTuple

import msgspec

from apps.catalog.imports.inventory import ImportFault
from apps.catalog.imports.report import Counts, ImportReport, notes, visible
from apps.catalog.lists.report import ListReport
from apps.overview.services import Refreshed
from piccolo_project.backups.manifest import megabytes

ODD = "It has ended. What came of it was written down in another form than the program's own:"
SHOWN = 2000
"""So many characters of that."""


class Outcome(NamedTuple):
    """`faults` are the first of `number_of_faults`; `download` is an address."""

    sentence: str
    lines: list[str]
    faults: list[ImportFault] = []
    number_of_faults: int = 0
    download: str | None = None


class BackupReport(msgspec.Struct):
    """`removed` are older backups of which there were enough, `keys` what its secrets need."""

    name: str
    bytes: int
    rows: int
    tables: int
    made_at: datetime
    seconds: float
    removed: list[str] = []
    keys: list[str] = []


Tell = Callable[[Mapping[str, Any]], Outcome]


def told(tell: Tell, result: str) -> Outcome:
    """Of JSON that anybody may have written."""
    try:
        return tell(loads(result))
    except (ValueError, RecursionError, OverflowError):
        return Outcome(ODD, [visible(result[:SHOWN])])


def of_folder(result: Mapping[str, Any]) -> Outcome:
    report = msgspec.convert(result, ImportReport)
    skipped = report.skipped_videos
    tables = {
        "Videos": report.videos,
        "Channels": report.channels,
        "Transcripts": report.transcripts,
    }
    lines = [f"{name}: {_told(counts)}" for name, counts in tables.items()]
    if skipped:
        lines[0] += f", {skipped:,} not touched since"
    lines += [f"Chunks: {report.chunks_created:,} new", *notes(report, "Restore")]
    if not report.changed_rows:
        lines.append(_nothing(report.dry_run))
    return Outcome(
        _done(report.folder, report.seconds, report.dry_run),
        lines,
        _shown(report.broken),
        report.broken_files,
    )


def of_list(result: Mapping[str, Any]) -> Outcome:
    report = msgspec.convert(result, ListReport)
    counts = Counts(report.created, report.updated, report.unchanged)
    lines = [f"{report.table.capitalize()}: {_told(counts)}, {report.repeated:,} repeated"]
    if not report.created and not report.updated:
        lines.append(_nothing(report.dry_run))
    return Outcome(
        _done(f"{report.file} ({report.format})", report.seconds, report.dry_run),
        lines,
        _shown(report.broken),
        report.broken_lines,
    )


def of_backup(result: Mapping[str, Any]) -> Outcome:
    report = msgspec.convert(result, BackupReport)
    lines = [
        f"{megabytes(report.bytes)}: {report.rows:,} rows in {report.tables} tables, as they were "
        f"on {report.made_at:%Y-%m-%d %H:%M:%S} UTC"
    ]
    lines += [f"Removed {name}, which was one more than are kept." for name in report.removed]
    return Outcome(
        f"Backed up to {report.name} in {report.seconds:.1f} s.",
        lines + report.keys,
        download=f"/backups/{report.name}",
    )


def of_refresh(result: Mapping[str, Any]) -> Outcome:
    report = msgspec.convert(result, Refreshed)
    lines = ["The overview and the review tell what was found."]
    lines += [f"Not to be found out, and left as it was: {name}" for name in report.faults]
    return Outcome(f"Looked through the library in {report.seconds:.1f} s.", lines)


def _done(what: str, seconds: float, is_dry_run: bool) -> str:
    return f"{'Would import' if is_dry_run else 'Imported'} {visible(what)} in {seconds:.1f} s."


def _told(counts: Counts) -> str:
    return f"{counts.created:,} new, {counts.updated:,} updated, {counts.unchanged:,} unchanged"


def _nothing(is_dry_run: bool) -> str:
    return "Nothing would change." if is_dry_run else "Nothing changed."


def _shown(faults: list[ImportFault]) -> list[ImportFault]:
    return [ImportFault(visible(fault.path), visible(fault.reason)) for fault in faults]
