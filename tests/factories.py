"""Rows for tests, each valid as it is; name what matters to the test."""

import itertools
from typing import Any
from uuid import UUID

from apps.accounts.tables import User
from apps.catalog.tables import Channel, Video
from apps.transcripts.tables import Chunk, Transcript

numbers = itertools.count(1)

# "correct horse", hashed with one round so that a user takes no time to make.
PASSWORD = "correct horse"
QUICK_HASH = User.hash_password(PASSWORD, salt="test", iterations=1)


async def make_user(**values: Any) -> User:
    user = User(**{"email": f"user{next(numbers)}@example.org", "password": QUICK_HASH, **values})
    await user.save()
    return user


async def make_channel(**values: Any) -> Channel:
    channel = Channel(**{"name": f"Channel {next(numbers)}", **values})
    await channel.save()
    return channel


async def make_video(**values: Any) -> Video:
    number = next(numbers)
    video = Video(**{"identifier": f"video-{number}", "title": f"Video {number}", **values})
    await video.save()
    return video


async def make_transcript(video_id: UUID | None = None, **values: Any) -> Transcript:
    if video_id is None:
        video_id = (await make_video()).id
    transcript = Transcript(
        **{"video_id": video_id, "source": "youtube_auto", "full_text": "hello world", **values}
    )
    await transcript.save()
    return transcript


async def make_chunk(transcript_id: UUID | None = None, **values: Any) -> Chunk:
    if transcript_id is None:
        transcript_id = (await make_transcript()).id
    chunk = Chunk(
        **{
            "transcript_id": transcript_id,
            "chunk_text": "hello world",
            "chunk_index": next(numbers),
            "start_time": 0.0,
            "end_time": 10.0,
            **values,
        }
    )
    await chunk.save()
    return chunk
