"""Pages that stay whole while rows come and go, and writes that change only what is sent."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from apps.accounts.callers import Caller
from apps.accounts.tables import Session
from apps.catalog.controllers import ChannelController, VideoController
from apps.catalog.repositories import ChannelRepository
from apps.catalog.tables import Channel
from apps.moments.controllers import ClipController, MomentController
from apps.shared.db.repositories import Repository, parse_key
from apps.shared.db.tables import ChangingRecord, names
from apps.shared.errors import NotFound
from apps.shared.http.reading import Owner
from apps.shared.rows.filters import Condition
from apps.shared.rows.queries import RowQuery
from tests import factories
from tests.factories import make_channel, make_clip, make_moment, make_transcript, make_video
from tests.shared.test_whole_lives import controllers

channels, videos = ChannelController.rows, VideoController.rows
moments, clips = MomentController.rows, ClipController.rows


ADMINISTRATOR = Caller(id=uuid4(), email="a@example.org", admin=True, is_superuser=False)
"""Who asks, where it does not matter."""


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


async def test_a_page_without_filters_has_no_parameters(
    client: httpx.AsyncClient, queries: list[str]
) -> None:
    """So PostgreSQL keeps its plan; planning takes a quarter of a page's time."""
    for query in ("", "limit=7", "order=-upload_date", "fields=title&count=true"):
        queries.clear()
        assert (await client.get(f"/api/videos?{query}")).status_code == 200
        assert not any("$" in each for each in queries)


async def test_a_write_costs_one_query(client: httpx.AsyncClient, queries: list[str]) -> None:
    made = await client.post("/api/channels", json={"name": "new"})
    assert (made.status_code, len(queries)) == (201, 1)
    path = f"/api/channels/{made.json()['id']}"
    await client.patch(path, json={"name": "newer"})
    assert len(queries) == 2
    await client.delete(path)
    assert len(queries) == 3


async def test_update_answers_the_row_as_it_is_now(queries: list[str]) -> None:
    repository = ChannelRepository()
    made = await repository.create(name="old")
    queries.clear()
    changed = await repository.update(made.id, name="new", status="paused")
    assert len(queries) == 1
    assert (changed.id, changed.name, changed.status) == (made.id, "new", "paused")
    assert changed.updated_at > made.updated_at
    assert (await repository.get(made.id)).to_dict() == changed.to_dict()


async def test_create_answers_the_row_with_what_the_database_filled_in() -> None:
    made = await channels.create(ADMINISTRATOR, {"name": "new", "settings": {"a": [1]}})
    row = json.loads(made)
    kept = await ChannelRepository().get(UUID(row["id"]))
    assert (row["name"], row["settings"], row["status"]) == ("new", {"a": [1]}, "active")
    assert made == await channels.get(ADMINISTRATOR, kept.id)
    assert "credentials" not in row


async def test_update_changes_only_what_is_given() -> None:
    video = await make_video(title="before", description="kept", tags=["a"])
    changed = await videos.update(ADMINISTRATOR, video.id, {"title": "after"})
    row = json.loads(changed)
    assert (row["title"], row["description"], row["tags"]) == ("after", "kept", ["a"])
    assert await videos.update(ADMINISTRATOR, video.id, {}) == changed


Factory = Callable[..., Awaitable[Any]]
Kind = type[Repository[Any]]


async def make_session() -> Session:
    user = await factories.make_user()
    session = Session(user_id=user.id, token_hash=uuid4().hex * 2)
    await session.save()
    return session


ROWS: dict[str, tuple[Factory, dict[str, Any]]] = {
    "user": (factories.make_user, {"admin": True}),
    "session": (make_session, {"name": "new"}),
    "processing session": (factories.make_processing_session, {"name": "new"}),
    "processing job": (factories.make_processing_job, {"progress": 0.5, "result": "[1]"}),
    "channel": (make_channel, {"handle": "@new", "status": "paused"}),
    "video": (make_video, {"tags": ["new"], "metadata": '{"a": 1}'}),
    "setting": (factories.make_setting, {"value": "[2]"}),
    "channel setting": (factories.make_channel_setting, {"value": "2"}),
    "record of channel statistics": (factories.make_channel_statistics, {"view_count": 2**40}),
    "record of video statistics": (factories.make_video_statistics, {"view_count": None}),
    "transcript": (make_transcript, {"language": "de", "is_primary": True}),
    "chunk": (factories.make_chunk, {"chunk_text": "new", "token_count": 3}),
    "conversation": (factories.make_conversation, {"title": None}),
    "message": (factories.make_message, {"content": "new", "role": "system"}),
    "template": (factories.make_template, {"variables": '["new"]'}),
    "prompt": (factories.make_prompt, {"user_prompt": "new"}),
    "generation config": (factories.make_generation_config, {"top_k": 7, "top_p": 0.5}),
    "moment": (make_moment, {"title": "new", "score": 10}),
    "clip": (make_clip, {"padding_left": 0.5, "format": "mp4"}),
    "thumbnail": (factories.make_thumbnail, {"file_size_bytes": 2**40}),
    "pipeline run": (factories.make_pipeline_run, {"status": "partial"}),
    "preset": (factories.make_preset, {"parameters": '{"zoom": 2}'}),
    "piece of music": (factories.make_music, {"title": None}),
    "publication": (factories.make_publication, {"status": "failed"}),
}
"""By the noun of their repository: how one is made, and what is changed in it."""


def kinds(of: Kind = Repository) -> dict[str, Kind]:
    """Every repository of the program, by its noun; tests may have made others."""
    found: dict[str, Kind] = {}
    for kind in of.__subclasses__():
        if not kind.__module__.startswith("apps."):
            continue
        found |= {kind.noun: kind} if hasattr(kind, "noun") else kinds(kind)
    return found


KEY = UUID("019aa5b2-7f3c-7d51-8e02-3c4d5e6f7a8b")

DERIVED = {"prompt_hash", "config_hash"}
"""What PostgreSQL works out anew from other columns."""


def columns(row: Any) -> dict[str, Any]:
    return {name: row[name] for name in names(row._meta.columns)}


BY_THE_PROGRAM = {"audit entry", "figure", "finding"}
"""What nobody else writes: their apps' own tests are about that."""


def test_no_repository_is_left_out() -> None:
    assert kinds().keys() == ROWS.keys() | BY_THE_PROGRAM


# A user is created with a real hash: the accounts' own tests do it once.
@pytest.mark.parametrize("noun", [noun for noun in ROWS if noun != "user"])
async def test_every_repository_creates_gets_changes_and_deletes(noun: str) -> None:
    kind, (make, changes) = kinds()[noun], ROWS[noun]
    rows, made, other = kind(), await make(), await make()
    kept = columns(await rows.get(other.id))
    before = columns(await rows.get(made.id))
    await rows.delete(made.id)
    given = {name: before[name] for name in before if name not in {"id", "created_at"} | DERIVED}
    created = await rows.create(**given)
    assert isinstance(created, kind.table)
    assert created.id not in (made.id, other.id)
    assert columns(created) == columns(await rows.get(created.id))
    same = before.keys() - {"id", "created_at"}
    assert {name: created[name] for name in same} == {name: before[name] for name in same}
    changed = await rows.update(created.id, **changes)
    moved = {"updated_at"} & before.keys() | DERIVED
    expected = {**columns(created), **changes}
    found = columns(changed)
    assert {n: found[n] for n in found if n not in moved} == {
        n: expected[n] for n in expected if n not in moved
    }
    assert found == columns(await rows.get(created.id))
    if "updated_at" in found:
        assert isinstance(created, ChangingRecord)
        assert found["updated_at"] > created.updated_at
    await rows.delete(created.id)
    assert columns(await rows.get(other.id)) == kept
    assert await kind.table.count() == 1


@pytest.mark.parametrize("noun", ROWS)
async def test_every_repository_says_what_is_not_there(noun: str) -> None:
    rows, (_, changes), key = kinds()[noun](), ROWS[noun], uuid4()
    attempts: list[Awaitable[Any]] = [rows.get(key), rows.update(key, **changes), rows.delete(key)]
    shown = [each.rows for each in controllers().values() if each.rows.noun == noun]
    assert len(shown) == (noun not in {"user", "session", "setting", "channel setting"})
    for each in shown:
        attempts += [
            *(each.find_id(ADMINISTRATOR, key), each.get(ADMINISTRATOR, key)),
            *(each.update(ADMINISTRATOR, key, {}), each.delete(ADMINISTRATOR, key)),
            each.update(ADMINISTRATOR, key, {"created_at": datetime.now(UTC)}),
            *(each.update(ADMINISTRATOR, key, {}, "*"), each.delete(ADMINISTRATOR, key, "*")),
        ]
    for attempt in attempts:
        with pytest.raises(NotFound) as raised:
            await attempt
        assert raised.value.message == f"There is no {noun} {key}."


@pytest.mark.parametrize(
    ("key", "is_id"),
    [
        *((str(KEY), True), (str(KEY).upper(), True), (KEY, True)),
        *((KEY.hex, False), (f"{{{KEY}}}", False), (f"urn:uuid:{KEY}", False)),
        *((f" {KEY}", False), (f"{KEY}0", False), ("----" + KEY.hex, False)),
        *(("dQw4w9WgXcQ", False), ("", False), ("日本語", False)),
    ],
)
def test_a_key_is_an_id_in_its_usual_form_only(key: UUID | str, is_id: bool) -> None:
    assert parse_key(key) == (KEY if is_id else key)
    assert isinstance(parse_key(key), UUID) is is_id


async def test_a_row_is_found_by_either_of_its_keys(queries: list[str]) -> None:
    made = await make_moment()
    await make_moment()
    queries.clear()
    for key in (made.id, made.identifier):
        assert await moments.find_id(ADMINISTRATOR, key) == made.id
        assert json.loads(await moments.get(ADMINISTRATOR, key))["id"] == str(made.id)
    assert len(queries) == 4


async def test_the_only_row_of_an_owner(queries: list[str]) -> None:
    moment, bare = await make_moment(), await make_moment()
    clip = await make_clip(moment)
    await make_clip()

    async def get(key: UUID | str) -> bytes:
        return await clips.get_related(ADMINISTRATOR, Owner(moments, key, "moment_id"))

    queries.clear()
    for key in (moment.id, moment.identifier):
        assert json.loads(await get(key))["id"] == str(clip.id)
    assert len(queries) == 2
    for key in (bare.id, bare.identifier):
        with pytest.raises(NotFound) as raised:
            await get(key)
        assert raised.value.message == f"The moment {key} has no clip."
    for key in (uuid4(), "0123456789abcdef"):
        with pytest.raises(NotFound) as raised:
            await get(key)
        assert raised.value.message == f"There is no moment {key}."


async def test_the_pages_of_an_owner_have_its_rows_only(queries: list[str]) -> None:
    video, empty = await make_video(identifier="full"), await make_video(identifier="empty")
    made = [str((await make_moment(video.id)).id) for _ in range(3)]
    await make_moment()

    async def page(key: UUID | str, **options: Any) -> tuple[list[str], str | None]:
        query, owner = RowQuery("moments", **options), Owner(videos, key, "video_id")
        found = json.loads(await moments.page(ADMINISTRATOR, query, owner))
        return [row["id"] for row in found["items"]], found["next"]

    queries.clear()
    for key in (video.id, "full"):
        assert await page(key) == (made, None)
        assert await page(key, limit=2) == (made[:2], made[1])
        assert await page(key, limit=2, cursor=made[1]) == (made[2:], None)
        assert await page(key, cursor=made[2]) == ([], None)
    assert await page("empty") == ([], None)
    assert await page(empty.id, conditions=[Condition("t.title = {}", ("Moment",))]) == ([], None)
    assert len(queries) == 10
    for key in (uuid4(), "nobody"):
        with pytest.raises(NotFound) as raised:
            await page(key)
        assert raised.value.message == f"There is no video {key}."
