"""What belongs to a row, over REST: pages of children, and the one row that there can be."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Litestar

from apps.shared.db.tables import Record
from tests import factories as make
from tests.factories import numbers

Maker = Callable[[Any], Awaitable[Record]]

OWNERS: dict[str, tuple[str, Callable[[], Awaitable[Record]]]] = {
    "channels": ("channel", make.make_channel),
    "videos": ("video", make.make_video),
    "transcripts": ("transcript", make.make_transcript),
    "conversations": ("conversation", make.make_conversation),
    "prompts": ("prompt", make.make_prompt),
    "generation_configs": ("generation config", make.make_generation_config),
    "moments": ("moment", make.make_moment),
    "clips": ("clip", make.make_clip),
    "transformation_presets": ("preset", make.make_preset),
    "music": ("piece of music", make.make_music),
    "processing_sessions": ("processing session", make.make_processing_session),
}


async def make_clip(video_id: UUID) -> Record:
    return await make.make_clip(await make.make_moment(video_id))


PAGES: dict[str, Maker] = {
    "channels/videos": lambda o: make.make_video(channel_id=o.id),
    "channels/statistics": lambda o: make.make_channel_statistics(o.id),
    "channels/publications": lambda o: make.make_publication(channel_id=o.id),
    "videos/transcripts": lambda o: make.make_transcript(o.id, language=f"l{next(numbers)}"),
    "videos/moments": lambda o: make.make_moment(o.id),
    "videos/clips": lambda o: make_clip(o.id),
    "videos/thumbnails": lambda o: make.make_thumbnail(video_id=o.id),
    "videos/pipeline_history": lambda o: make.make_pipeline_run(o.id),
    "videos/statistics": lambda o: make.make_video_statistics(o.id),
    "videos/publications": lambda o: make.make_publication(video_id=o.id),
    "transcripts/chunks": lambda o: make.make_chunk(o.id),
    "transcripts/generation_configs": lambda o: make.make_generation_config(transcript_id=o.id),
    "conversations/messages": lambda o: make.make_message(o.id),
    "prompts/generation_configs": lambda o: make.make_generation_config(o.id),
    "generation_configs/moments": lambda o: make.make_moment(generation_config_id=o.id),
    "generation_configs/pipeline_history": lambda o: make.make_pipeline_run(
        generation_config_id=o.id
    ),
    "moments/children": lambda o: make.make_moment(o.video_id, parent_id=o.id),
    "clips/publications": lambda o: make.make_publication(video_id=o.video_id, clip_id=o.id),
    "transformation_presets/publications": lambda o: make.make_publication(preset_id=o.id),
    "music/publications": lambda o: make.make_publication(music_id=o.id),
    "processing_sessions/processing_jobs": lambda o: make.make_processing_job(session_id=o.id),
}
TIMES = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 2, 3)]
# Relation → how a row is made, the column that it goes by, and its values in that order.
NATURAL: dict[str, tuple[Any, str, list[Any]]] = {
    "channels/videos": (
        lambda o, **v: make.make_video(channel_id=o.id, **v),
        "upload_date",
        [date(2026, 1, 3), date(2026, 1, 2), date(2026, 1, 1), None],
    ),
    "channels/statistics": (
        lambda o, **v: make.make_channel_statistics(o.id, **v),
        "recorded_at",
        [time + timedelta(hours=n) for n, time in enumerate(TIMES)],
    ),
    "videos/statistics": (
        lambda o, **v: make.make_video_statistics(o.id, **v),
        "recorded_at",
        [time + timedelta(hours=n) for n, time in enumerate(TIMES)],
    ),
    "videos/moments": (
        lambda o, **v: make.make_moment(o.id, **v),
        "start_time",
        [0.0, 1.5, 1.6, 2.0],
    ),
    "moments/children": (
        lambda o, **v: make.make_moment(o.video_id, parent_id=o.id, **v),
        "start_time",
        [0.0, 1.5, 1.6, 2.0],
    ),
    "videos/pipeline_history": (
        lambda o, **v: make.make_pipeline_run(o.id, **v),
        "started_at",
        [time - timedelta(hours=n) for n, time in enumerate(reversed(TIMES))],
    ),
    "transcripts/chunks": (lambda o, **v: make.make_chunk(o.id, **v), "chunk_index", [0, 1, 2, 3]),
    "conversations/messages": (
        lambda o, **v: make.make_message(o.id, **v),
        "created_at",
        [time + timedelta(hours=n) for n, time in enumerate(TIMES)],
    ),
}
ONE: dict[str, Maker] = {
    "moments/clip": make.make_clip,
    "clips/thumbnail": lambda o: make.make_thumbnail(clip_id=o.id),
}
AT_MOST_ONE = {"videos/thumbnails"}
LONG = sorted(PAGES.keys() - AT_MOST_ONE)


def test_every_relation_has_a_case(application: Litestar) -> None:
    relation = re.compile(r"/api/(\w+)/\{key:\w+\}/(\w+)")
    routes = {
        f"{found[1]}/{found[2]}"
        for route in application.routes
        if (found := relation.fullmatch(route.path)) and "GET" in route.methods
    }
    routes -= {"channels/configuration", "channels/credentials"}  # No rows of a table.
    assert routes == PAGES.keys() | ONE.keys()
    assert {route.split("/")[0] for route in routes} == OWNERS.keys()


async def make_owner(relation: str) -> Record:
    return await OWNERS[relation.split("/", maxsplit=1)[0]][1]()


def addresses(relation: str, owner: Record) -> list[str]:
    """By id and, where the owner has one, by identifier."""
    table, name = relation.split("/")
    keys = [owner.id, *([owner.identifier] if hasattr(owner, "identifier") else [])]
    return [f"/api/{table}/{key}/{name}" for key in keys]


async def in_own_list(client: httpx.AsyncClient, rows: list[Record]) -> list[Any]:
    """The rows as the list of their own table shows them, in its order."""
    path = f"/api/{rows[0]._meta.tablename}"
    wanted = {str(row.id) for row in rows}
    page = (await client.get(path, params={"limit": 200, "order": "id"})).json()
    return [item for item in page["items"] if item["id"] in wanted]


async def ids(client: httpx.AsyncClient, path: str, **params: Any) -> tuple[list[str], Any]:
    answer = await client.get(path, params={"order": "id", **params})
    assert answer.status_code == 200, answer.text
    page = answer.json()
    assert page.keys() == {"items", "next"}
    return [item["id"] for item in page["items"]], page["next"]


@pytest.mark.parametrize("relation", LONG)
async def test_pages_follow_one_another(client: httpx.AsyncClient, relation: str) -> None:
    owner, other = await make_owner(relation), await make_owner(relation)
    rows = []
    for _ in range(3):
        rows.append(await PAGES[relation](owner))
        await PAGES[relation](other)
    expected = await in_own_list(client, rows)
    assert [item["id"] for item in expected] == [str(row.id) for row in rows]
    for path in (f"{each}?order=id" for each in addresses(relation, owner)):
        first = (await client.get(f"{path}&limit=2")).json()
        assert first == {"items": expected[:2], "next": expected[1]["id"]}
        second = (await client.get(f"{path}&limit=2&cursor={first['next']}")).json()
        assert second == {"items": expected[2:], "next": None}
        assert (await client.get(path)).json() == {"items": expected, "next": None}
        exact = (await client.get(f"{path}&limit=3")).json()
        assert exact == {"items": expected, "next": None}


@pytest.mark.parametrize("relation", NATURAL)
async def test_without_an_order_rows_come_in_their_own(
    client: httpx.AsyncClient, relation: str
) -> None:
    make_one, column, values = NATURAL[relation]
    owner = await make_owner(relation)
    made = {n: await make_one(owner, **{column: values[n]}) for n in (2, 0, 3, 1)}
    for path in addresses(relation, owner):
        whole = (await client.get(path)).json()["items"]
        assert [item["id"] for item in whole] == [str(made[n].id) for n in range(4)]
        seen: list[str] = []
        following: dict[str, str] = {}
        for _ in whole:
            page = (await client.get(path, params={"limit": 1, **following})).json()
            seen += [item["id"] for item in page["items"]]
            following = {"cursor": page["next"]}
        assert page["next"] is None
        assert seen == [item["id"] for item in whole]


@pytest.mark.parametrize("relation", sorted(AT_MOST_ONE))
async def test_a_page_of_at_most_one_row(client: httpx.AsyncClient, relation: str) -> None:
    owner, other = await make_owner(relation), await make_owner(relation)
    row = await PAGES[relation](owner)
    await PAGES[relation](other)
    expected = {"items": await in_own_list(client, [row]), "next": None}
    for path in addresses(relation, owner):
        assert (await client.get(path, params={"limit": 1})).json() == expected


@pytest.mark.parametrize("relation", LONG)
async def test_a_page_is_one_statement_however_long(
    client: httpx.AsyncClient, queries: list[str], relation: str
) -> None:
    owner = await make_owner(relation)
    for count in (1, 50):
        rows = [await PAGES[relation](owner) for _ in range(count)]
        for path in addresses(relation, owner):
            queries.clear()
            found, _ = await ids(client, path, limit=200)
            assert len(queries) == 1
            assert found[-count:] == [str(row.id) for row in rows]
    assert len(found) == 51


@pytest.mark.parametrize("relation", LONG)
async def test_rows_come_and_go_between_two_pages(client: httpx.AsyncClient, relation: str) -> None:
    owner = await make_owner(relation)
    path = addresses(relation, owner)[-1]
    rows = [await PAGES[relation](owner) for _ in range(5)]
    first, cursor = await ids(client, path, limit=2)
    assert first == [str(row.id) for row in rows[:2]]
    assert cursor == first[1]
    for gone in (rows[0], rows[1], rows[3]):  # The cursor's own row among them.
        answer = await client.delete(f"/api/{gone._meta.tablename}/{gone.id}")
        assert answer.status_code == 204
    late = await PAGES[relation](owner)
    second = await ids(client, path, limit=2, cursor=cursor)
    assert second == ([str(rows[2].id), str(rows[4].id)], str(rows[4].id))
    assert await ids(client, path, limit=2, cursor=second[1]) == ([str(late.id)], None)


@pytest.mark.parametrize("relation", sorted(PAGES))
async def test_an_owner_without_rows(
    client: httpx.AsyncClient, queries: list[str], relation: str
) -> None:
    owner = await make_owner(relation)
    await PAGES[relation](await make_owner(relation))
    for path in addresses(relation, owner):
        queries.clear()
        answer = await client.get(path)
        assert (answer.status_code, answer.json()) == (200, {"items": [], "next": None})
        assert len(queries) == 1


@pytest.mark.parametrize("relation", sorted(PAGES | ONE))
async def test_an_owner_that_is_not_there(client: httpx.AsyncClient, relation: str) -> None:
    table, name = relation.split("/")
    noun, make_one = OWNERS[table]
    keys = [str(uuid4()), *(["nobody"] if hasattr(await make_one(), "identifier") else [])]
    for key in keys:
        answer = await client.get(f"/api/{table}/{key}/{name}")
        assert answer.status_code == 404
        assert answer.json()["detail"] == f"There is no {noun} {key}."


@pytest.mark.parametrize("relation", sorted(PAGES | ONE))
async def test_a_stranger_is_shown_nothing(anonymous: httpx.AsyncClient, relation: str) -> None:
    for path in addresses(relation, await make_owner(relation)):
        assert (await anonymous.get(path)).status_code == 401


@pytest.mark.parametrize("relation", sorted(ONE))
async def test_the_only_row(client: httpx.AsyncClient, queries: list[str], relation: str) -> None:
    table, name = relation.split("/")
    owner, other = await make_owner(relation), await make_owner(relation)
    await ONE[relation](other)
    noun = OWNERS[table][0]
    for path in addresses(relation, owner):
        answer = await client.get(path)
        assert answer.status_code == 404
        key = path.split("/")[3]
        assert answer.json()["detail"] == f"The {noun} {key} has no {name}."
    row = await ONE[relation](owner)
    (expected,) = await in_own_list(client, [row])
    for path in addresses(relation, owner):
        queries.clear()
        answer = await client.get(path)
        assert (answer.status_code, answer.json()) == (200, expected)
        assert len(queries) == 1
