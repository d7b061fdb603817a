"""The import of a list: what it names and the library lacks is made, all or nothing.

The lines go into a temporary table, and the database finds out which are new. So neither the length
of the list nor the size of the library matters to memory. Rows that are there stay as they are, but
that a video of a download archive is noted as downloaded.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from apps.catalog.imports.inventory import ImportFault
from apps.catalog.imports.merging import digest
from apps.catalog.imports.report import FaultLog
from apps.catalog.imports.service import only_import, settle
from apps.catalog.lists.entries import Entry
from apps.catalog.lists.formats import ACCEPTED, Format, recognise
from apps.catalog.lists.report import ListReport
from apps.shared.db.engine import get_engine
from apps.shared.errors import Invalid

MAX_BYTES = 64 << 20


class Target(msgspec.Struct, frozen=True):
    """What a line becomes a row of. `subject` is what an import record calls such a row."""

    table: str
    subject: str
    key: str
    unique: str
    columns: tuple[str, ...]


TARGETS = {
    "channels": Target(
        table="channels",
        subject="channel_id",
        key="youtube_channel_id",
        unique="youtube_channel_id",
        columns=("youtube_channel_id", "name", "source_url"),
    ),
    "videos": Target(
        table="videos",
        subject="video_id",
        key="identifier",
        unique="youtube_video_id",
        columns=("identifier", "youtube_video_id", "title", "source_url", "metadata"),
    ),
}

LISTED = """
CREATE TEMP TABLE listed ON COMMIT DROP AS
SELECT 0::bigint AS line, '' AS digest, '{{}}'::jsonb AS written, {columns} FROM {table} LIMIT 0"""

MISSING = """
ANALYZE listed;
CREATE TEMP TABLE missing ON COMMIT DROP AS
SELECT DISTINCT ON ({key}) * FROM listed l
WHERE NOT EXISTS (SELECT FROM {table} t WHERE t.{key} = l.{key})
  AND NOT EXISTS (SELECT FROM {table} t WHERE t.{unique} = l.{unique})
  AND NOT EXISTS (
    SELECT FROM import_records r WHERE r.{subject} IS NOT NULL AND r.written->>'{key}' = l.digest)
ORDER BY {key}, line"""
"""The import's own record still knows a row by the digest of its key, if a person renamed it."""

MAKE = """
WITH made AS (
    INSERT INTO {table} ({columns}) SELECT {columns} FROM missing ORDER BY line
    ON CONFLICT DO NOTHING RETURNING id, {key}
), noted AS (
    INSERT INTO import_records ({subject}, path, written)
    SELECT made.id, $1 || ':' || line, written FROM made JOIN missing USING ({key})
) SELECT count(*) FROM made"""


NOTE = """
UPDATE videos v SET metadata = v.metadata || l.metadata FROM listed l
WHERE v.id = coalesce(
    (SELECT id FROM videos WHERE youtube_video_id = l.youtube_video_id),
    (SELECT id FROM videos WHERE identifier = l.identifier))
  AND v.download_status <> 'complete'
  AND jsonb_typeof(v.metadata) = 'object' AND NOT v.metadata ? 'archive_id'"""
"""What is downloaded, and not only discovered, is in the archive that is written from here."""


class ListImport:
    """One run. `faults` has every line that was not taken, and why."""

    def __init__(self, file: Path, *, dry_run: bool = False) -> None:
        self.file = file
        self.faults = FaultLog()
        self.report = ListReport(file=str(file), dry_run=dry_run)

    async def run(self) -> ListReport:
        """Raises Invalid for a file that is no list, Busy while another import runs."""
        started = time.monotonic()
        self.file = existing_file(self.file)
        self.report.file = str(self.file)
        async with only_import():
            try:
                with open_file(self.file) as opened:
                    format = recognise(opened)
                    self.report.format, self.report.table = format.title, format.table
                    await self._import(opened, format)
            except Invalid as error:
                raise Invalid(f"{self.file} cannot be imported. {error.message}") from None
        if self.report.created and not self.report.dry_run:
            await settle([self.report.table])
        self.report.broken_lines, self.report.broken = self.faults.count, self.faults.first
        self.report.seconds = round(time.monotonic() - started, 3)
        return self.report

    async def _import(self, opened: BinaryIO, format: Format) -> None:
        target = TARGETS[format.table]
        words = {
            **msgspec.structs.asdict(target),
            "columns": ", ".join(target.columns),
        }
        async with get_engine().transaction() as transaction:
            connection = transaction.connection
            await connection.execute("SET LOCAL statement_timeout = 0")
            await connection.execute(LISTED.format(**words))
            await connection.copy_records_to_table(
                "listed",
                columns=("line", "digest", "written", *target.columns),
                records=self._records(format.parse(opened), target),
            )
            await connection.execute(MISSING.format(**words))
            distinct = await connection.fetchval(f"SELECT count(DISTINCT {target.key}) FROM listed")
            if target.table == "videos":
                noted = await connection.execute(NOTE)
                self.report.updated = int(noted.removeprefix("UPDATE "))
            self.report.created = await connection.fetchval(MAKE.format(**words), str(self.file))
            if self.report.dry_run:
                await transaction.rollback()
        self.report.unchanged = distinct - self.report.created - self.report.updated
        self.report.repeated = self.report.entries - distinct

    def _records(self, entries: Iterator[Any], target: Target) -> Iterator[tuple[Any, ...]]:
        for entry in entries:
            if not isinstance(entry, Entry):
                self.faults.add(ImportFault(f"{self.file}:{entry.line}", entry.reason))
                continue
            self.report.entries += 1
            written = msgspec.json.encode(entry.written).decode()
            values = (_stored(entry.values[name]) for name in target.columns)
            yield entry.line, digest(entry.values[target.key]), written, *values


def _stored(value: Any) -> Any:
    return msgspec.json.encode(value).decode() if isinstance(value, dict) else value


def existing_file(file: Path) -> Path:
    """Raises Invalid unless it is a regular file of a size that can be a list."""
    shown = str(file).encode(errors="replace").decode()
    try:
        found = file.expanduser().resolve()
        str(found).encode()
        if found.is_file():
            size = found.stat().st_size
            if size <= MAX_BYTES:
                return found
            raise Invalid(
                f"{shown} is too large ({size >> 20:,} MB; at most {MAX_BYTES >> 20} MB are read). "
                + ACCEPTED
            )
    except (OSError, ValueError, RuntimeError):
        pass
    raise Invalid(f"{shown} is not a file.")


def open_file(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        raise Invalid(f"It cannot be read ({error.strerror}).") from None
