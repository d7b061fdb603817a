"""Channels and videos over REST."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from apps.catalog.tables import Channel
from tests.database import value
from tests.factories import CIPHERTEXT, make_channel, make_video

KEYS = [
    "-starts-with-a-dash",
    "--help",
    "a.b~c",
    "v" * 255,
    "watch_v-1.~",
    "...",
    "----" + "0" * 32,
]


async def test_nothing_is_an_empty_page(client: httpx.AsyncClient) -> None:
    for path in ("/api/channels", "/api/videos"):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()) == (200, {"items": [], "next": None})


async def test_a_channels_whole_life(client: httpx.AsyncClient) -> None:
    made = await client.post("/api/channels", json={"name": "Letters", "handle": "@letters"})
    assert made.status_code == 201
    row = made.json()
    assert row["status"] == "active"
    assert row["description"] is row["youtube_channel_id"] is None
    assert row["settings"] == row["schedule"] == row["filters"] == row["metadata"] == {}
    path = f"/api/channels/{row['id']}"
    assert (await client.get(path)).json() == row
    assert (await client.get("/api/channels")).json() == {"items": [row], "next": None}
    changed = (await client.patch(path, json={"handle": None, "status": "paused"})).json()
    expected = {**row, "handle": None, "status": "paused", "updated_at": changed["updated_at"]}
    assert changed == expected
    assert (await client.delete(path)).status_code == 204
    for gone in (client.get(path), client.delete(path), client.patch(path, json={"name": "x"})):
        answer = await gone
        assert answer.status_code == 404
        assert answer.json()["detail"] == f"There is no channel {row['id']}."


@pytest.mark.parametrize("key", KEYS)
async def test_a_video_is_addressed_by_its_identifier(client: httpx.AsyncClient, key: str) -> None:
    made = (await client.post("/api/videos", json={"identifier": key, "title": "One"})).json()
    assert (await client.get(f"/api/videos/{key}")).json() == made
    assert (await client.get(f"/api/videos/{made['id']}")).json() == made
    changed = await client.patch(f"/api/videos/{key}", json={"title": "Two"})
    assert changed.json()["title"] == "Two"
    answer = await client.get(f"/api/videos/{key}/transcripts")
    assert answer.json() == {"items": [], "next": None}
    assert (await client.delete(f"/api/videos/{key}")).status_code == 204
    assert (await client.get(f"/api/videos/{key}")).status_code == 404


async def test_a_longer_identifier_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/videos", json={"identifier": "v" * 256, "title": "One"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "identifier"


@pytest.mark.parametrize(
    "key", ["nobody", "01a1fbfc-6be2-7516-a40a-b5ebd5063e58", "v" * 300, "%00", "a%2Fb", "ä"]
)
async def test_an_unknown_video_is_not_found(client: httpx.AsyncClient, key: str) -> None:
    expected = 422 if key == "%00" else 404
    for method, path in [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/transcripts")]:
        body = {"title": "x"} if method == "PATCH" else None
        answer = await client.request(method, f"/api/videos/{key}{path}", json=body)
        assert answer.status_code == expected


async def test_each_call_is_one_statement(client: httpx.AsyncClient, queries: list[str]) -> None:
    made = (await client.post("/api/videos", json={"identifier": "one", "title": "One"})).json()
    await client.get("/api/videos/one")
    await client.get(f"/api/videos/{made['id']}")
    await client.patch(f"/api/videos/{made['id']}", json={"title": "Two"})
    await client.delete(f"/api/videos/{made['id']}")
    assert len(queries) == 5


async def test_pages_follow_one_another(client: httpx.AsyncClient, queries: list[str]) -> None:
    channel = await make_channel(name="Known")
    made = [str((await make_video(channel_id=channel.id)).id) for _ in range(5)]
    queries.clear()
    seen, cursor = [], None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/api/videos", params=params)).json()
        assert {row["channel_name"] for row in page["items"]} == {"Known"}
        seen += [row["id"] for row in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == made
    assert len(queries) == 3


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 201}, {"limit": "x"}, {"cursor": "x"}])
async def test_a_page_that_cannot_be(client: httpx.AsyncClient, params: dict[str, Any]) -> None:
    for path in ("/api/channels", "/api/videos"):
        answer = await client.get(path, params=params)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == next(iter(params))


async def test_videos_of_one_channel(client: httpx.AsyncClient) -> None:
    channel = await make_channel(name="Wanted")
    wanted = await make_video(channel_id=channel.id)
    await make_video(channel_id=(await make_channel()).id)
    await make_video()
    for params in ({"channel_id": str(channel.id)}, {"channel_name": "Wanted"}):
        page = (await client.get("/api/videos", params=params)).json()
        assert [row["id"] for row in page["items"]] == [str(wanted.id)]
    page = (await client.get("/api/videos", params={"channel_name": "Nobody"})).json()
    assert page == {"items": [], "next": None}


async def test_the_channels_name_stands_in_a_video(client: httpx.AsyncClient) -> None:
    channel = await make_channel(name="Named")
    body = {"identifier": "one", "title": "One", "channel_id": str(channel.id)}
    made = (await client.post("/api/videos", json=body)).json()
    assert made["channel_name"] == "Named"
    assert (await client.get("/api/videos/one")).json()["channel_name"] == "Named"
    left = (await client.patch("/api/videos/one", json={"channel_id": None})).json()
    assert left["channel_id"] is left["channel_name"] is None
    answer = await client.patch("/api/videos/one", json={"channel_name": "Mine"})
    assert answer.status_code == 400
    assert await value("SELECT name FROM channels") == "Named"


async def test_a_channels_videos(client: httpx.AsyncClient, queries: list[str]) -> None:
    channel, other = await make_channel(), await make_channel()
    made = [str((await make_video(channel_id=channel.id)).id) for _ in range(3)]
    await make_video(channel_id=other.id)
    queries.clear()
    page = (await client.get(f"/api/channels/{channel.id}/videos", params={"limit": 2})).json()
    assert [row["id"] for row in page["items"]] == made[:2]
    assert len(queries) == 1
    params = {"limit": 2, "cursor": page["next"]}
    page = (await client.get(f"/api/channels/{channel.id}/videos", params=params)).json()
    assert [row["id"] for row in page["items"]] == made[2:]
    assert page["next"] is None


async def test_no_channel_is_not_an_empty_channel(client: httpx.AsyncClient) -> None:
    empty, nobody = (await make_channel()).id, uuid4()
    answer = await client.get(f"/api/channels/{empty}/videos")
    assert answer.json() == {"items": [], "next": None}
    answer = await client.get(f"/api/channels/{nobody}/videos")
    assert answer.status_code == 404
    assert answer.json()["detail"] == f"There is no channel {nobody}."


async def test_credentials_are_neither_shown_nor_written(client: httpx.AsyncClient) -> None:
    channel = await make_channel(credentials=CIPHERTEXT)
    path = f"/api/channels/{channel.id}"
    answers = [
        await client.get(path),
        await client.get("/api/channels"),
        await client.patch(path, json={"name": "Renamed"}),
        await client.patch(path, json={}),
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert '"credentials"' not in answer.text
        assert "ciphertext" not in answer.text
    for body in ({"credentials": "mine"}, {"credentials": None}):
        answer = await client.patch(path, json=body)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == "credentials"
        assert (await client.post("/api/channels", json={"name": "x", **body})).status_code == 400
    kept = await Channel.objects().first()
    assert kept is not None
    assert (kept.credentials, kept.name) == (CIPHERTEXT, "Renamed")


@pytest.mark.parametrize("field", ["id", "created_at", "updated_at", "nonsense"])
async def test_read_only_fields_are_refused(client: httpx.AsyncClient, field: str) -> None:
    video = await make_video()
    answer = await client.patch(f"/api/videos/{video.id}", json={field: None})
    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {"field": field, "message": f"Object contains unknown field `{field}`"}
    ]
