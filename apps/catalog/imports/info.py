"""Reads an .info.json: the fields that yt-dlp documents (its README, "Output template").

The rest of the file, 97 % of it, is not even decoded: formats and caption links contain the
downloader's IP address and are of no further use.
"""

import re
from typing import Any

import msgspec

YOUTUBE_ID = re.compile(r"[A-Za-z0-9_-]{11}")
YOUTUBE_CHANNEL_ID = re.compile(r"UC[A-Za-z0-9_-]{22}")
YOUTUBE_URL = re.compile(r"https?://(www\.|m\.|music\.)?(youtube\.com|youtu\.be)/", re.IGNORECASE)
LISTS = ("playlist", "multi_video")
LIST_EXTRACTOR = re.compile(r".*:(tab|playlist|channel|user|search)$", re.IGNORECASE)

Number = int | float | None


class BrokenFile(ValueError):
    """The file cannot be imported. The message gives the reason, and follows the file's path."""


class Info(msgspec.Struct, kw_only=True, gc=False):
    """The fields we use; any may be missing or null. Times and durations are in seconds."""

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
        """Whether it is a channel's or playlist's own file; `_type` may be missing."""
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
    """Raises BrokenFile, and nothing else, whatever the bytes are."""
    if not data.strip():
        raise BrokenFile("is empty")
    try:
        info = decoder.decode(data)
    except msgspec.ValidationError as error:
        message = str(error).replace("`$.", "`")
        raise BrokenFile(f"is not a yt-dlp file: {message}") from None
    except msgspec.DecodeError as error:
        raise BrokenFile(f"is not valid JSON: {error}") from None
    except UnicodeDecodeError as error:
        raise BrokenFile(f"is not UTF-8 (byte {error.start})") from None
    except RecursionError:
        raise BrokenFile("is nested too deeply") from None
    if not info.id.strip():
        raise BrokenFile("has an empty id")
    return info
