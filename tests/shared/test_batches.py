"""Many rows in one request: all of them are made, or none is and the fault names its row."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from litestar import Litestar

from apps.catalog.tables import Video
from tests.accounts.callers import signed_in
from tests.database import value
from tests.factories import make_channel, make_conversation, make_user, make_video
from tests.shared.test_whole_lives import Life, every_table

Row = dict[str, Any]
PATH = "/api/videos/batch"


def videos(count: int) -> list[Row]:
    return [{"identifier": f"v{number}", "title": f"Title {number}"} for number in range(count)]


async def post(client: httpx.AsyncClient, items: Any, path: str = PATH) -> httpx.Response:
    return await client.post(path, json={"items": items})


def assert_problem(answer: httpx.Response, status: int, title: str, field: str, told: str) -> None:
    """`told` is what the detail says; validation says it after the name of the field."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    row = field.partition(".")[0]
    assert answer.json() == {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": f"{field if status == 400 else row}: {told}",
        "errors": [{"field": field, "message": told}],
    }


@pytest.mark.parametrize("count", [1, 2, 1000])
async def test_rows_are_made_in_their_order(client: httpx.AsyncClient, count: int) -> None:
    answer = await post(client, videos(count))
    assert answer.status_code == 201
    assert "etag" not in answer.headers
    made = answer.json()
    assert made.keys() == {"items"}
    assert [row["identifier"] for row in made["items"]] == [f"v{n}" for n in range(count)]
    listed = (await client.get("/api/videos?limit=200")).json()["items"]
    assert made["items"][:200] == listed
    assert await Video.count() == count


@pytest.mark.parametrize(
    ("body", "field", "told"),
    [
        ({"items": []}, "items", "Expected `array` of length >= 1"),
        ({"items": videos(1001)}, "items", "Expected `array` of length <= 1000"),
        ({}, "items", "Object missing required field `items`"),
        ({"items": None}, "items", "Expected `array`, got `null`"),
        ({"items": {"0": {}}}, "items", "Expected `array`, got `object`"),
        ({"items": videos(1), "more": 1}, "more", "Object contains unknown field `more`"),
        (videos(1), "body", "Expected `object`, got `array`"),
    ],
)
async def test_a_batch_is_an_object_of_1_to_1000_rows(
    client: httpx.AsyncClient, body: Any, field: str, told: str
) -> None:
    answer = await client.post(PATH, json=body)
    assert_problem(answer, 400, "Invalid request", field, told)
    assert await Video.count() == 0


async def test_rows_may_have_different_fields(client: httpx.AsyncClient) -> None:
    channel = await make_channel(name="One")
    first, second, third = videos(3)
    second |= {"channel_id": str(channel.id), "tags": ["a"], "metadata": {"b": None}}
    third |= {"description": None, "is_favorite": True}
    rows = (await post(client, [first, second, third])).json()["items"]
    assert [row["channel_name"] for row in rows] == [None, "One", None]
    assert [row["tags"] for row in rows] == [[], ["a"], []]
    assert [row["is_favorite"] for row in rows] == [False, False, True]
    assert [row["metadata"] for row in rows] == [{}, {"b": None}, {}]
    assert {row["status"] for row in rows} == {"discovered"}


TAKEN = "A video with this identifier already exists."
FAULTS: list[tuple[Any, int, str, str, str]] = [
    ({"title": 7}, 400, "Invalid request", ".title", "Expected `str`, got `int`"),
    ({"title": ""}, 400, "Invalid request", ".title", "Expected `str` of length >= 1"),
    ({"status": "x"}, 400, "Invalid request", ".status", "Invalid enum value 'x'"),
    (
        *({"tags": ["a", "t" * 101]}, 400, "Invalid request"),
        *(".tags[1]", "Expected `str` of length <= 100"),
    ),
    ({"title": None}, 400, "Invalid request", ".title", "Expected `str`, got `null`"),
    ({"nope": 1}, 400, "Invalid request", ".nope", "Object contains unknown field `nope`"),
    ({"id": "x"}, 400, "Invalid request", ".id", "Object contains unknown field `id`"),
    ({"title": ...}, 400, "Invalid request", ".title", "Object missing required field `title`"),
    ("row", 400, "Invalid request", "", "Expected `object`, got `str`"),
    ({"identifier": "there"}, 409, "Conflict", ".identifier", TAKEN),
    (
        *({"duration_seconds": -1}, 422, "Invalid"),
        *(".duration_seconds", "A duration cannot be negative."),
    ),
    (
        *({"channel_id": "019aa5b2-7f3c-7d51-8e02-3c4d5e6f7a8b"}, 422, "Invalid"),
        *(".channel_id", "No such channel."),
    ),
    (
        *({"title": "a\0"}, 422, "Invalid"),
        *("", "Text cannot contain the NUL character (U+0000)."),
    ),
]


@pytest.mark.parametrize("place", [0, 3, 6])
@pytest.mark.parametrize("case", FAULTS, ids=lambda case: f"{case[1]}{case[3]}")
async def test_one_bad_row_and_nothing_is_written(
    client: httpx.AsyncClient, place: int, case: tuple[Any, int, str, str, str]
) -> None:
    fault, status, title, field, told = case
    await make_video(identifier="there")
    items: list[Any] = videos(7)
    if isinstance(fault, dict):
        whole = items[place] | fault
        items[place] = {name: each for name, each in whole.items() if each is not ...}
    else:
        items[place] = fault
    answer = await post(client, items)
    assert_problem(answer, status, title, f"items[{place}]{field}", told)
    assert await value("SELECT array_agg(identifier::text) FROM videos") == ["there"]
    # The connection that was rolled back serves the next.
    assert (await post(client, videos(7))).status_code == 201


async def test_the_first_of_two_bad_rows_is_told(client: httpx.AsyncClient) -> None:
    items = videos(4)
    items[1] |= {"duration_seconds": -1}
    items[2] |= {"identifier": "v0"}
    assert_problem(
        await post(client, items),
        *(422, "Invalid", "items[1].duration_seconds", "A duration cannot be negative."),
    )
    twice = await post(client, [*videos(2), *videos(1)])
    assert_problem(twice, 409, "Conflict", "items[2].identifier", TAKEN)
    assert await Video.count() == 0


async def test_a_rule_over_several_columns_names_its_row(client: httpx.AsyncClient) -> None:
    items = videos(2)
    items[1] |= {"download_status": "complete"}
    answer = await post(client, items)
    told = "A complete download needs a cloud_url, the location of its file."
    assert_problem(answer, 422, "Invalid", "items[1].cloud_url", told)


@every_table
async def test_every_table_takes_a_batch(
    client: httpx.AsyncClient, live: Callable[[], Awaitable[Life]]
) -> None:
    table, bodies = live.__name__, [(await live()).body for _ in range(2)]
    taken = await post(client, [*bodies, {"nope": 1}], f"/api/{table}/batch")
    assert taken.status_code == 400
    assert {each["field"].partition(".")[0] for each in taken.json()["errors"]} == {"items[2]"}
    before = await value(f"SELECT count(*) FROM {table}")
    answer = await post(client, bodies[:1], f"/api/{table}/batch")
    assert answer.status_code == 201, answer.text
    (row,) = answer.json()["items"]
    assert bodies[0].items() <= row.items()
    assert (await client.get(f"/api/{table}/{row['id']}")).json() == row
    assert await value(f"SELECT count(*) FROM {table}") == before + 1


async def test_what_is_not_allowed_names_its_row_as_well(
    application: Litestar,
) -> None:
    async with signed_in(application) as callers:
        user = callers["user"]
        mine = (await user.post("/api/conversations", json={})).json()["id"]
        theirs = str((await make_conversation()).id)
        message = {"role": "user", "content": "Hello"}
        items = [{**message, "conversation_id": key} for key in (mine, theirs)]
        assert_problem(
            await post(user, items, "/api/messages/batch"),
            *(
                422,
                "Invalid",
                "items[1].conversation_id",
                "No such conversation.",
            ),
        )
        other = str((await make_user()).id)
        assert_problem(
            await post(user, [{}, {"user_id": other}], "/api/conversations/batch"),
            *(403, "Forbidden", "items[1].user_id"),
            "Only an administrator can write rows that are shared or someone else's.",
        )
        assert (await post(user, videos(1))).status_code == 403
        assert await value("SELECT count(*) FROM messages") == 0
        assert await value("SELECT count(*) FROM conversations") == 2
