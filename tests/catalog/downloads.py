"""Folders as yt-dlp leaves them, imports of them, and dumps of what came of it."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from apps.catalog.imports.folder_import import FolderImport
from apps.catalog.imports.report import ImportReport
from tests.conftest import TABLES
from tests.database import fetch, value
from tests.transcripts.caption_files import plain_vtt, rolling_vtt, spoken

CHANNEL_ID = "UC" + "c" * 22


def info(video_id: str = "aaaaaaaaaaa", **fields: Any) -> dict[str, Any]:
    """A video of YouTube; `fields` go on top, and one that is `...` is left out."""
    values = {
        "id": video_id,
        "_type": "video",
        "title": f"Title of {video_id}",
        "description": "What it is about.",
        "upload_date": "20240229",
        "duration": 61,
        "tags": ["one", "two"],
        "width": 1920,
        "height": 1080,
        "fps": 30,
        "vcodec": "avc1.640028",
        "acodec": "opus",
        "ext": "mp4",
        "channel": "A channel",
        "channel_id": CHANNEL_ID,
        "channel_url": f"https://www.youtube.com/channel/{CHANNEL_ID}",
        "uploader_id": "@achannel",
        "channel_follower_count": 12,
        "webpage_url": f"https://www.youtube.com/watch?v={video_id}",
        "extractor": "youtube",
        "extractor_key": "Youtube",
        "epoch": 1_700_000_000,
        "view_count": 5_000_000_000,
        "like_count": None,
        "chapters": [{"start_time": 0.0, "end_time": 61, "title": "All"}],
        "heatmap": [{"start_time": 0.0, "end_time": 0.61, "value": 0.25}],
        "categories": ["Education"],
        "live_status": "not_live",
        "availability": "public",
        "language": "en",
        "subtitles": {},
        "automatic_captions": {"en": []},
        **fields,
    }
    return {name: item for name, item in values.items() if item is not ...}


def elsewhere(video_id: str = "1", **fields: Any) -> dict[str, Any]:
    """A video of another site, whose channel has neither an id nor an address."""
    site = {
        "extractor": "vimeo",
        "extractor_key": "Vimeo",
        "webpage_url": f"https://v.test/{video_id}",
    }
    return info(video_id, **{**site, "channel_id": ..., "channel_url": ..., **fields})


def write_info(home: Path, name: str = "Talk", /, **fields: Any) -> Path:
    path = home / f"{name}.info.json"
    home.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(info(**fields)))
    return path


def write_video(home: Path, name: str = "Talk", /, words: int = 40, **fields: Any) -> Path:
    """With automatic captions beside it; its .info.json's path."""
    path = write_info(home, name, **fields)
    (home / f"{name}.en.vtt").write_bytes(automatic(words))
    return path


def change(path: Path, **fields: Any) -> None:
    """Writes fields of an .info.json anew, as a later download would; `...` takes one away."""
    values = {**json.loads(path.read_text()), **fields}
    values = {name: item for name, item in values.items() if item is not ...}
    path.write_text(json.dumps({**values, "epoch": values.get("epoch", 0) + 1}))


def automatic(words: int = 40, seed: int = 0) -> bytes:
    return rolling_vtt(*spoken(words, seed))


def by_hand(words: int = 40, seed: int = 0) -> bytes:
    return plain_vtt(*spoken(words, seed))


async def run_import(folder: Path, **options: Any) -> ImportReport:
    return await FolderImport(folder, **options).run()


def reasons(report: ImportReport) -> dict[str, str]:
    """File name → why it was not imported."""
    return {fault.path.rpartition("/")[2]: fault.reason for fault in report.broken}


async def dump(*tables: str) -> dict[str, list[dict[str, Any]]]:
    """Every column of every row, and the transaction that wrote it."""
    return {
        table: await fetch(f"SELECT xmin, ctid, t.* FROM {table} t ORDER BY id")
        for table in tables or TABLES
    }


async def text_of_everything() -> str:
    """All that the database holds, the history of its rows aside."""
    rows = [await value(f"SELECT string_agg(t::text, E'\\n') FROM {table} t") for table in TABLES]
    return "\n".join(row for row in rows if row)


async def video(identifier: str = "aaaaaaaaaaa") -> dict[str, Any]:
    """The row, its metadata read."""
    (row,) = await fetch("SELECT * FROM videos WHERE identifier = $1", identifier)
    return {**row, "metadata": json.loads(row["metadata"])}


async def channel() -> dict[str, Any]:
    (row,) = await fetch("SELECT * FROM channels")
    return {**row, "metadata": json.loads(row["metadata"])}


CONTENT: Mapping[str, str] = {
    "channels": "SELECT name, youtube_channel_id, handle, description, source_url, metadata "
    "FROM channels",
    "videos": "SELECT v.identifier, v.youtube_video_id, c.name AS channel, v.title, v.description, "
    "v.source_url, v.cloud_url, v.download_status, v.upload_date, v.duration_seconds, v.tags, "
    "v.metadata FROM videos v LEFT JOIN channels c ON c.id = v.channel_id",
    "transcripts": "SELECT v.identifier, t.language, t.source, t.is_primary, t.full_text, "
    "t.word_timestamps, t.segment_timestamps, t.number_of_words, t.metadata "
    "FROM transcripts t JOIN videos v ON v.id = t.video_id",
    "chunks": "SELECT v.identifier, t.language, t.source, c.chunk_index, c.chunk_text, "
    "c.start_time, c.end_time, c.word_starts, c.token_count FROM chunks c "
    "JOIN transcripts t ON t.id = c.transcript_id JOIN videos v ON v.id = t.video_id",
    "import_records": "SELECT path, fingerprint, extracted_at, written - 'channel_id' AS written "
    "FROM import_records",
}
"""What an import makes, but for keys and times."""


async def content(connection: Any) -> dict[str, tuple[int, str]]:
    """Of each table the number of rows, and one digest of what an import made of them."""
    found = {}
    for table, query in CONTENT.items():
        rows = [row[0] for row in await connection.fetch(f"SELECT r::text FROM ({query}) r")]
        found[table] = len(rows), hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()
    return found
