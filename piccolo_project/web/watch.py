"""`/watch/…`: a video from a given second on, with the transcript around it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from apps.accounts.callers import Caller
from apps.catalog.repositories import VideoRepository
from apps.catalog.tables import Video
from apps.media.files import (
    CONTENT_TYPES,
    PICTURES,
    SOUNDS,
    build_media_url,
    explain_missing_file,
    get_extension,
    is_remote,
    locate_file,
)
from apps.moments.repositories import MomentRepository
from apps.search.services import build_link
from apps.shared.db.repositories import parse_uuid
from apps.shared.errors import NotFound
from apps.transcripts.lines import TranscriptLine, format_clock, format_webvtt, split_into_lines
from apps.transcripts.repositories import ChunkRepository, TranscriptRepository
from piccolo_project.web.formatting import name_site
from piccolo_project.web.pictures import find_pictures

CHUNKS_BEFORE, CHUNKS_AFTER = 1, 4
"""A chunk is about a minute."""
MAX_MOMENTS = 100
LAST_SECOND = 10_000_000


@dataclass
class Player:
    """`kind` is the HTML element; None means nothing to play, and `reason` says why."""

    kind: str | None = None
    src: str = ""
    type: str = ""
    reason: str = ""


@get("/watch/{key:str}", include_in_schema=False)
async def show_video(
    request: Request[Caller, Any, Any],
    key: FromPath[str],
    t: FromQuery[str] = "",
    transcript: FromQuery[str] = "",
) -> Template:
    video = await find_video(key)
    second = parse_seconds(t)
    context = {
        **await describe_video(video, second),
        **await describe_transcript(video, request.user.id, transcript, second),
    }
    if not t:
        context["current"] = None
    return Template("watch.html", context=context)


@get("/watch/{key:str}/captions.vtt", include_in_schema=False)
async def send_captions(
    request: Request[Caller, Any, Any], key: FromPath[str], transcript: FromQuery[str] = ""
) -> Response[str]:
    """Made from the chunks rather than the imported file, so corrections are included."""
    video = await find_video(key)
    transcripts = await TranscriptRepository().list_visible(video.id, request.user.id)
    shown = choose_transcript(transcripts, transcript)
    if shown is None:
        raise NotFound("This video has no transcript.")
    chunks = await ChunkRepository().list_visible(shown["id"], request.user.id)
    return Response(format_webvtt(chunks), media_type="text/vtt")


async def describe_video(video: Video, second: int) -> dict[str, Any]:
    source = build_link(video.youtube_video_id, video.source_url, second)
    return {
        "video": video,
        "channel": video.channel_id.name if video.channel_id else None,
        "second": second,
        "player": await asyncio.to_thread(build_player, video.cloud_url),
        "poster": (await find_pictures([video.id])).get(video.id),
        "source": source if source and is_remote(source) else None,
        "moments": await MomentRepository().list_by_video(video.id, limit=MAX_MOMENTS),
        "format_clock": format_clock,
        "name_site": name_site,
    }


async def describe_transcript(
    video: Video, user_id: UUID, wanted: str, second: int
) -> dict[str, Any]:
    transcripts = await TranscriptRepository().list_visible(video.id, user_id)
    shown = choose_transcript(transcripts, wanted)
    spoken_lines = list(split_into_lines(await list_chunks_around(shown, user_id, second)))
    return {
        "transcripts": transcripts,
        "shown": shown,
        "lines": spoken_lines,
        "current": find_current_line(spoken_lines, second),
    }


async def find_video(key: str) -> Any:
    """By id or identifier, with its channel. Raises NotFound."""
    row_id = parse_uuid(key)
    column = Video.identifier == key if row_id is None else Video.id == row_id
    video = await Video.objects(Video.channel_id).where(column).first()
    if video is None:
        raise VideoRepository().not_found(key)
    return video


def parse_seconds(text: str) -> int:
    """`90` or, as in YouTube's links, `90s`; anything else is 0."""
    whole = text.removesuffix("s").partition(".")[0]
    is_number = whole.isascii() and whole.isdecimal() and len(whole) < 12
    return min(int(whole), LAST_SECOND) if is_number else 0


def choose_transcript(transcripts: Sequence[dict[str, Any]], wanted: str) -> dict[str, Any] | None:
    """The requested one, else the best; None if the video has no transcript."""
    requested = next((each for each in transcripts if str(each["id"]) == wanted), None)
    return requested or next(iter(transcripts), None)


async def list_chunks_around(shown: dict[str, Any] | None, user_id: UUID, second: int) -> list[Any]:
    if shown is None:
        return []
    chunks = ChunkRepository()
    # + 1: the links to hits are rounded down to a whole second.
    return await chunks.list_around(
        shown["id"], user_id, second + 1, before=CHUNKS_BEFORE, after=CHUNKS_AFTER
    )


def find_current_line(spoken: Sequence[TranscriptLine], second: int) -> int | None:
    """The index of the line spoken at that second."""
    started = [index for index, line in enumerate(spoken) if (line.start or 0) < second + 1]
    return started[-1] if started else None


def build_player(stored: str | None) -> Player:
    file: Path | None = locate_file(stored) if stored else None
    if file is None:
        return Player(reason=explain_missing_file(stored))
    kind = get_extension(file)
    if kind in PICTURES:
        return Player(reason="The file is a picture, not a video.")
    return Player(
        "audio" if kind in SOUNDS else "video", build_media_url(file), CONTENT_TYPES[kind]
    )
