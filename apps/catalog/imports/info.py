"""What an .info.json says, from yt-dlp's documented fields (README, "Output template").

The rest of such a file, 97 % of it, is never even decoded: formats and caption links carry the
downloader's address, and nobody needs them again.
"""

import hashlib
import re
from datetime import date, datetime
from typing import Any

import msgspec

YOUTUBE_ID = re.compile(r"[A-Za-z0-9_-]{11}")
YOUTUBE_CHANNEL_ID = re.compile(r"UC[A-Za-z0-9_-]{22}")
YOUTUBE_URL = re.compile(r"https?://(www\.|m\.|music\.)?(youtube\.com|youtu\.be)/", re.IGNORECASE)
RESOLUTION = re.compile(r"[0-9]{1,9}x[0-9]{1,9}")
LISTS = ("playlist", "multi_video")
LIST_EXTRACTOR = re.compile(r".*:(tab|playlist|channel|user|search)$", re.IGNORECASE)

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

DEEPEST = 50
"""How deep chapters may nest; real ones have two levels."""

Number = int | float | None


class BrokenFile(ValueError):
    """The file cannot be imported; the message is the reason, for a person."""


class Info(msgspec.Struct, kw_only=True, gc=False):
    """The fields that are used; any may be missing or null. Times and durations are seconds."""

    type: str | None = msgspec.field(default=None, name="_type")
    id: str
    title: str | None = None
    description: str | None = None
    upload_date: str | None = None
    duration: Number = None
    tags: list[str | None] | None = None
    vcodec: str | None = None
    acodec: str | None = None
    width: Number = None
    height: Number = None
    resolution: str | None = None
    fps: Number = None
    ext: str | None = None
    webpage_url: str | None = None
    extractor: str | None = None
    extractor_key: str | None = None
    epoch: Number = None
    entries: msgspec.Raw = msgspec.field(default_factory=lambda: msgspec.Raw(b"null"))

    channel: str | None = None
    channel_id: str | None = None
    channel_url: str | None = None
    channel_follower_count: Number = None
    uploader: str | None = None
    uploader_id: str | None = None
    uploader_url: str | None = None

    view_count: Number = None
    like_count: Number = None
    comment_count: Number = None
    categories: list[str | None] | None = None
    chapters: list[dict[str, Any]] | None = None
    heatmap: list[dict[str, Any]] | None = None
    live_status: str | None = None
    is_live: bool | None = None
    was_live: bool | None = None
    availability: str | None = None
    language: str | None = None
    subtitles: dict[str, msgspec.Raw] | None = None
    automatic_captions: dict[str, msgspec.Raw] | None = None

    @property
    def is_list(self) -> bool:
        """A channel's or a playlist's own file: the same suffix, and sometimes no `_type`."""
        return (
            self.type in LISTS
            or bytes(self.entries) != b"null"
            or self.extractor_key == "YoutubeTab"
            or bool(LIST_EXTRACTOR.match(self.extractor or ""))
        )

    @property
    def is_channel(self) -> bool:
        return self.is_list and (
            self.id == self.channel_id or bool(YOUTUBE_CHANNEL_ID.fullmatch(self.id))
        )

    @property
    def is_youtube(self) -> bool:
        return (self.extractor_key or self.extractor or "").lower().startswith("youtube") or bool(
            YOUTUBE_URL.match(self.webpage_url or "")
        )


decoder = msgspec.json.Decoder(Info)


def parse_info(data: bytes) -> Info:
    """Raises BrokenFile with one reason, whatever the bytes are."""
    if not data.strip():
        raise BrokenFile("is empty")
    try:
        info = decoder.decode(data)
    except msgspec.ValidationError as error:
        message = str(error).replace("`$.", "`")
        raise BrokenFile(f"is not a file of yt-dlp: {message}") from None
    except msgspec.DecodeError as error:
        raise BrokenFile(f"is not valid JSON: {error}") from None
    except UnicodeDecodeError as error:
        raise BrokenFile(f"is not UTF-8 (byte {error.start})") from None
    except RecursionError:
        raise BrokenFile("is nested too deep") from None
    if not info.id.strip():
        raise BrokenFile("has an empty id")
    return info


def video_values(info: Info) -> dict[str, Any]:
    """The columns of a video, None where the file says nothing. Raises BrokenFile."""
    youtube_id = info.id if info.is_youtube and YOUTUBE_ID.fullmatch(info.id) else None
    values = {
        "identifier": youtube_id or identifier_of(info),
        "youtube_video_id": youtube_id,
        "title": _text(info.title),
        "description": _text(info.description),
        "source_url": _text(info.webpage_url),
        "upload_date": _date(info.upload_date),
        "duration_seconds": _duration(info.duration),
        "video_codec": _codec(info.vcodec),
        "audio_codec": _codec(info.acodec),
        "resolution": _resolution(info),
        "frame_rate": as_float(info.fps, "fps") if info.fps and info.fps > 0 else None,
        "tags": list(dict.fromkeys(tag[:100] for tag in info.tags or [] if tag and tag.strip())),
        "metadata": _metadata(info),
    }
    refuse_nul(values)
    return values


def channel_values(info: Info) -> dict[str, Any] | None:
    """The columns of the channel a file belongs to; None where it names none.

    Old files have no `channel`: there the uploader stands in.
    """
    name = _text(info.channel) or _text(info.uploader)
    known = info.is_youtube and YOUTUBE_CHANNEL_ID.fullmatch(info.channel_id or "")
    name = name or info.channel_id or info.uploader_id
    if not name:
        return None
    values: dict[str, Any] = {
        "youtube_channel_id": info.channel_id if known else None,
        "name": name[:255],
        "handle": _handle(info.uploader_id),
        "source_url": _text(info.channel_url) or _text(info.uploader_url),
        "description": _text(info.description) if info.is_channel else None,
        "metadata": {},
    }
    if info.channel_follower_count is not None:
        values["metadata"] = {"channel_follower_count": info.channel_follower_count}
    refuse_nul(values)
    return values


def identifier_of(info: Info) -> str:
    """Such as `vimeo-76979871`: safe in a URL, and different for different videos."""
    plain = f"{(info.extractor_key or info.extractor or 'video').lower()}-{info.id}"
    safe = re.sub(r"[^A-Za-z0-9._~-]+", "-", plain)
    if safe == plain and len(safe) <= 255:
        return safe
    return f"{safe[:238]}-{hashlib.sha256(plain.encode(errors='replace')).hexdigest()[:16]}"


def as_float(value: Number, name: str) -> float | None:
    """Raises BrokenFile for whole numbers of more than 308 digits."""
    try:
        return None if value is None else float(value)
    except OverflowError:
        raise BrokenFile(f"has a {name} that is too large") from None


def refuse_nul(value: Any, name: str = "", depth: int = 0) -> None:
    """PostgreSQL cannot store a NUL character. Raises BrokenFile, and so for deep nesting."""
    if depth > DEEPEST:
        raise BrokenFile("is nested too deep")
    match value:
        case str():
            if "\0" in value:
                raise BrokenFile(f"holds a NUL character in {name or 'its text'}")
        case dict():
            for key, item in value.items():
                refuse_nul(key, name)
                refuse_nul(item, name or str(key), depth + 1)
        case list():
            for item in value:
                refuse_nul(item, name, depth + 1)


def _text(value: str | None) -> str | None:
    return value if value and value.strip() else None


def _date(value: str | None) -> date | None:
    if not value:
        return None
    try:
        day = datetime.strptime(value, "%Y%m%d").date()
    except ValueError:
        day = date.min
    if day in (date.min, date.max):  # asyncpg takes these two for PostgreSQL's infinity.
        raise BrokenFile(f"has an upload_date that is no day: {value[:20]!r}")
    return day


def _duration(value: Number) -> float | None:
    if value is not None and value < 0:
        raise BrokenFile(f"has a negative duration: {value}")
    return as_float(value, "duration")


def _codec(value: str | None) -> str | None:
    return value[:50] if value and value != "none" else None


def _resolution(info: Info) -> str | None:
    size = info.resolution or ""
    if info.width and info.height:
        size = f"{int(info.width)}x{int(info.height)}"
    return size if RESOLUTION.fullmatch(size) else None


def _handle(uploader_id: str | None) -> str | None:
    return uploader_id[:100] if uploader_id and uploader_id.startswith("@") else None


def _metadata(info: Info) -> dict[str, Any]:
    """The few of yt-dlp's facts that are worth keeping and have no column."""
    slim = {key: getattr(info, key) for key in METADATA_KEYS}
    slim["categories"] = [name for name in info.categories or [] if name]
    if slim["live_status"] is None:  # Files from before 2021 have these two instead.
        slim["live_status"] = "is_live" if info.is_live else "was_live" if info.was_live else None
    return {key: value for key, value in slim.items() if value not in (None, [], "")}
