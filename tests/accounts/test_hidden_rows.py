"""Somebody else's row is nowhere: it answers as one that does not exist, whatever is asked."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar import Litestar

from apps.configuration.services import get_configuration
from apps.shared.http.etags import compute_etag
from tests.accounts.callers import Callers, same, signed_in
from tests.accounts.matrix import CHANGES, PRIVATE, SECRET
from tests.accounts.test_matrix import controllers
from tests.database import fetch, insert
from tests.factories import (
    make_channel,
    make_channel_setting,
    make_chunk,
    make_setting,
    make_template,
    make_transcript,
    make_video,
)

NOTHING: dict[str, Any] = {"items": [], "next": None, "total": 0}


@pytest.fixture
async def callers(application: Litestar) -> AsyncIterator[Callers]:
    async with signed_in(application) as found:
        yield found


def filters_of(table: str, content: dict[str, Any]) -> list[dict[str, str]]:
    """Each that finds the row with this content."""
    found = []
    for name, field in controllers()[table].rows.fields.items():
        match content[name]:
            case None:
                found.append({f"{name}__isnull": "true"})
            case dict() | list() if field.codec.kind == "json":
                found.append({f"{name}__contains": json.dumps(content[name])})
            case list():
                pass
            case bool():
                found.append({name: str(content[name]).lower()})
            case value:
                found += [{name: str(value)}, {f"{name}__gte": str(value)}]
                found += [{f"{name}__in": str(value)}]
                found += [{f"{name}__contains": str(value)}] if field.codec.kind == "text" else []
    return found


@pytest.mark.parametrize("table", PRIVATE)
async def test_no_filter_finds_it_nor_counts_it(callers: Callers, table: str) -> None:
    row, path = await PRIVATE[table](callers.id("other")), f"/api/{table}"
    content = (await callers["other"].get(f"{path}/{row.id}")).json()
    filters = filters_of(table, content)
    assert len(filters) > 10
    for params in filters:
        params["count"] = "true"
        assert (await callers["other"].get(path, params=params)).json()["total"] == 1, params
        answer = await callers["user"].get(path, params=params)
        assert answer.status_code == 200
        assert answer.json() == NOTHING, params


@pytest.mark.parametrize("table", PRIVATE)
async def test_no_page_in_any_order_has_it(callers: Callers, table: str) -> None:
    mine, path = callers.id("user"), f"/api/{table}"
    rows = [await PRIVATE[table](who) for who in (mine, callers.id("other"), mine)]
    fields = controllers()[table].rows.fields.values()
    orders = [sign + field.name for field in fields if field.is_sortable for sign in ("", "-")]
    assert len(orders) >= 4
    for order in orders:
        params: dict[str, Any] = {"order": order, "fields": "id", "limit": 1, "count": "true"}
        first = (await callers["user"].get(path, params=params)).json()
        params["cursor"] = first["next"]
        second = (await callers["user"].get(path, params=params)).json()
        found = [row["id"] for page in (first, second) for row in page["items"]]
        assert sorted(found) == sorted([str(rows[0].id), str(rows[2].id)])
        assert [first["total"], second["total"], second["next"]] == [2, 2, None]
        told = first["next"]
        if order != "id":  # Then it is just the last row's.
            told = base64.urlsafe_b64decode(told).decode()
        assert str(rows[1].id) not in told


@pytest.mark.parametrize("table", PRIVATE)
async def test_a_cursor_at_it_is_one_at_nothing(callers: Callers, table: str) -> None:
    mine, path = callers.id("user"), f"/api/{table}"
    rows = [await PRIVATE[table](who) for who in (mine, callers.id("other"), mine)]
    unknown = UUID(int=rows[1].id.int + 1)
    at_it = await callers["user"].get(path, params={"order": "id", "cursor": str(rows[1].id)})
    assert [row["id"] for row in at_it.json()["items"]] == [str(rows[2].id)]
    at_nothing = await callers["user"].get(path, params={"order": "id", "cursor": str(unknown)})
    same(at_it, rows[1].id, at_nothing, unknown)


@pytest.mark.parametrize("headers", [{}, {"If-Match": "*"}, {"If-Match": "TAG"}])
@pytest.mark.parametrize("table", PRIVATE)
async def test_it_answers_as_one_that_does_not_exist(
    callers: Callers, table: str, headers: dict[str, str]
) -> None:
    row, unknown, client = await PRIVATE[table](callers.id("other")), uuid4(), callers["user"]
    before = await fetch(f"SELECT * FROM {table}")
    got = await callers["other"].get(f"/api/{table}/{row.id}")
    assert got.headers["etag"] == compute_etag(got.content)
    headers = {name: value.replace("TAG", got.headers["etag"]) for name, value in headers.items()}
    one, none = f"/api/{table}/{row.id}", f"/api/{table}/{unknown}"
    seen = {"If-None-Match": headers.get("If-Match", "")}
    read = await client.get(one, headers=seen)
    same(read, row.id, await client.get(none, headers=seen), unknown)
    change = {"json": CHANGES[table], "headers": headers}
    patched = await client.patch(one, **change)  # type: ignore[arg-type]
    same(patched, row.id, await client.patch(none, **change), unknown)  # type: ignore[arg-type]
    empty = await client.patch(one, json={}, headers=headers)
    same(empty, row.id, await client.patch(none, json={}, headers=headers), unknown)
    gone = await client.delete(one, headers=headers)
    same(gone, row.id, await client.delete(none, headers=headers), unknown)
    assert {answer.status_code for answer in (read, patched, empty, gone)} == {404}
    assert await fetch(f"SELECT * FROM {table}") == before


async def test_relations_have_it_not(callers: Callers) -> None:
    transcript = await make_transcript(user_id=callers.id("other"))
    await make_chunk(transcript.id)
    path = f"/api/videos/{transcript.video_id}/transcripts?count=true"
    assert (await callers["other"].get(path)).json()["total"] == 1
    assert (await callers["user"].get(path)).json() == NOTHING


async def test_a_private_chunk_of_a_shared_transcript_is_nowhere(callers: Callers) -> None:
    transcript = await make_transcript()
    shared = await make_chunk(transcript.id)
    hidden = await make_chunk(transcript.id, user_id=callers.id("other"))
    path = f"/api/transcripts/{transcript.id}/chunks?count=true"
    for caller, expected in (("user", [shared.id]), ("other", [shared.id, hidden.id])):
        page = (await callers[caller].get(path)).json()
        assert [row["id"] for row in page["items"]] == [str(each) for each in expected]
        assert page["total"] == len(expected)


@pytest.mark.parametrize(
    ("owner", "relation"), [("transcripts", "chunks"), ("conversations", "messages")]
)
async def test_its_relations_answer_as_those_of_nothing(
    callers: Callers, owner: str, relation: str
) -> None:
    row, unknown = await PRIVATE[owner](callers.id("other")), uuid4()
    hidden = await callers["user"].get(f"/api/{owner}/{row.id}/{relation}?count=true")
    nothing = await callers["user"].get(f"/api/{owner}/{unknown}/{relation}?count=true")
    assert hidden.status_code == 404
    same(hidden, row.id, nothing, unknown)


@pytest.mark.parametrize("params", [{}, {"language": "de"}, {"video": "seen"}])
async def test_a_search_tells_nothing_of_it(callers: Callers, params: dict[str, str]) -> None:
    """Not even in which languages there are hidden transcripts, nor that there are any."""
    video = await make_video(identifier="seen")
    asked = {"q": "hello", **params}
    before = (await callers["user"].get("/api/search", params=asked)).json()
    transcript = await make_transcript(video.id, user_id=callers.id("other"), language="de")
    await make_chunk(transcript.id)
    assert (await callers["other"].get("/api/search", params=asked)).json()["total"] == 1
    assert (await callers["user"].get("/api/search", params=asked)).json() == before


async def test_a_template_is_somebodys_own_only(callers: Callers) -> None:
    rows = [await make_template(user_id=callers.ids[who]) for who in ("everybody", "user", "other")]
    for caller, seen in (("user", rows[:2]), ("other", rows[::2]), ("administrator", rows)):
        page = (await callers[caller].get("/api/templates?count=true")).json()
        assert [row["id"] for row in page["items"]] == [str(row.id) for row in seen]
        assert page["total"] == len(seen)


async def test_secrets_are_in_no_answer_and_cannot_be_asked_for(callers: Callers) -> None:
    channel = await make_channel(credentials=SECRET)
    secret = {"key": "model_api_key", "value": f'"{SECRET}"', "encrypted": True}
    await make_channel_setting(channel.id, **secret)
    await make_setting(**secret)
    await get_configuration().load()
    client = callers["administrator"]
    for params, refusal in (
        ({"credentials": SECRET}, "Unknown parameter."),
        ({"order": "credentials"}, "There is no "),
        ({"fields": "credentials"}, "There is no "),
    ):
        answer = await client.get("/api/channels", params=params)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["message"].startswith(refusal)
    for path in ("/api/configuration", f"/api/channels/{channel.id}/configuration"):
        answer = await client.get(path)
        assert answer.status_code == 200
        assert SECRET not in answer.text


async def test_a_chunk_that_plain_sql_writes_is_hidden_by_its_transcript(callers: Callers) -> None:
    transcript = await make_transcript(user_id=callers.id("other"))
    await insert("chunks", transcript_id=transcript.id, chunk_text="hello", chunk_index=0)
    for path in ("/api/search?q=hello", "/api/chunks"):
        assert (await callers["user"].get(path)).json()["items"] == []
        assert len((await callers["other"].get(path)).json()["items"]) == 1
