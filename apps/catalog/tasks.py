"""The background jobs of the catalog, and how their results are described."""

from collections.abc import Mapping
from typing import Any

import msgspec

from apps.catalog.imports.inventory import ImportFault
from apps.catalog.imports.report import ImportReport, RowCounts, format_notes
from apps.catalog.lists.report import ListReport
from apps.processing.job_kinds import Fault, JobKind, Outcome
from apps.shared.text import escape_unprintable

IMPORT_LOCK = 0x1390_F0E1


def describe_folder_import(result: Mapping[str, Any]) -> Outcome:
    report = msgspec.convert(result, ImportReport)
    skipped = report.skipped_videos
    tables = {
        "Videos": report.videos,
        "Channels": report.channels,
        "Transcripts": report.transcripts,
    }
    lines = [f"{name}: {_format_counts(counts)}" for name, counts in tables.items()]
    if skipped:
        lines[0] += f", {skipped:,} skipped"
    lines += [f"Chunks: {report.chunks_created:,} new", *format_notes(report, "Restore")]
    if not report.changed_rows:
        lines.append(_format_unchanged(report.dry_run))
    return Outcome(
        _summarize(report.folder, report.seconds, report.dry_run),
        lines,
        _escape_faults(report.broken),
        report.broken_files,
    )


def describe_list_import(result: Mapping[str, Any]) -> Outcome:
    report = msgspec.convert(result, ListReport)
    counts = RowCounts(report.created, report.updated, report.unchanged)
    lines = [f"{report.table.capitalize()}: {_format_counts(counts)}, {report.repeated:,} repeated"]
    if not report.created and not report.updated:
        lines.append(_format_unchanged(report.dry_run))
    return Outcome(
        _summarize(f"{report.file} ({report.format})", report.seconds, report.dry_run),
        lines,
        _escape_faults(report.broken),
        report.broken_lines,
    )


def _summarize(what: str, seconds: float, is_dry_run: bool) -> str:
    verb = "Would import" if is_dry_run else "Imported"
    return f"{verb} {escape_unprintable(what)} in {seconds:.1f} s."


def _format_counts(counts: RowCounts) -> str:
    return f"{counts.created:,} new, {counts.updated:,} updated, {counts.unchanged:,} unchanged"


def _format_unchanged(is_dry_run: bool) -> str:
    return "Nothing would change." if is_dry_run else "Nothing changed."


def _escape_faults(faults: list[ImportFault]) -> list[Fault]:
    return [
        Fault(escape_unprintable(fault.path), escape_unprintable(fault.reason)) for fault in faults
    ]


IMPORT_FOLDER = JobKind(
    "import_folder",
    "Import a folder",
    IMPORT_LOCK,
    describe_folder_import,
    "What was imported so far is kept; import the folder again to continue.",
)
IMPORT_LIST = JobKind(
    "import_list",
    "Import a list",
    IMPORT_LOCK,
    describe_list_import,
    "Nothing was imported.",
)
