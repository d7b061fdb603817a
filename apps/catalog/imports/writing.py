"""Writing what was read: whole videos, in one transaction a batch."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from apps.catalog.imports.finding import (
    CHANNEL_FIELDS,
    VIDEO_FIELDS,
    Row,
    channel_key,
    find_channels,
    find_videos,
)
from apps.catalog.imports.merging import digest, merge
from apps.catalog.imports.reading import Companion, Read
from apps.catalog.tables import Channel, Video
from apps.shared.db.repositories import encode_row
from apps.shared.db.tables import columns_in, names

SAVE_RECORD = """
INSERT INTO import_records ({subject}, path, fingerprint, extracted_at, written)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT ({subject}) DO UPDATE SET path = excluded.path, fingerprint = excluded.fingerprint,
    extracted_at = excluded.extracted_at, written = excluded.written"""

TABLES = {"channels": Channel, "videos": Video}
SUBJECTS = {"channels": "channel_id", "videos": "video_id"}
DEFAULTS: dict[str, Row] = {
    "channels": {**dict.fromkeys(CHANNEL_FIELDS), "metadata": {}},
    "videos": {
        **dict.fromkeys(VIDEO_FIELDS),
        "download_status": "pending",
        "tags": [],
        "metadata": {},
    },
}
"""What a new row has where the file says nothing."""

Counts = dict[str, int]
"""Such as {"videos_created": 3}: what the report is made of."""


class BatchWriter:
    """Writes batches over one connection, which is in a transaction of the caller's."""

    def __init__(
        self,
        connection: Any,
        companions: Sequence[Companion],
        counts: Counts,
        *,
        restore: bool = False,
    ) -> None:
        self.connection = connection
        self.companions = companions
        self.counts = counts
        self.restore = restore
        self._new: list[Row] = []
        self._records: list[tuple[Any, ...]] = []
        self.channel_outcomes: dict[tuple[str, str], str] = {}

    async def write(self, reads: Sequence[Read]) -> None:
        """No two of them may be of the same video."""
        channels = await self._write_channels(reads)
        videos = [read for read in reads if read.kind == "video"]
        if not videos:
            return
        ids = await self._write_videos(videos, channels)
        for place, companion in enumerate(self.companions):
            rows = []
            for read in videos:
                row_id, newer = ids[read.values["identifier"]]
                rows.append((row_id, read.companions[place], newer))
            await companion.write(self.connection, rows, self.counts, restore=self.restore)

    async def _write_channels(self, reads: Sequence[Read]) -> dict[tuple[str, str], UUID]:
        newest: dict[tuple[str, str], Read] = {}
        for read in sorted(reads, key=_age):
            if read.channel:
                key = channel_key(read.channel)
                if before := newest.get(key):
                    # An older file still knows what the newest leaves out.
                    assert before.channel is not None
                    known = {k: v for k, v in read.channel.items() if v}
                    channel = {**before.channel, **known}
                    newest[key] = msgspec.structs.replace(read, channel=channel)
                else:
                    newest[key] = read
        if not newest:
            return {}
        existing = await find_channels(self.connection, newest)
        ids = {}
        for key, read in newest.items():
            assert read.channel is not None
            ids[key], self.channel_outcomes[key], _ = await self._merge(
                "channels", existing.get(key), read, read.channel
            )
        await self._flush("channels")
        return ids

    async def _write_videos(
        self, reads: Sequence[Read], channels: Mapping[tuple[str, str], UUID]
    ) -> dict[str, tuple[UUID, bool]]:
        """Identifier → the row's id, and whether the files are the newest known of it."""
        existing = await find_videos(self.connection, reads)
        ids = {}
        for read in reads:
            values = dict(read.values)
            if read.channel:
                values["channel_id"] = channels[channel_key(read.channel)]
            identifier = values["identifier"]
            keys = (values["youtube_video_id"] or identifier, identifier, digest(identifier))
            rows = (existing[key] for key in keys if key in existing)
            before = next((row for row in rows if _may_be(row, values)), None)
            row_id, outcome, newer = await self._merge("videos", before, read, values)
            ids[identifier] = row_id, newer
            self.counts[f"videos_{outcome}"] = self.counts.get(f"videos_{outcome}", 0) + 1
        await self._flush("videos")
        return ids

    async def _merge(
        self, table: str, row: Row | None, read: Read, values: Row
    ) -> tuple[UUID, str, bool]:
        before = row or {}
        newer = row is None or _is_newer(read, before)
        # A video always has a title; one that is but its identifier may be bettered.
        defaults = {"title": values["identifier"]} if table == "videos" else {}
        written = before.get("written") or {}
        current = {
            name: None
            if name not in written and defaults.get(name) == before[name]
            else before[name]
            for name in values
            if name in before
        }
        changes, remembered = merge(current, written, values, newer=newer)
        if "download_status" in changes and not (
            changes.get("cloud_url") or before.get("cloud_url")
        ):
            # A person has taken the address of the file away.
            del changes["download_status"], remembered["download_status"]
        if row is None:
            row_id = uuid7()
            self._new.append({**defaults, **changes, "id": row_id})
            outcome = "created"
        else:
            row_id = row["id"]
            changes = {name: value for name, value in changes.items() if value != before[name]}
            await self._update(table, row_id, changes)
            outcome = "updated" if changes else "unchanged"
        # A channel stands in many files: that one of them is unchanged says nothing of it.
        fingerprint = read.fingerprint if table == "videos" else None
        record: tuple[Any, ...] = (read.path, fingerprint, read.extracted_at, remembered)
        same = (before.get("path"), before.get("fingerprint"), before.get("extracted_at"), written)
        if not newer:
            record = (*same[:3], remembered)
        if record != same:
            self._records.append((row_id, *record[:3], msgspec.json.encode(remembered).decode()))
        return row_id, outcome, newer

    async def _update(self, table: str, row_id: UUID, changes: Row) -> None:
        if not changes:
            return
        columns = columns_in(TABLES[table], changes)
        sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(names(columns), start=2))
        await self.connection.execute(
            f"UPDATE {table} SET {sets} WHERE id = $1", row_id, *encode_row(columns, changes)
        )

    async def _flush(self, table: str) -> None:
        """Rows by COPY, then what is remembered of them, which refers to them."""
        fields = {"id": None, **DEFAULTS[table]}
        columns = columns_in(TABLES[table], fields)
        if self._new:
            await self.connection.copy_records_to_table(
                table,
                columns=names(columns),
                records=[tuple(encode_row(columns, {**fields, **row})) for row in self._new],
            )
        if self._records:
            subject = SUBJECTS[table]
            await self.connection.executemany(SAVE_RECORD.format(subject=subject), self._records)
        self._new, self._records = [], []


def _age(read: Read) -> tuple[float, str]:
    """Of two files about the same video the one that yt-dlp made later counts more."""
    return read.extracted_at, read.path


def _is_newer(read: Read, before: Row) -> bool:
    """Of two copies of one file one counts, until it is no longer there: the tree was moved."""
    if before["path"] is None:
        return True
    if read.extracted_at != before["extracted_at"]:
        return read.extracted_at > float(before["extracted_at"])
    return read.path >= before["path"] or not Path(before["path"]).exists()


def _may_be(row: Row, values: Row) -> bool:
    """Not so for two different videos of YouTube, one of which a person gave the other's name."""
    return row["youtube_video_id"] in (None, values["youtube_video_id"]) or (
        values["youtube_video_id"] is None
    )
