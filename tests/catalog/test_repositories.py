from datetime import date
from uuid import uuid4

import pytest

from apps.catalog.repositories import ChannelRepository, VideoRepository
from apps.catalog.tables import Channel
from apps.shared.db.repositories import parse_uuid
from apps.shared.errors import NotFound
from tests.factories import make_channel, make_video

channels, videos = ChannelRepository(), VideoRepository()


async def test_a_channel_by_its_youtube_id(queries: list[str]) -> None:
    wanted = await make_channel(youtube_channel_id="UC-wanted")
    await make_channel(youtube_channel_id="UC-other")
    queries.clear()
    assert (await channels.get_by_channel_id("UC-wanted")).id == wanted.id
    assert len(queries) == 1
    with pytest.raises(NotFound, match="There is no channel UC-nobody"):
        await channels.get_by_channel_id("UC-nobody")


async def test_channels_of_one_status_by_name() -> None:
    for name in ("b", "a", "c"):
        await make_channel(name=name, status="paused")
    await make_channel(name="aa")
    assert [row.name for row in await channels.list_by_status("paused")] == ["a", "b", "c"]
    assert await channels.list_by_status("inactive") == []


async def test_a_video_by_its_identifier() -> None:
    wanted = await make_video(identifier="-wanted~1.0")
    await make_video(identifier="-WANTED~1.0")
    assert (await videos.get_by_identifier("-wanted~1.0")).id == wanted.id
    with pytest.raises(NotFound):
        await videos.get_by_identifier("-wanted")


def test_only_the_usual_form_is_a_uuid() -> None:
    row_id = uuid4()
    assert parse_uuid(str(row_id)) == parse_uuid(str(row_id).upper()) == row_id
    for text in (row_id.hex, f"----{row_id.hex}", f"{{{row_id}}}", f"urn:uuid:{row_id}", "", "x"):
        assert parse_uuid(text) is None


async def test_a_channels_videos_newest_upload_first() -> None:
    channel, other = await make_channel(), await make_channel()
    for day in (3, 1, 2):
        await make_video(
            identifier=f"day-{day}", channel_id=channel.id, upload_date=date(2026, 5, day)
        )
    await make_video(channel_id=other.id, upload_date=date(2026, 5, 4))
    found = await videos.list_by_channel(channel.id)
    assert [row.identifier for row in found] == ["day-3", "day-2", "day-1"]
    found = await videos.list_by_channel(channel.id, since=date(2026, 5, 2))
    assert [row.identifier for row in found] == ["day-3", "day-2"]
    found = await videos.list_by_channel(channel.id, limit=1, offset=1)
    assert [row.identifier for row in found] == ["day-2"]


async def test_a_video_without_a_date_is_not_the_newest() -> None:
    channel = await make_channel()
    await make_video(identifier="undated", channel_id=channel.id)
    await make_video(identifier="dated", channel_id=channel.id, upload_date=date(2020, 1, 1))
    found = await videos.list_by_channel(channel.id)
    assert [row.identifier for row in found] == ["dated", "undated"]


@pytest.mark.parametrize(("limit", "offset"), [(50, 0), (2, 1), (9, 4), (0, 0), (1, 99)])
async def test_a_page_of_a_channels_videos(limit: int, offset: int) -> None:
    channel, day = await make_channel(), date(2026, 5, 1)
    for name, uploaded in [("c", None), ("a", day), ("d", None), ("b", day)]:
        await make_video(identifier=name, channel_id=channel.id, upload_date=uploaded)
        await make_video(upload_date=uploaded)
    found = await videos.list_by_channel(channel.id, limit=limit, offset=offset)
    assert [row.identifier for row in found] == list("abcd"[offset : offset + limit])
    assert await videos.list_by_channel(uuid4(), limit=limit, offset=offset) == []


async def test_duplicates_of_one_source() -> None:
    url = "https://example.org/watch?v=1"
    first = await make_video(source_url=url)
    second = await make_video(source_url=url)
    await make_video(source_url=f"{url}2")
    await make_video(source_url=None)
    assert [row.id for row in await videos.list_by_source_url(url)] == [first.id, second.id]


async def test_the_base_class_creates_gets_and_deletes() -> None:
    made = await channels.create(name="One", settings={"a": [1]})
    assert isinstance(made, Channel)
    assert (await channels.get(made.id)).name == "One"
    await channels.delete(made.id)
    for call in (channels.get, channels.delete):
        with pytest.raises(NotFound, match=f"There is no channel {made.id}"):
            await call(made.id)
