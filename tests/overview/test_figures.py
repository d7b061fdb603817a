"""Each figure is exact on a small library made for it."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

import piccolo_conf
from apps.overview.figure_queries import FIGURE_QUERIES, MAX_CHANNELS, MAX_LANGUAGES, MONTHS
from apps.overview.services import refresh_overview
from tests.factories import (
    make_channel,
    make_clip,
    make_conversation,
    make_moment,
    make_processing_job,
    make_publication,
    make_thumbnail,
    make_transcript,
    make_video,
)


async def figures() -> dict[str, Any]:
    async with piccolo_conf.DB.connection() as connection:
        rows = await connection.fetch("SELECT name, value FROM figures")
    return {row["name"]: msgspec.json.decode(row["value"]) for row in rows}


async def measured(name: str) -> Any:
    done = await refresh_overview()
    assert done is not None
    assert done.faults == []
    return (await figures())[name]


async def test_an_empty_library_has_every_figure() -> None:
    assert await measured("channels") == 0
    found = await figures()
    assert {*FIGURE_QUERIES, "disk", "refresh"} <= {*found}
    assert found["videos"] == {"count": 0, "seconds": 0, "bytes": 0}
    assert found["hours_by_channel"] == {"largest": [], "others": 0, "amount_of_others": 0}
    assert found["languages"] == {"largest": [], "others": 0, "amount_of_others": 0}
    assert found["jobs"] == {}
    assert found["videos_by_year"] == []
    assert {month["count"] for month in found["videos_by_month"]} == {0}
    assert 0 < found["disk"]["free"] <= found["disk"]["total"]
    assert found["database"] > 1_000_000


async def test_the_library_is_counted() -> None:
    channel = await make_channel()
    video = await make_video(duration_seconds=90.5, file_size_bytes=2**40, channel_id=channel.id)
    await make_video(duration_seconds=None)
    await make_video(duration_seconds=float("inf"))
    await make_transcript(video.id, number_of_words=2**31 - 1)
    await make_transcript(video.id, number_of_words=2**31 - 1, language="de")
    await make_conversation()
    moment = await make_moment(video.id)
    clip = await make_clip(moment, file_size_bytes=7)
    await make_thumbnail(clip_id=clip.id, file_size_bytes=5)
    await make_publication(video_id=video.id, channel_id=channel.id)
    await refresh_overview()
    found = await figures()
    assert found["channels"] == 1
    assert found["videos"] == {"count": 3, "seconds": 90.5, "bytes": 2**40}
    assert found["transcripts"] == {"count": 2, "words": 2 * (2**31 - 1)}
    assert found["conversations"] == found["moments"] == found["publications"] == 1
    assert found["clips"] == {"count": 1, "bytes": 7}
    assert found["thumbnails"] == {"count": 1, "bytes": 5}


async def test_videos_by_the_month_they_were_added() -> None:
    now = datetime.now(UTC)
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    earlier = first.replace(year=first.year - 1)
    for created_at in (first, first, earlier, first.replace(year=first.year - 3)):
        await make_video(created_at=created_at)
    months = await measured("videos_by_month")
    assert len(months) == MONTHS
    assert months[-1] == {"month": f"{first:%Y-%m}", "count": 2}
    assert months[-13] == {"month": f"{earlier:%Y-%m}", "count": 1}
    assert sum(month["count"] for month in months) == 3


async def test_videos_by_the_year_of_their_upload() -> None:
    for day in (date(1895, 12, 28), date(2024, 1, 1), date(2024, 12, 31)):
        await make_video(upload_date=day)
    await make_video(upload_date=None)
    assert await measured("videos_by_year") == [
        {"year": 1895, "count": 1},
        {"year": 2024, "count": 2},
    ]


async def test_hours_by_channel_and_the_total_of_the_others() -> None:
    for place in range(MAX_CHANNELS + 2):
        channel = await make_channel(name=f"<Channel> {place}")
        await make_video(channel_id=channel.id, duration_seconds=100 - place)
    await make_video(duration_seconds=1000)
    await make_video(channel_id=channel.id, duration_seconds=None)
    found = await measured("hours_by_channel")
    names = [each["name"] for each in found["largest"]]
    assert names == [None, *(f"<Channel> {place}" for place in range(MAX_CHANNELS - 1))]
    assert found["largest"][0] == {"id": None, "name": None, "amount": 1000}
    assert found["others"] == 3
    assert found["amount_of_others"] == 89 + 88 + 87


async def test_languages_and_the_total_of_the_others() -> None:
    languages = [f"x-{place}" for place in range(MAX_LANGUAGES)] + ["de", "de"]
    for language in languages:
        await make_transcript(language=language)
    found = await measured("languages")
    assert found["largest"][0] == {"id": "de", "name": "de", "amount": 2}
    assert len(found["largest"]) == MAX_LANGUAGES
    assert (found["others"], found["amount_of_others"]) == (1, 1)


async def test_jobs_by_status() -> None:
    for status in ("queued", "queued", "failed"):
        await make_processing_job(status=status)
    assert await measured("jobs") == {"queued": 2, "failed": 1}


@pytest.mark.parametrize("name", ["channels", "disk", "refresh"])
async def test_a_figure_says_when_it_was_measured(name: str) -> None:
    await refresh_overview()
    async with piccolo_conf.DB.connection() as connection:
        query = "SELECT measured_at FROM figures WHERE name = $1"
        first = await connection.fetchval(query, name)
        await refresh_overview()
        assert await connection.fetchval(query, name) > first
        assert await connection.fetchval("SELECT count(*) FROM figures WHERE name = $1", name) == 1
