"""Pages that stay whole while rows come and go, and writes that change only what is sent."""

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from apps.catalog.repositories import ChannelRepository, VideoRepository
from apps.catalog.tables import Channel, Video
from apps.shared.errors import NotFound
from tests.factories import make_channel, make_transcript, make_video


async def read_all(client: httpx.AsyncClient, path: str, limit: int) -> list[dict[str, Any]]:
    """Page by page; `path` already has a query."""
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = (await client.get(f"{path}limit={limit}{cursor}")).json()
        assert set(page) == {"items", "next"}
        assert len(page["items"]) <= limit
        items += page["items"]
        if page["next"] is None:
            return items
        assert page["next"] == page["items"][-1]["id"]
        cursor = f"&cursor={page['next']}"


@pytest.mark.parametrize("limit", [1, 3, 6, 7, 200])
async def test_pages_together_are_all_rows_oldest_first(
    client: httpx.AsyncClient, limit: int
) -> None:
    made = [str((await make_channel()).id) for _ in range(6)]
    assert [row["id"] for row in await read_all(client, "/api/channels?", limit)] == made


async def test_an_empty_table_is_an_empty_page(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/channels")).json() == {"items": [], "next": None}


async def test_a_page_has_fifty_rows_unless_told_otherwise(client: httpx.AsyncClient) -> None:
    await Channel.insert(*[Channel(name=str(number)) for number in range(51)])
    page = (await client.get("/api/channels")).json()
    assert len(page["items"]) == 50
    assert page["next"] == page["items"][-1]["id"]


async def test_pages_are_complete_and_without_repeats_while_rows_come_and_go(
    client: httpx.AsyncClient,
) -> None:
    stays = [(await make_channel(name="stays")).id for _ in range(40)]
    doomed = [(await make_channel(name="goes")).id for _ in range(40)]
    reading = asyncio.Event()

    async def change() -> None:
        for key in doomed:
            await Channel.delete().where(Channel.id == key)
            await make_channel(name="came")
        reading.set()

    changing = asyncio.create_task(change())
    rounds = 0
    while not reading.is_set() or not rounds:
        rows = await read_all(client, "/api/channels?", 7)
        keys = [UUID(row["id"]) for row in rows]
        assert len(keys) == len(set(keys)), "A row came twice."
        assert set(stays) <= set(keys), "A row was missed."
        rounds += 1
    await changing
    assert rounds > 1


async def test_a_cursor_stays_good_when_its_row_is_gone(client: httpx.AsyncClient) -> None:
    first, second, third = [await make_channel() for _ in range(3)]
    await Channel.delete().where(Channel.id == second.id)
    page = (await client.get(f"/api/channels?cursor={second.id}")).json()
    assert [row["id"] for row in page["items"]] == [str(third.id)]
    page = (await client.get(f"/api/channels?cursor={first.id}")).json()
    assert [row["id"] for row in page["items"]] == [str(third.id)]


async def test_a_filtered_page_has_only_its_rows(client: httpx.AsyncClient) -> None:
    channel = await make_channel()
    mine = [str((await make_video(channel_id=channel.id)).id) for _ in range(3)]
    await make_video()
    rows = await read_all(client, f"/api/videos?channel_id={channel.id}&", 2)
    assert [row["id"] for row in rows] == mine


@pytest.mark.parametrize("limit", [1, 5, 200])
@pytest.mark.parametrize("path", ["/api/videos", "/api/channels", "/api/transcripts"])
async def test_a_page_costs_one_query(
    client: httpx.AsyncClient, queries: list[str], path: str, limit: int
) -> None:
    for _ in range(3):
        await make_transcript()
    queries.clear()
    assert (await client.get(f"{path}?limit={limit}")).status_code == 200
    assert len(queries) == 1


async def test_a_write_costs_one_query(client: httpx.AsyncClient, queries: list[str]) -> None:
    made = await client.post("/api/channels", json={"name": "new"})
    assert (made.status_code, len(queries)) == (201, 1)
    path = f"/api/channels/{made.json()['id']}"
    await client.patch(path, json={"name": "newer"})
    assert len(queries) == 2
    await client.delete(path)
    assert len(queries) == 3


async def test_get_and_delete_say_what_is_not_there() -> None:
    channels, key = ChannelRepository(), uuid4()
    for attempt in (channels.get(key), channels.get_json(key), channels.delete(key)):
        with pytest.raises(NotFound, match=f"There is no channel {key}"):
            await attempt
    with pytest.raises(NotFound):
        await channels.update(key, name="new")
    for values in ({"name": "new"}, {}):
        with pytest.raises(NotFound):
            await channels.update_json(key, values)


async def test_update_answers_the_row_as_it_is_now(queries: list[str]) -> None:
    channels = ChannelRepository()
    made = await channels.create(name="old")
    queries.clear()
    changed = await channels.update(made.id, name="new", status="paused")
    assert len(queries) == 1
    assert (changed.id, changed.name, changed.status) == (made.id, "new", "paused")
    assert changed.updated_at > made.updated_at
    assert (await channels.get(made.id)).to_dict() == changed.to_dict()


async def test_create_answers_the_row_with_what_the_database_filled_in() -> None:
    row = json.loads(await ChannelRepository().create_json({"name": "new", "settings": {"a": [1]}}))
    kept = await ChannelRepository().get(UUID(row["id"]))
    assert (row["name"], row["settings"], row["status"]) == ("new", {"a": [1]}, "active")
    assert row == json.loads(await ChannelRepository().get_json(kept.id))
    assert "credentials" not in row


async def test_update_changes_only_what_is_given() -> None:
    video = await make_video(title="before", description="kept", tags=["a"])
    row = json.loads(await VideoRepository().update_json(video.id, {"title": "after"}))
    assert (row["title"], row["description"], row["tags"]) == ("after", "kept", ["a"])
    same = json.loads(await VideoRepository().update_json(video.id, {}))
    assert same == row


async def test_a_made_row_is_an_object() -> None:
    made = await ChannelRepository().create(name="new")
    assert isinstance(made, Channel)
    assert await Channel.exists().where(Channel.id == made.id)
    await ChannelRepository().delete(made.id)
    assert not await Channel.exists().where(Channel.id == made.id)
    assert await Video.count() == 0
