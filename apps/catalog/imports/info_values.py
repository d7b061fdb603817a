"""The columns of a video and its channel, from an .info.json."""

import hashlib
import re
from datetime import date, datetime
from typing import Any

from apps.catalog.imports.info import (
    YOUTUBE_CHANNEL_ID,
    YOUTUBE_ID,
    BrokenFile,
    Info,
    Number,
)

RESOLUTION = re.compile(r"[0-9]{1,9}x[0-9]{1,9}")

METADATA_KEYS = (
    "view_count",
    "like_count",
    "comment_count",
    "categories",
    "chapters",
    "heatmap",
    "live_status",
    "availability",
    "language",
    "extractor",
)

MAX_DEPTH = 50
"""How deeply chapters may nest; real ones have two levels."""


def video_values(info: Info) -> dict[str, Any]:
    """The columns of a video, None where the file has no value. Raises BrokenFile."""
    youtube_id = info.id if info.is_youtube and YOUTUBE_ID.fullmatch(info.id) else None
    values = {
        "identifier": youtube_id or identifier_of(info),
        "youtube_video_id": youtube_id,
        "title": _blank_to_none(info.title),
        "description": _blank_to_none(info.description),
        "source_url": _blank_to_none(info.webpage_url),
        "upload_date": _parse_upload_date(info.upload_date),
        "duration_seconds": _check_duration(info.duration),
        "video_codec": _codec_name(info.vcodec),
        "audio_codec": _codec_name(info.acodec),
        "resolution": _frame_size(info),
        "frame_rate": as_float(info.fps, "fps") if info.fps and info.fps > 0 else None,
        "tags": list(dict.fromkeys(tag[:100] for tag in info.tags or [] if tag and tag.strip())),
        "metadata": _pick_metadata(info),
    }
    refuse_nul(values)
    return values


def channel_values(info: Info) -> dict[str, Any] | None:
    """The columns of the file's channel; None if it names no channel.

    Old files have no `channel`, so the uploader is used instead.
    """
    name = _blank_to_none(info.channel) or _blank_to_none(info.uploader)
    known = info.is_youtube and YOUTUBE_CHANNEL_ID.fullmatch(info.channel_id or "")
    name = name or info.channel_id or info.uploader_id
    if not name:
        return None
    values: dict[str, Any] = {
        "youtube_channel_id": info.channel_id if known else None,
        "name": name[:255],
        "handle": _channel_handle(info.uploader_id),
        "source_url": _blank_to_none(info.channel_url) or _blank_to_none(info.uploader_url),
        "description": _blank_to_none(info.description) if info.is_channel else None,
        "metadata": {},
    }
    if info.channel_follower_count is not None:
        values["metadata"] = {"channel_follower_count": info.channel_follower_count}
    refuse_nul(values)
    return values


def identifier_of(info: Info) -> str:
    """Such as `vimeo-76979871`: safe in a URL, and unique to the video."""
    plain = f"{(info.extractor_key or info.extractor or 'video').lower()}-{info.id}"
    safe = re.sub(r"[^A-Za-z0-9._~-]+", "-", plain)
    if safe == plain and len(safe) <= 255:
        return safe
    return f"{safe[:238]}-{hashlib.sha256(plain.encode(errors='replace')).hexdigest()[:16]}"


def as_float(value: Number, name: str) -> float | None:
    """Raises BrokenFile for integers of more than 308 digits."""
    try:
        return None if value is None else float(value)
    except OverflowError:
        raise BrokenFile(f"has a {name} that is too large") from None


def refuse_nul(value: Any, name: str = "", depth: int = 0) -> None:
    """Raises BrokenFile for NUL, which PostgreSQL cannot store, and for deep nesting."""
    if depth > MAX_DEPTH:
        raise BrokenFile("is nested too deeply")
    match value:
        case str():
            if "\0" in value:
                raise BrokenFile(f"contains a NUL character in {name or 'its text'}")
        case dict():
            for key, item in value.items():
                refuse_nul(key, name)
                refuse_nul(item, name or str(key), depth + 1)
        case list():
            for item in value:
                refuse_nul(item, name, depth + 1)


def _blank_to_none(value: str | None) -> str | None:
    return value if value and value.strip() else None


def _parse_upload_date(value: str | None) -> date | None:
    if not value:
        return None
    try:
        day = datetime.strptime(value, "%Y%m%d").date()
    except ValueError:
        day = date.min
    if day in (date.min, date.max):  # asyncpg turns these two into infinity.
        raise BrokenFile(f"has an invalid upload_date: {value[:20]!r}")
    return day


def _check_duration(value: Number) -> float | None:
    if value is not None and value < 0:
        raise BrokenFile(f"has a negative duration: {value}")
    return as_float(value, "duration")


def _codec_name(value: str | None) -> str | None:
    return value[:50] if value and value != "none" else None


def _frame_size(info: Info) -> str | None:
    size = info.resolution or ""
    if info.width and info.height:
        size = f"{int(info.width)}x{int(info.height)}"
    return size if RESOLUTION.fullmatch(size) else None


def _channel_handle(uploader_id: str | None) -> str | None:
    return uploader_id[:100] if uploader_id and uploader_id.startswith("@") else None


def _pick_metadata(info: Info) -> dict[str, Any]:
    """The fields that are worth keeping and have no column of their own."""
    kept = {key: getattr(info, key) for key in METADATA_KEYS}
    kept["categories"] = [name for name in info.categories or [] if name]
    if kept["live_status"] is None:  # Files from before 2021 have these two instead.
        kept["live_status"] = "is_live" if info.is_live else "was_live" if info.was_live else None
    return {key: value for key, value in kept.items() if value not in (None, [], "")}
