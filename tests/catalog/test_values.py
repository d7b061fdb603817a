"""Values go in and come out unchanged, or are refused with a sentence."""

import random
from typing import Any

import httpx
import pytest

from tests.database import value
from tests.factories import make_video

JSON_VALUES: list[Any] = [
    {},
    {"": ""},
    {"null": None, "true": True, "nothing": [], "empty": {}},
    {"deep": {"er": [{"and": [[["deeper"]]]}]}},
    {
        "日本語": "ไทย",
        "emoji": "👩‍👩‍👧‍👦",
        "rtl": "שלום",
        "lines": "a\nb\tc\r\u2028\u2029",
        "quote": "\"'\\",
    },
    {"big": 2**53 + 1, "bigger": 2**63 - 1, "biggest": 2**200, "negative": -(2**70)},
    {"float": 0.1, "tiny": 5e-324, "large": 1e15, "exponent": 1e22},
    {"control": "\x01\x1f\x7f", "sql": "'; DROP TABLE videos; --", "brace": "{} $1 %s"},
    {"long": "x" * 100_000},
    {f"key-{number}": number for number in range(1000)},
]

TAGS = [
    [],
    [""],
    ["plain", "two words", "comma,comma"],
    ['quote"', "back\\slash", "{braces}", "NULL", "null", " "],
    ["日本語", "👍", "a\nb"],
    ["x" * 100],
    [f"tag-{number}" for number in range(500)],
]


async def written(client: httpx.AsyncClient, **values: Any) -> dict[str, Any]:
    """The video as it is answered by the write; reading it again must say the same."""
    body = {"identifier": "one", "title": "One", **values}
    answer = await client.post("/api/videos", json=body)
    assert answer.status_code == 201, answer.text
    row: dict[str, Any] = answer.json()
    assert (await client.get("/api/videos/one")).json() == row
    assert (await client.get("/api/videos")).json()["items"] == [row]
    return row


@pytest.mark.parametrize("content", JSON_VALUES)
async def test_json_comes_back(client: httpx.AsyncClient, content: Any) -> None:
    row = await written(client, metadata=content, processing_history=[content, 1, None])
    assert row["metadata"] == content
    assert row["processing_history"] == [content, 1, None]
    changed = await client.patch("/api/videos/one", json={"metadata": {}})
    assert changed.json()["metadata"] == {}
    changed = await client.patch("/api/videos/one", json={"metadata": content})
    assert changed.json()["metadata"] == content


@pytest.mark.parametrize("tags", TAGS)
async def test_arrays_come_back(client: httpx.AsyncClient, tags: list[str]) -> None:
    assert (await written(client, tags=tags))["tags"] == tags
    assert await value("SELECT tags FROM videos") == tags


@pytest.mark.parametrize("day", ["0001-01-02", "1969-12-31", "2024-02-29", "9999-12-30", None])
async def test_dates_come_back(client: httpx.AsyncClient, day: str | None) -> None:
    assert (await written(client, upload_date=day))["upload_date"] == day


@pytest.mark.parametrize(
    ("field", "content"),
    [
        ("file_size_bytes", 2**63 - 1),
        ("file_size_bytes", 0),
        ("duration_seconds", 0.1 + 0.2),
        ("duration_seconds", 1e-300),
        ("frame_rate", 23.976023976023978),
        ("title", "null"),
        ("description", "null"),
        ("description", "1"),
        ("title", "  spaces, \"quotes\", 'apostrophes', ünïcödé 👍 \n"),
        ("description", "x" * 1_000_000),
        ("video_codec", "c" * 50),
        ("is_favorite", True),
    ],
)
async def test_values_come_back(client: httpx.AsyncClient, field: str, content: Any) -> None:
    assert (await written(client, **{field: content}))[field] == content


async def test_a_url_of_any_length_is_read_back(client: httpx.AsyncClient) -> None:
    # Too irregular to be compressed below what a btree takes.
    url = "https://example.org/?" + random.Random(1).randbytes(10_000).hex()
    assert (await written(client, source_url=url, cloud_url=url))["source_url"] == url


@pytest.mark.parametrize(
    ("field", "content"),
    [
        ("title", 1),
        ("title", ""),
        ("description", ""),
        ("title", ["a"]),
        ("metadata", []),
        ("metadata", "{}"),
        ("metadata", None),
        ("processing_history", {}),
        ("tags", None),
        ("tags", "a"),
        ("tags", [None]),
        ("tags", [1]),
        ("tags", ["x" * 101]),
        ("upload_date", "2023-02-29"),
        ("upload_date", "20230201"),
        ("upload_date", "yesterday"),
        ("file_size_bytes", 2**63),
        ("file_size_bytes", 1.5),
        ("is_favorite", None),
        ("is_favorite", "yes"),
        ("video_codec", "c" * 51),
        ("channel_id", "not-a-uuid"),
        ("status", None),
    ],
)
async def test_values_of_a_wrong_kind(client: httpx.AsyncClient, field: str, content: Any) -> None:
    video = await make_video()
    answer = await client.patch(f"/api/videos/{video.id}", json={field: content})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"].startswith(field)


UNREADABLE = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"text"',
    b'{"title": "\xff"}',
    b'{"title": "\\ud800"}',
    b'{"duration_seconds": 1e999}',
    b'{"duration_seconds": NaN}',
    b'{"metadata": {"digits": ' + b"9" * 5000 + b"}}",
    b'{"metadata": {"nested": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
]


@pytest.mark.parametrize("body", UNREADABLE, ids=range(len(UNREADABLE)))
async def test_a_body_that_is_not_what_is_wanted(client: httpx.AsyncClient, body: bytes) -> None:
    video = await make_video()
    headers = {"Content-Type": "application/json"}
    answer = await client.patch(f"/api/videos/{video.id}", content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["detail"]


@pytest.mark.parametrize("values", [{"title": "a\0b"}, {"metadata": {"a": "\0"}}, {"tags": ["\0"]}])
async def test_a_zero_character_is_refused(
    client: httpx.AsyncClient, values: dict[str, Any]
) -> None:
    answer = await client.post("/api/videos", json={"identifier": "one", "title": "One", **values})
    assert answer.status_code == 422
    assert "NUL" in answer.json()["detail"]
    assert await value("SELECT count(*) FROM videos") == 0
