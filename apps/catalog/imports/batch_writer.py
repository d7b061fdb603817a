"""Writes parsed groups to the database: complete videos, one transaction per batch."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from apps.catalog.imports.existing_rows import (
    CHANNEL_FIELDS,
    VIDEO_FIELDS,
    Row,
    channel_key,
    find_channels,
    find_videos,
)
from apps.catalog.imports.group_reader import ParsedGroup, SidecarImporter
from apps.catalog.imports.merging import digest_value, merge_values
from apps.catalog.tables import Channel, Video
from apps.shared.db.repositories import encode_row
from apps.shared.db.tables import columns_in, names

UPSERT_RECORD = """
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
"""The columns of a new row that the file does not set."""

CountsByName = dict[str, int]
"""Such as {"videos_created": 3}, for the report."""


class BatchWriter:
    """Writes batches over one connection, inside the caller's transaction."""

    def __init__(
        self,
        connection: Any,
        importers: Sequence[SidecarImporter],
        counts: CountsByName,
        *,
        restore: bool = False,
    ) -> None:
        self.connection = connection
        self.importers = importers
        self.counts = counts
        self.restore = restore
        self._new: list[Row] = []
        self._records: list[tuple[Any, ...]] = []
        self.channel_outcomes: dict[tuple[str, str], str] = {}

    async def write(self, groups: Sequence[ParsedGroup]) -> None:
        """No two groups may be of the same video."""
        channels = await self._write_channels(groups)
        videos = [group for group in groups if group.kind == "video"]
        if not videos:
            return
        ids = await self._write_videos(videos, channels)
        for place, importer in enumerate(self.importers):
            rows = []
            for group in videos:
                row_id, newer = ids[group.values["identifier"]]
                rows.append((row_id, group.sidecars[place], newer))
            await importer.write(self.connection, rows, self.counts, restore=self.restore)

    async def _write_channels(self, groups: Sequence[ParsedGroup]) -> dict[tuple[str, str], UUID]:
        newest: dict[tuple[str, str], ParsedGroup] = {}
        for group in sorted(groups, key=_recency_key):
            if group.channel:
                key = channel_key(group.channel)
                if before := newest.get(key):
                    # An older file may have what the newest one leaves out.
                    assert before.channel is not None
                    known = {k: v for k, v in group.channel.items() if v}
                    channel = {**before.channel, **known}
                    newest[key] = msgspec.structs.replace(group, channel=channel)
                else:
                    newest[key] = group
        if not newest:
            return {}
        existing = await find_channels(self.connection, newest)
        ids = {}
        for key, group in newest.items():
            assert group.channel is not None
            ids[key], self.channel_outcomes[key], _ = await self._merge(
                "channels", existing.get(key), group, group.channel
            )
        await self._flush("channels")
        return ids

    async def _write_videos(
        self, groups: Sequence[ParsedGroup], channels: Mapping[tuple[str, str], UUID]
    ) -> dict[str, tuple[UUID, bool]]:
        """Identifier → the row's id, and whether the files are the newest known."""
        existing = await find_videos(self.connection, groups)
        ids = {}
        for group in groups:
            values = dict(group.values)
            if group.channel:
                values["channel_id"] = channels[channel_key(group.channel)]
            identifier = values["identifier"]
            keys = (values["youtube_video_id"] or identifier, identifier, digest_value(identifier))
            rows = (existing[key] for key in keys if key in existing)
            before = next((row for row in rows if _may_be_same_video(row, values)), None)
            row_id, outcome, newer = await self._merge("videos", before, group, values)
            ids[identifier] = row_id, newer
            self.counts[f"videos_{outcome}"] = self.counts.get(f"videos_{outcome}", 0) + 1
        await self._flush("videos")
        return ids

    async def _merge(
        self, table: str, row: Row | None, group: ParsedGroup, values: Row
    ) -> tuple[UUID, str, bool]:
        before = row or {}
        newer = row is None or _is_newer(group, before)
        # A video always has a title; one that is just its identifier may be replaced.
        defaults = {"title": values["identifier"]} if table == "videos" else {}
        written = before.get("written") or {}
        current = {
            name: None
            if name not in written and defaults.get(name) == before[name]
            else before[name]
            for name in values
            if name in before
        }
        changes, remembered = merge_values(current, written, values, newer=newer)
        if "download_status" in changes and not (
            changes.get("cloud_url") or before.get("cloud_url")
        ):
            # A person has removed the file's path.
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
        # Many files name the same channel, so one unchanged file says nothing about it.
        fingerprint = group.fingerprint if table == "videos" else None
        record: tuple[Any, ...] = (group.path, fingerprint, group.extracted_at, remembered)
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
        """Writes the new rows by COPY, then the import records that refer to them."""
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
            await self.connection.executemany(UPSERT_RECORD.format(subject=subject), self._records)
        self._new, self._records = [], []


def _recency_key(group: ParsedGroup) -> tuple[float, str]:
    """Of two files about the same video, the one yt-dlp made later takes precedence."""
    return group.extracted_at, group.path


def _is_newer(group: ParsedGroup, before: Row) -> bool:
    """Of two copies of a file, the last by path counts, unless it is gone: the tree was moved."""
    if before["path"] is None:
        return True
    if group.extracted_at != before["extracted_at"]:
        return group.extracted_at > float(before["extracted_at"])
    return group.path >= before["path"] or not Path(before["path"]).exists()


def _may_be_same_video(row: Row, values: Row) -> bool:
    """False for two YouTube videos, one of which a person gave the other's identifier."""
    return row["youtube_video_id"] in (None, values["youtube_video_id"]) or (
        values["youtube_video_id"] is None
    )
