"""Writing what was read: whole videos, in one transaction a batch."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from apps.catalog.imports.merging import merge
from apps.catalog.imports.reading import Companion, Read
from apps.catalog.tables import Channel, Video
from apps.shared.repositories import encode
from apps.shared.tables import names

CHANNEL_FIELDS = ("youtube_channel_id", "name", "handle", "source_url", "description", "metadata")
VIDEO_FIELDS = (
    *("identifier", "youtube_video_id", "channel_id", "title", "description", "source_url"),
    *("cloud_url", "download_status", "upload_date", "duration_seconds", "file_size_bytes"),
    *("video_codec", "audio_codec", "resolution", "frame_rate", "tags", "metadata"),
)

FIND_CHANNELS = f"""
SELECT c.id, {", ".join(f"c.{name}" for name in CHANNEL_FIELDS)},
       r.id AS record_id, r.written, r.extracted_at, r.path, r.fingerprint
FROM channels c LEFT JOIN import_records r ON r.channel_id = c.id
WHERE c.youtube_channel_id = ANY($1)
   OR c.youtube_channel_id IS NULL AND (c.source_url = ANY($2)
   OR c.source_url IS NULL AND c.name = ANY($3))
ORDER BY c.id FOR UPDATE OF c"""

FIND_VIDEOS = f"""
SELECT v.id, {", ".join(f"v.{name}" for name in VIDEO_FIELDS)},
       r.id AS record_id, r.written, r.extracted_at, r.path, r.fingerprint
FROM videos v LEFT JOIN import_records r ON r.video_id = v.id
WHERE v.identifier = ANY($1) OR v.youtube_video_id = ANY($2)
ORDER BY v.id FOR UPDATE OF v"""

SAVE_RECORD = """
INSERT INTO import_records (video_id, channel_id, path, fingerprint, extracted_at, written)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT ({subject}) DO UPDATE SET path = excluded.path, fingerprint = excluded.fingerprint,
    extracted_at = excluded.extracted_at, written = excluded.written"""

Row = dict[str, Any]
Counts = dict[str, int]
"""Such as {"videos_created": 3}: what the report is made of."""


def channel_key(values: Mapping[str, Any]) -> tuple[str, str]:
    """By YouTube's id; for other sites by address, and by name where there is none."""
    for name in ("youtube_channel_id", "source_url", "name"):
        if values.get(name):
            return name, str(values[name])
    raise ValueError("A channel has a name.")


class BatchWriter:
    """Writes batches over one connection, which is in a transaction of the caller's."""

    def __init__(self, connection: Any, companions: Sequence[Companion], counts: Counts) -> None:
        self.connection = connection
        self.companions = companions
        self.counts = counts

    async def write(self, reads: Sequence[Read]) -> None:
        """No two of them may be of the same video."""
        channels = await self._write_channels(reads)
        videos = [read for read in reads if read.kind == "video"]
        if not videos:
            return
        ids = await self._write_videos(videos, channels)
        for place, companion in enumerate(self.companions):
            rows = [(ids[read.values["identifier"]], read.companions[place]) for read in videos]
            await companion.write(self.connection, rows, self.counts)

    async def _write_channels(self, reads: Sequence[Read]) -> dict[tuple[str, str], UUID]:
        newest: dict[tuple[str, str], Read] = {}
        for read in sorted(reads, key=_age):
            if read.channel:
                key = channel_key(read.channel)
                if before := newest.get(key):
                    # An older file still knows what the newest leaves out.
                    assert before.channel is not None
                    known = {k: v for k, v in read.channel.items() if v}
                    read = msgspec.structs.replace(read, channel={**before.channel, **known})
                newest[key] = read
        if not newest:
            return {}
        found = await self.connection.fetch(
            FIND_CHANNELS,
            *([text for name, text in newest if name == wanted] for wanted in _KEYS),
        )
        existing = {channel_key(row): _decoded(row) for row in found}
        ids = {}
        for key, read in newest.items():
            assert read.channel is not None
            ids[key] = await self._merge(
                "channels", existing.get(key), read, read.channel, with_fingerprint=False
            )
        return ids

    async def _write_videos(
        self, reads: Sequence[Read], channels: Mapping[tuple[str, str], UUID]
    ) -> dict[str, UUID]:
        found = await self.connection.fetch(
            FIND_VIDEOS,
            [read.values["identifier"] for read in reads],
            [read.values["youtube_video_id"] for read in reads],
        )
        existing: dict[str, Row] = {}
        for row in found:
            # A person may have renamed the identifier: YouTube's id is the surer sign.
            existing[row["identifier"]] = existing[row["youtube_video_id"] or ""] = _decoded(row)
        ids = {}
        for read in reads:
            values = dict(read.values)
            if read.channel:
                values["channel_id"] = channels[channel_key(read.channel)]
            row = existing.get(values["youtube_video_id"] or values["identifier"])
            row = row or existing.get(values["identifier"])
            ids[values["identifier"]] = await self._merge("videos", row, read, values)
        return ids

    async def _merge(
        self, table: str, row: Row | None, read: Read, values: Row, *, with_fingerprint: bool = True
    ) -> UUID:
        before = row or {}
        newer = row is None or _age(read) >= (before["extracted_at"] or 0, before["path"] or "")
        current = {name: before[name] for name in values if name in before}
        written = before.get("written") or {}
        changes, remembered = merge(current, written, values, newer=newer)
        if row is None:
            row_id = uuid7()
            # VidKeep's rule: a video always has a title.
            defaults = {"title": values["identifier"]} if table == "videos" else {}
            await self._insert(table, {**defaults, **changes, "id": row_id})
            outcome = "created"
        else:
            row_id = row["id"]
            await self._update(table, row_id, changes)
            outcome = "updated" if changes else "unchanged"
        self.counts[f"{table}_{outcome}"] = self.counts.get(f"{table}_{outcome}", 0) + 1
        fingerprint = read.fingerprint if with_fingerprint else None
        record = (read.path, fingerprint, read.extracted_at, remembered)
        same = (before.get("path"), before.get("fingerprint"), before.get("extracted_at"), written)
        if newer and record != same:
            await self._save_record(table, row_id, record)
        elif remembered != written:
            await self._save_record(table, row_id, (*same[:3], remembered))
        return row_id

    async def _insert(self, table: str, values: Row) -> None:
        columns = [column for column in _TABLES[table]._meta.columns if column._meta.name in values]
        into = ", ".join(names(columns))
        places = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
        await self.connection.execute(
            f"INSERT INTO {table} ({into}) VALUES ({places})", *encode(columns, values)
        )

    async def _update(self, table: str, row_id: UUID, changes: Row) -> None:
        if not changes:
            return
        columns = [
            column for column in _TABLES[table]._meta.columns if column._meta.name in changes
        ]
        sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(names(columns), start=2))
        await self.connection.execute(
            f"UPDATE {table} SET {sets} WHERE id = $1", row_id, *encode(columns, changes)
        )

    async def _save_record(self, table: str, row_id: UUID, record: tuple[Any, ...]) -> None:
        subject = "video_id" if table == "videos" else "channel_id"
        path, fingerprint, extracted_at, written = record
        await self.connection.execute(
            SAVE_RECORD.format(subject=subject),
            row_id if table == "videos" else None,
            row_id if table == "channels" else None,
            path,
            fingerprint,
            extracted_at,
            msgspec.json.encode(written).decode(),
        )


_TABLES = {"channels": Channel, "videos": Video}
_KEYS = ("youtube_channel_id", "source_url", "name")


def _age(read: Read) -> tuple[float, str]:
    """Of two files about the same video the one that yt-dlp made later counts more."""
    return read.extracted_at, read.path


def _decoded(row: Mapping[str, Any]) -> Row:
    decoded = dict(row)
    for name in ("metadata", "written"):
        if isinstance(decoded.get(name), str):
            decoded[name] = msgspec.json.decode(decoded[name])
    return decoded


async def known_fingerprints(connection: Any, paths: Iterable[str]) -> dict[str, str]:
    """Path → fingerprint, of the files that were imported whole."""
    rows = await connection.fetch(
        "SELECT path, fingerprint FROM import_records"
        " WHERE path = ANY($1) AND fingerprint IS NOT NULL",
        list(paths),
    )
    return {row["path"]: row["fingerprint"] for row in rows}
