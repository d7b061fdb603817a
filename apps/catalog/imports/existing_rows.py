"""Finds the rows that the files describe.

A person may have changed the id or name that identifies a row. The import record still has a digest
of what the import wrote, so the row is found by that.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from apps.catalog.imports.group_reader import ParsedGroup
from apps.catalog.imports.merging import digest_value

CHANNEL_FIELDS = ("youtube_channel_id", "name", "handle", "source_url", "description", "metadata")
VIDEO_FIELDS = (
    *("identifier", "youtube_video_id", "channel_id", "title", "description", "source_url"),
    *("cloud_url", "download_status", "upload_date", "duration_seconds", "file_size_bytes"),
    *("video_codec", "audio_codec", "resolution", "frame_rate", "tags", "metadata"),
)

RECORD_FIELDS = "r.id AS record_id, r.written, r.extracted_at, r.path, r.fingerprint"

SELECT_CHANNEL = (
    f"SELECT c.id, {', '.join(f'c.{name}' for name in CHANNEL_FIELDS)}, {RECORD_FIELDS}"
)

FIND_CHANNELS = f"""
{SELECT_CHANNEL} FROM channels c LEFT JOIN import_records r ON r.channel_id = c.id
WHERE c.id IN (
    SELECT id FROM channels WHERE youtube_channel_id = ANY($1)
    UNION ALL
    SELECT id FROM channels
    WHERE cardinality($2::text[]) + cardinality($3::text[]) > 0 AND youtube_channel_id IS NULL
      AND (source_url = ANY($2) OR source_url IS NULL AND name = ANY($3))
) ORDER BY c.id FOR UPDATE OF c"""

FIND_EDITED_CHANNELS = f"""
{SELECT_CHANNEL} FROM channels c JOIN import_records r ON r.channel_id = c.id
WHERE r.written->>'youtube_channel_id' = ANY($1)
   OR NOT r.written ? 'youtube_channel_id' AND (r.written->>'source_url' = ANY($2)
      OR NOT r.written ? 'source_url' AND r.written->>'name' = ANY($3))
ORDER BY c.id FOR UPDATE OF c"""

FIND_VIDEOS = f"""
SELECT v.id, {", ".join(f"v.{name}" for name in VIDEO_FIELDS)}, {RECORD_FIELDS}
FROM videos v LEFT JOIN import_records r ON r.video_id = v.id
WHERE v.id IN (
    SELECT id FROM videos WHERE identifier = ANY($1)
    UNION ALL SELECT id FROM videos WHERE youtube_video_id = ANY($2)
    UNION ALL SELECT video_id FROM import_records WHERE path = ANY($3)
    UNION ALL SELECT video_id FROM import_records
              WHERE written->>'identifier' = ANY($4) AND video_id IS NOT NULL
) ORDER BY v.id FOR UPDATE OF v"""

KEYS = ("youtube_channel_id", "source_url", "name")
"""What identifies a channel, most reliable first."""

Row = dict[str, Any]


def channel_key(values: Mapping[str, Any]) -> tuple[str, str]:
    """YouTube's id; for other sites the URL, or the name if there is none."""
    for name in KEYS:
        if values.get(name):
            return name, str(values[name])
    raise ValueError("A channel needs an id, a URL or a name.")


async def find_channels(
    connection: Any, keys: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], Row]:
    known = {name: [text for kind, text in keys if kind == name] for name in KEYS}
    found = await connection.fetch(FIND_CHANNELS, *known.values())
    existing = {channel_key(row): row for row in map(_decode_json_columns, found)}
    missing = {
        name: {digest_value(text): text for text in texts if (name, text) not in existing}
        for name, texts in known.items()
    }
    if any(missing.values()):
        edited = await connection.fetch(FIND_EDITED_CHANNELS, *map(list, missing.values()))
        for row in map(_decode_json_columns, edited):
            for name in KEYS:
                if text := missing[name].get(row["written"].get(name, "")):
                    existing.setdefault((name, text), row)
    return existing


async def find_videos(connection: Any, groups: Sequence[ParsedGroup]) -> dict[str, Row]:
    """Keyed by identifier, YouTube's id, and the digest of the identifier the import wrote."""
    found = await connection.fetch(
        FIND_VIDEOS,
        [group.values["identifier"] for group in groups],
        [group.values["youtube_video_id"] for group in groups],
        [group.path for group in groups],
        [digest_value(group.values["identifier"]) for group in groups],
    )
    existing: dict[str, Row] = {}
    for row in map(_decode_json_columns, found):
        existing[row["identifier"]] = existing[row["youtube_video_id"] or ""] = row
        existing[(row["written"] or {}).get("identifier", "")] = row
    return existing


def _decode_json_columns(row: Mapping[str, Any]) -> Row:
    decoded = dict(row)
    for name in ("metadata", "written"):
        if isinstance(decoded.get(name), str):
            decoded[name] = msgspec.json.decode(decoded[name])
    return decoded


async def fetch_fingerprints(connection: Any, paths: Iterable[str]) -> dict[str, str]:
    """Path → fingerprint, for files that were imported completely."""
    rows = await connection.fetch(
        "SELECT path, fingerprint FROM import_records"
        " WHERE path = ANY($1) AND fingerprint IS NOT NULL",
        list(paths),
    )
    return {row["path"]: row["fingerprint"] for row in rows}
