"""Imports a list: adds what the library lacks, all or nothing.

The lines go into a temporary table, and the database works out which are new, so neither the length
of the list nor the size of the library affects memory. Existing rows stay as they are, except that
a video in a download archive is marked as downloaded.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from apps.catalog.imports.inventory import ImportFault
from apps.catalog.imports.locks import import_lock
from apps.catalog.imports.merging import digest_value
from apps.catalog.imports.report import FaultLog
from apps.catalog.imports.search_indexes import update_search_indexes
from apps.catalog.lists.entries import ListEntry
from apps.catalog.lists.formats import ACCEPTED, ListFormat, detect_format
from apps.catalog.lists.report import ListReport
from apps.shared.db.engine import get_engine
from apps.shared.errors import Invalid

MAX_BYTES = 64 << 20


class ListTarget(msgspec.Struct, frozen=True):
    """The table a list's lines go into. `subject` is the import record's reference to a row."""

    table: str
    subject: str
    key: str
    unique: str
    columns: tuple[str, ...]


TARGETS = {
    "channels": ListTarget(
        table="channels",
        subject="channel_id",
        key="youtube_channel_id",
        unique="youtube_channel_id",
        columns=("youtube_channel_id", "name", "source_url"),
    ),
    "videos": ListTarget(
        table="videos",
        subject="video_id",
        key="identifier",
        unique="youtube_video_id",
        columns=("identifier", "youtube_video_id", "title", "source_url", "metadata"),
    ),
}

CREATE_LISTED = """
CREATE TEMP TABLE listed ON COMMIT DROP AS
SELECT 0::bigint AS line, '' AS digest, '{{}}'::jsonb AS written, {columns} FROM {table} LIMIT 0"""

CREATE_MISSING = """
ANALYZE listed;
CREATE TEMP TABLE missing ON COMMIT DROP AS
SELECT DISTINCT ON ({key}) * FROM listed l
WHERE NOT EXISTS (SELECT FROM {table} t WHERE t.{key} = l.{key})
  AND NOT EXISTS (SELECT FROM {table} t WHERE t.{unique} = l.{unique})
  AND NOT EXISTS (
    SELECT FROM import_records r WHERE r.{subject} IS NOT NULL AND r.written->>'{key}' = l.digest)
ORDER BY {key}, line"""
"""The import record still identifies a row by the digest of its key if a person changed it."""

INSERT_MISSING = """
WITH made AS (
    INSERT INTO {table} ({columns}) SELECT {columns} FROM missing ORDER BY line
    ON CONFLICT DO NOTHING RETURNING id, {key}
), noted AS (
    INSERT INTO import_records ({subject}, path, written)
    SELECT made.id, $1 || ':' || line, written FROM made JOIN missing USING ({key})
) SELECT count(*) FROM made"""

MARK_DOWNLOADED = """
UPDATE videos v SET metadata = v.metadata || l.metadata FROM listed l
WHERE v.id = coalesce(
    (SELECT id FROM videos WHERE youtube_video_id = l.youtube_video_id),
    (SELECT id FROM videos WHERE identifier = l.identifier))
  AND v.download_status <> 'complete'
  AND jsonb_typeof(v.metadata) = 'object' AND NOT v.metadata ? 'archive_id'"""
"""So that the video is in exported archives although its file is not here."""


class ListImport:
    """One import. `faults` has every line that could not be imported, and why."""

    def __init__(self, file: Path, *, dry_run: bool = False) -> None:
        self.file = file
        self.faults = FaultLog()
        self.report = ListReport(file=str(file), dry_run=dry_run)

    async def run(self) -> ListReport:
        """Raises Invalid unless the file is a list, and Busy while another import runs."""
        started = time.monotonic()
        self.file = resolve_list_file(self.file)
        self.report.file = str(self.file)
        async with import_lock():
            try:
                with open_list(self.file) as opened:
                    format = detect_format(opened)
                    self.report.format, self.report.table = format.title, format.table
                    await self._import(opened, format)
            except Invalid as error:
                raise Invalid(f"Cannot import {self.file}. {error.message}") from None
        if self.report.created and not self.report.dry_run:
            await update_search_indexes([self.report.table])
        self.report.broken_lines, self.report.broken = self.faults.count, self.faults.first
        self.report.seconds = round(time.monotonic() - started, 3)
        return self.report

    async def _import(self, opened: BinaryIO, format: ListFormat) -> None:
        target = TARGETS[format.table]
        names = {
            **msgspec.structs.asdict(target),
            "columns": ", ".join(target.columns),
        }
        async with get_engine().transaction() as transaction:
            connection = transaction.connection
            await connection.execute("SET LOCAL statement_timeout = 0")
            await connection.execute(CREATE_LISTED.format(**names))
            await connection.copy_records_to_table(
                "listed",
                columns=("line", "digest", "written", *target.columns),
                records=self._records(format.parse(opened), target),
            )
            await connection.execute(CREATE_MISSING.format(**names))
            distinct = await connection.fetchval(f"SELECT count(DISTINCT {target.key}) FROM listed")
            if target.table == "videos":
                marked = await connection.execute(MARK_DOWNLOADED)
                self.report.updated = int(marked.removeprefix("UPDATE "))
            self.report.created = await connection.fetchval(
                INSERT_MISSING.format(**names), str(self.file)
            )
            if self.report.dry_run:
                await transaction.rollback()
        self.report.unchanged = distinct - self.report.created - self.report.updated
        self.report.repeated = self.report.entries - distinct

    def _records(self, entries: Iterator[Any], target: ListTarget) -> Iterator[tuple[Any, ...]]:
        for entry in entries:
            if not isinstance(entry, ListEntry):
                self.faults.add(ImportFault(f"{self.file}:{entry.line}", entry.reason))
                continue
            self.report.entries += 1
            written = msgspec.json.encode(entry.written).decode()
            values = (_encode_json(entry.values[name]) for name in target.columns)
            yield entry.line, digest_value(entry.values[target.key]), written, *values


def _encode_json(value: Any) -> Any:
    return msgspec.json.encode(value).decode() if isinstance(value, dict) else value


def resolve_list_file(file: Path) -> Path:
    """Raises Invalid unless it is a regular file and not too large for a list."""
    shown = str(file).encode(errors="replace").decode()
    try:
        found = file.expanduser().resolve()
        str(found).encode()
        if found.is_file():
            size = found.stat().st_size
            if size <= MAX_BYTES:
                return found
            raise Invalid(
                f"{shown} is too large ({size >> 20:,} MB; the limit is {MAX_BYTES >> 20} MB). "
                + ACCEPTED
            )
    except (OSError, ValueError, RuntimeError):
        pass
    raise Invalid(f"{shown} is not a file.")


def open_list(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        raise Invalid(f"The file cannot be read ({error.strerror}).") from None
