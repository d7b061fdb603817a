"""The report of an import, as text and as JSON."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec

from apps.catalog.imports.inventory import ImportFault
from apps.shared.text import escape_unprintable

SHOWN_FAULTS = 100


class RowCounts(msgspec.Struct):
    created: int = 0
    updated: int = 0
    unchanged: int = 0


class ImportReport(msgspec.Struct):
    """`broken` has the first hundred of the `broken_files`; the command's --report has them all.

    `unchanged` counts rows that were read and found equal; `skipped_videos` counts videos whose
    files have not changed since the last import, so were not read again. `other_files` have no
    .info.json or belong to no video. `links` are symbolic links, which are never followed.
    """

    folder: str
    dry_run: bool
    seconds: float = 0
    skipped_videos: int = 0
    videos: RowCounts = msgspec.field(default_factory=RowCounts)
    channels: RowCounts = msgspec.field(default_factory=RowCounts)
    transcripts: RowCounts = msgspec.field(default_factory=RowCounts)
    transcripts_kept: int = 0
    chunks_created: int = 0
    playlists: int = 0
    other_files: int = 0
    links: int = 0
    broken_files: int = 0
    broken: list[ImportFault] = []

    @property
    def changed_rows(self) -> int:
        """Videos, channels and transcripts created or updated."""
        return sum(
            counts.created + counts.updated
            for counts in (self.videos, self.channels, self.transcripts)
        )

    def set_counts(self, counts: dict[str, int]) -> None:
        for table in ("videos", "channels", "transcripts"):
            setattr(
                self,
                table,
                RowCounts(
                    *(counts.get(f"{table}_{name}", 0) for name in RowCounts.__struct_fields__)
                ),
            )
        self.transcripts_kept = counts.get("transcripts_kept", 0)
        self.chunks_created = counts.get("chunks_created", 0)


class FaultLog:
    """Every fault, in a temporary file: there may be one for every file."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[ImportFault] = []
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # Closed with the log.

    def add(self, fault: ImportFault) -> None:
        self.count += 1
        if len(self.first) < SHOWN_FAULTS:
            self.first.append(fault)
        self._file.write(msgspec.json.encode(fault) + b"\n")

    def lines(self) -> Iterator[bytes]:
        self._file.seek(0)
        for line in self._file:
            yield line.rstrip(b"\n")


def write_report(target: Path, report: msgspec.Struct, faults: FaultLog) -> None:
    """Writes the report as JSON, with every fault in `broken`, its last field.

    It is written to a temporary file that is then renamed, unless the target is a device such as
    /dev/stdout. Raises OSError.
    """
    is_device = target.exists() and not target.is_file()
    temporary = target if is_device else target.with_name(f".reelbase-report-{os.getpid()}")
    head = msgspec.json.encode(msgspec.structs.replace(report, broken=[]))
    opening = head.removesuffix(b"]}")
    with contextlib.ExitStack() as stack:
        if not is_device:
            stack.callback(lambda: temporary.unlink(missing_ok=True))
        with temporary.open("wb") as output:
            output.write(opening)
            for number, line in enumerate(faults.lines()):
                output.write((b"," if number else b"") + b"\n" + line)
            output.write(b"]}\n")
        if not is_device:
            temporary.replace(target)


def format_report(report: ImportReport) -> str:
    """For a terminal."""

    def format_counts(name: str, counts: RowCounts) -> str:
        return (
            f"  {name:<12} {counts.created:>8,} new {counts.updated:>8,} updated "
            f"{counts.unchanged:>8,} unchanged"
        )

    verb = "Would import" if report.dry_run else "Imported"
    lines = [
        f"{verb} {escape_unprintable(report.folder)} in {report.seconds:.1f} s.",
        format_counts("Videos", report.videos)
        + (f" {report.skipped_videos:>8,} skipped" if report.skipped_videos else ""),
        format_counts("Channels", report.channels),
        format_counts("Transcripts", report.transcripts),
        f"  {'Chunks':<12} {report.chunks_created:>8,} new",
    ]
    lines += [f"  {note}" for note in format_notes(report, "--restore")]
    if not report.changed_rows:
        lines.append("Nothing would change." if report.dry_run else "Nothing changed.")
    if report.broken_files:
        lines.append(f"Files that could not be imported: {report.broken_files:,}")
        lines += [
            f"  {escape_unprintable(fault.path)}: {escape_unprintable(fault.reason)}"
            for fault in report.broken
        ]
        if report.broken_files > len(report.broken):
            hidden = report.broken_files - len(report.broken)
            lines.append(f"  … and {hidden:,} more (use --report=FILE to list them all).")
    return "\n".join(lines)


def format_notes(report: ImportReport, restore: str) -> list[str]:
    """`restore` is the name of the option that brings deleted transcripts back."""
    notes = {
        "Edited or deleted transcripts left as they are "
        f"({restore} brings deleted ones back)": report.transcripts_kept,
        "Playlist files skipped": report.playlists,
        "Other files skipped (no .info.json, or an unknown type)": report.other_files,
        "Symbolic links skipped": report.links,
    }
    return [f"{note}: {count:,}." for note, count in notes.items() if count]
