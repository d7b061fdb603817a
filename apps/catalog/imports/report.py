"""What an import did, for a person and for a program."""

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


class Counts(msgspec.Struct):
    created: int = 0
    updated: int = 0
    unchanged: int = 0


class ImportReport(msgspec.Struct):
    """`broken` has the first hundred of `broken_files`; the command's --report has all of them.

    `unchanged` counts what was read and found equal; `skipped_videos` those whose files are as
    they were at the last import, which were not read again. `other_files` are without an .info.json
    or are no video's, and `links` are symbolic links, which are never followed.
    """

    folder: str
    dry_run: bool
    seconds: float = 0
    skipped_videos: int = 0
    videos: Counts = msgspec.field(default_factory=Counts)
    channels: Counts = msgspec.field(default_factory=Counts)
    transcripts: Counts = msgspec.field(default_factory=Counts)
    transcripts_kept: int = 0
    chunks_created: int = 0
    playlists: int = 0
    other_files: int = 0
    links: int = 0
    broken_files: int = 0
    broken: list[ImportFault] = []

    @property
    def changed_rows(self) -> int:
        """Videos, channels and transcripts that were made or changed."""
        return sum(
            counts.created + counts.updated
            for counts in (self.videos, self.channels, self.transcripts)
        )

    def fill(self, counts: dict[str, int]) -> None:
        for table in ("videos", "channels", "transcripts"):
            setattr(
                self,
                table,
                Counts(*(counts.get(f"{table}_{name}", 0) for name in Counts.__struct_fields__)),
            )
        self.transcripts_kept = counts.get("transcripts_kept", 0)
        self.chunks_created = counts.get("chunks_created", 0)


class FaultLog:
    """Every fault, in a temporary file: there may be as many as there are files."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[ImportFault] = []
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # It goes with the log.

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
    """The report as JSON, with every fault in `broken`, its last field; beside, then renamed.

    Raises OSError. A device, such as /dev/stdout, is written to and stays.
    """
    is_device = target.exists() and not target.is_file()
    beside = target if is_device else target.with_name(f".reelbase-report-{os.getpid()}")
    head = msgspec.json.encode(msgspec.structs.replace(report, broken=[]))
    opening = head.removesuffix(b"]}")
    with contextlib.ExitStack() as stack:
        if not is_device:
            stack.callback(lambda: beside.unlink(missing_ok=True))
        with beside.open("wb") as output:
            output.write(opening)
            for number, line in enumerate(faults.lines()):
                output.write((b"," if number else b"") + b"\n" + line)
            output.write(b"]}\n")
        if not is_device:
            beside.replace(target)


def as_text(report: ImportReport) -> str:
    """A few lines for a terminal."""

    def line(name: str, counts: Counts) -> str:
        return (
            f"  {name:<12} {counts.created:>8,} new {counts.updated:>8,} updated "
            f"{counts.unchanged:>8,} unchanged"
        )

    verb = "Would import" if report.dry_run else "Imported"
    lines = [
        f"{verb} {escape_unprintable(report.folder)} in {report.seconds:.1f} s.",
        line("Videos", report.videos)
        + (f" {report.skipped_videos:>8,} not touched since" if report.skipped_videos else ""),
        line("Channels", report.channels),
        line("Transcripts", report.transcripts),
        f"  {'Chunks':<12} {report.chunks_created:>8,} new",
    ]
    lines += [f"  {note}" for note in notes(report, "--restore")]
    if not report.changed_rows:
        lines.append("Nothing would change." if report.dry_run else "Nothing changed.")
    if report.broken_files:
        lines.append(f"{report.broken_files:,} files could not be imported:")
        lines += [
            f"  {escape_unprintable(fault.path)}: {escape_unprintable(fault.reason)}"
            for fault in report.broken
        ]
        if report.broken_files > len(report.broken):
            hidden = report.broken_files - len(report.broken)
            lines.append(f"  … and {hidden:,} more (--report=FILE writes all of them).")
    return "\n".join(lines)


def notes(report: ImportReport, restore: str) -> list[str]:
    """What else is to be said. `restore` is what a person asks for the deleted ones with."""
    told = {
        f"transcripts kept as somebody has edited or deleted them ({restore} brings the deleted "
        "ones back)": report.transcripts_kept,
        "playlist files, which hold no video": report.playlists,
        "files without an .info.json, or of another kind": report.other_files,
        "symbolic links, which are not followed": report.links,
    }
    return [f"{count:,} {what}." for what, count in told.items() if count]
