"""`/watch/…`: a video from a second on, with what is said around it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from apps.accounts.services import Caller
from apps.catalog.repositories import VideoRepository
from apps.catalog.tables import Video
from apps.media.files import (
    PICTURES,
    SOUNDS,
    TYPES,
    address,
    extension,
    is_elsewhere,
    locate,
    why_hidden,
)
from apps.moments.repositories import MomentRepository
from apps.search.services import link
from apps.shared.db.repositories import as_uuid
from apps.shared.errors import NotFound
from apps.transcripts.lines import Line, as_webvtt, clock, lines
from apps.transcripts.repositories import ChunkRepository, TranscriptRepository
from piccolo_project.web.pictures import pictures

BEFORE, AFTER = 1, 4
"""Chunks, of about a minute each."""
MAX_MOMENTS = 100
LAST_SECOND = 10_000_000


@dataclass
class Player:
    """`kind` is the HTML element that plays it, none when there is nothing to play."""

    kind: str | None = None
    src: str = ""
    type: str = ""
    reason: str = ""


@get("/watch/{key:str}", include_in_schema=False)
async def watch(
    request: Request[Caller, Any, Any],
    key: FromPath[str],
    t: FromQuery[str] = "",
    transcript: FromQuery[str] = "",
) -> Template:
    video = await find(key)
    second = seconds(t)
    transcripts = await TranscriptRepository().list_seen(video.id, request.user.id)
    shown = chosen(transcripts, transcript)
    lines_said = list(lines(await around(shown, request.user.id, second)))
    moments = await MomentRepository().list_by_video(video.id, limit=MAX_MOMENTS)
    source = link(video.youtube_video_id, video.source_url, second)
    context = {
        "video": video,
        "channel": video.channel_id.name if video.channel_id else None,
        "second": second,
        "player": await asyncio.to_thread(player, video.cloud_url),
        "poster": (await pictures([video.id])).get(video.id),
        "source": source if source and is_elsewhere(source) else None,
        "transcripts": transcripts,
        "shown": shown,
        "lines": lines_said,
        "current": current(lines_said, second) if t else None,
        "moments": moments,
        "clock": clock,
    }
    return Template("watch.html", context=context)


@get("/watch/{key:str}/captions.vtt", include_in_schema=False)
async def captions(
    request: Request[Caller, Any, Any], key: FromPath[str], transcript: FromQuery[str] = ""
) -> Response[str]:
    """The captions of one transcript, as its chunks are now: somebody may have corrected them."""
    video = await find(key)
    transcripts = await TranscriptRepository().list_seen(video.id, request.user.id)
    shown = chosen(transcripts, transcript)
    if shown is None:
        raise NotFound("This video has no transcript.")
    chunks = await ChunkRepository().list_seen(shown["id"], request.user.id)
    return Response(as_webvtt(chunks), media_type="text/vtt")


async def find(key: str) -> Any:
    """The video of this id or identifier, with its channel. Raises NotFound."""
    row_id = as_uuid(key)
    column = Video.identifier == key if row_id is None else Video.id == row_id
    video = await Video.objects(Video.channel_id).where(column).first()
    if video is None:
        raise VideoRepository().not_found(key)
    return video


def seconds(text: str) -> int:
    """`90` or, as YouTube writes it, `90s`; what is neither is the beginning."""
    whole = text.removesuffix("s").partition(".")[0]
    is_number = whole.isascii() and whole.isdecimal() and len(whole) < 12
    return min(int(whole), LAST_SECOND) if is_number else 0


def chosen(transcripts: Sequence[dict[str, Any]], wanted: str) -> dict[str, Any] | None:
    """The one that is asked for, else the best; of a video that has none, none."""
    asked = next((each for each in transcripts if str(each["id"]) == wanted), None)
    return asked or next(iter(transcripts), None)


async def around(shown: dict[str, Any] | None, user_id: UUID, second: int) -> list[Any]:
    if shown is None:
        return []
    chunks = ChunkRepository()
    # Chunks overlap by nothing, but a hit is rounded down to a whole second.
    return await chunks.list_around(shown["id"], user_id, second + 1, before=BEFORE, after=AFTER)


def current(said: Sequence[Line], second: int) -> int | None:
    """The place of the line that is being said at that second."""
    begun = [place for place, line in enumerate(said) if (line.start or 0) < second + 1]
    return begun[-1] if begun else None


def player(stored: str | None) -> Player:
    file: Path | None = locate(stored) if stored else None
    if file is None:
        return Player(reason=why_hidden(stored))
    kind = extension(file)
    if kind in PICTURES:
        return Player(reason="Its file is a picture, not a video.")
    return Player("audio" if kind in SOUNDS else "video", address(file), TYPES[kind])
