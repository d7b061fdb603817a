"""Listings, as the page asks for them: what is shown, offered, filtered, ordered and exported."""

import json
import tracemalloc
from typing import Any

import httpx
import pytest
from litestar import Litestar
from piccolo.columns import JSON, Column
from piccolo.conf.apps import Finder
from piccolo.table import Table

from apps.shared.admin_view import AdminView
from piccolo_project.admin.columns import is_hidden
from piccolo_project.admin.listings import LENGTH
from piccolo_project.admin.pages import LARGE_AT_ONCE, ROWS_AT_ONCE
from piccolo_project.admin.tables import LISTINGS
from tests import factories as make
from tests.admin.rows import TABLES, fill_all_tables
from tests.database import execute, fetch, insert
from tests.exchange.whole_library import without_triggers

ALL = [(table, listing) for group in LISTINGS.values() for table, listing in group.items()]
IDS = [table._meta.tablename for table, _ in ALL]
SECRETS = ("password", "token_hash", "credentials", "secret", "recovery_codes", "answer")
HASHES = ("search_vector", "prompt_hash", "config_hash", "fingerprint", "written")
OPERATORS = "must be one of lt, lte, gt, gte, e, ne, is_null, not_null."
PAGES = "__page must be a whole number from 1 to 10000000."
PAGE = {"__readable": "true", "__page": "1", "__page_size": "25"}


def test_every_table_has_its_view() -> None:
    missing = {table.__name__ for table in Finder().get_table_classes()} - {
        table.__name__ for table, _ in ALL
    }
    assert not missing, f"Declare an AdminView in the admin.py of their app: {sorted(missing)}"


def column(table: type[Table], name: str) -> Column:
    return table._meta.get_column_by_name(name.removeprefix("-"))


async def listed(admin: httpx.AsyncClient, table: str, **asked: Any) -> list[dict[str, Any]]:
    answer = await admin.get(f"api/tables/{table}/", params={**PAGE, **asked})
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["rows"]
    return rows


@pytest.mark.parametrize(("table", "listing"), ALL, ids=IDS)
def test_what_is_listed_and_offered(table: type[Table], listing: AdminView) -> None:
    names = f"{listing.shown} {listing.filters} {listing.order}".split()
    for each in (column(table, name) for name in names):
        assert not is_hidden(each)
        assert not each._meta.secret
    for each in (column(table, name) for name in listing.filters.split()):
        assert not isinstance(each, JSON)
        assert not each._meta.primary_key
    assert "id" not in listing.shown.split()


@pytest.mark.parametrize(("table", "listing"), ALL, ids=IDS)
async def test_an_index_serves_the_order(table: type[Table], listing: AdminView) -> None:
    """In the same direction, or all the other way round."""
    names = [name.removeprefix("-") for name in listing.order.split()]
    assert len({name.startswith("-") for name in listing.order.split()}) == 1
    rows = await fetch(
        "SELECT array_agg(a.attname::text ORDER BY k.n) AS columns FROM pg_index i, "
        "unnest(i.indkey) WITH ORDINALITY AS k(attnum, n), pg_attribute a "
        "WHERE i.indrelid = $1::regclass AND i.indpred IS NULL AND a.attrelid = i.indrelid "
        "AND a.attnum = k.attnum GROUP BY i.indexrelid",
        table._meta.tablename,
    )
    assert any(row["columns"][: len(names)] == names for row in rows)


@pytest.mark.parametrize("table", TABLES)
async def test_no_secret_and_no_hash_is_anywhere(admin: httpx.AsyncClient, table: str) -> None:
    await fill_all_tables()
    await without_triggers(REACHABLE)
    path = f"api/tables/{table}/"
    schema = (await admin.get(f"{path}schema/")).json()
    shown = {*schema["properties"], *(await admin.get(f"{path}new/")).json()}
    for size in ("25", "1000"):
        rows = await listed(admin, table, __page_size=size)
        assert rows
        shown |= {name for row in rows for name in row}
    for row in await fetch(f"SELECT id FROM {table}"):
        shown |= (await admin.get(f"{path}{row['id']}/")).json().keys()
    allowed = {"password"} if table == "users" else set()
    assert shown & {*SECRETS, *HASHES} == allowed
    assert schema["properties"].keys() & {*SECRETS, *HASHES} == allowed


REACHABLE = """
UPDATE users SET active = true;
UPDATE videos SET upload_date = '0044-03-15';
UPDATE processing_jobs SET created_at = '-infinity';
UPDATE video_statistics SET recorded_at = '9999-12-31 23:59:59.999999+00'"""


@pytest.mark.parametrize(("table", "listing"), ALL, ids=IDS)
async def test_a_row_of_each_can_be_opened(
    admin: httpx.AsyncClient, table: type[Table], listing: AdminView
) -> None:
    """By a link with words in it; nothing in the listing is longer than it shows."""
    await fill_all_tables()
    await without_triggers(REACHABLE)
    for row in await listed(admin, table._meta.tablename):
        link = row[listing.shown.split()[0]]
        assert str(link).strip() not in {"", "None"}
        names = {"id", *listing.shown.split()}
        readable = {f"{name}_readable" for name in names if name.endswith("_id")}
        assert names <= row.keys() <= names | readable
        for name, value in row.items():
            is_json = isinstance(table._meta.get_column_by_name(name), JSON) if name in names else 0
            assert is_json or not isinstance(value, str) or len(value) <= LENGTH


@pytest.mark.parametrize("title", [None, "", "  "])
async def test_a_row_without_a_title_has_a_link(
    admin: httpx.AsyncClient, title: str | None
) -> None:
    conversation = await make.make_conversation(title=title)
    await make.make_message(conversation.id)
    assert (await listed(admin, "conversations"))[0]["title"] == "(no title)"
    assert (await listed(admin, "messages"))[0]["conversation_id_readable"].strip() != ""
    exported = await listed(admin, "conversations", __page_size="1000")
    assert exported[0]["title"] == title


@pytest.mark.parametrize(
    ("table", "query", "sentence"),
    [
        ("videos", "__readable=x", "__readable must be true."),
        (
            "videos",
            "title__operator=e&title__operator=ne",
            f"title__operator {OPERATORS}",
        ),
        ("videos", "__page=" + "9" * 5000, PAGES),
        ("videos", "__page=x", PAGES),
        ("videos", "__page=-1", PAGES),
        ("videos", "__page=0", PAGES),
        ("videos", "__page_size=0", "__page_size must be a whole number from 1 to 1000."),
        ("videos", "__page_size=1001", "__page_size must be a whole number from 1 to 1000."),
        ("videos", "__order=-nothing", "__order cannot use the column 'nothing'."),
        ("videos", "__visible_fields=a", "__visible_fields cannot use the column 'a'."),
        ("videos", "nothing=1", "A filter cannot use the column 'nothing'."),
        ("videos", "metadata={}", "A filter cannot use the column 'metadata'."),
        ("prompts", "prompt_hash=a", "A filter cannot use the column 'prompt_hash'."),
        ("channels", "credentials__match=starts", "A filter cannot use the column 'credentials'."),
        ("sessions", "__order=token_hash", "__order cannot use the column 'token_hash'."),
        ("videos", "channel_id=1", "channel_id must be the id of a row."),
        ("videos", "channel_id=", "channel_id is empty; to find rows without one, send channel_id"),
        ("videos", "is_favorite=2", "is_favorite must be true or false."),
        ("videos", "upload_date=today", "upload_date must be a date such as 2024-02-29."),
        ("videos", "duration_seconds=nan", "duration_seconds must be a number."),
        (
            "videos",
            "file_size_bytes=9223372036854775808",
            "file_size_bytes must be a whole number fro",
        ),
        (
            "videos",
            "created_at=2024-02-29",
            "created_at must be a time from year 1 to 9999 with",
        ),
        (
            "videos",
            "title__match=regex",
            "title__match must be one of contains, exact, st",
        ),
        (
            "videos",
            "duration_seconds__operator=like",
            f"duration_seconds__operator {OPERATORS}",
        ),
        ("videos", "title=%00", "title cannot contain the NUL character (U+0000)."),
    ],
)
@pytest.mark.parametrize("how", ["", "count/"])
async def test_what_is_asked_wrongly(
    admin: httpx.AsyncClient, table: str, query: str, sentence: str, how: str
) -> None:
    answer = await admin.get(f"api/tables/{table}/{how}?{query}")
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text.startswith(sentence)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("title=100%", {"100% sure"}),
        ("title=UNDER_score", {"under_score"}),
        ("title=\\", {"back\\"}),
        ("title=back&title__match=starts", {"back\\"}),
        ("title=\\&title__match=ends", {"back\\"}),
        ("title=100% sure&title__match=exact", {"100% sure"}),
        ("title=null", {"null"}),
        ("tags=a, b", {"under_score"}),
        ("duration_seconds=10&duration_seconds__operator=gte", {"null", "100% sure"}),
        ("duration_seconds__operator=is_null", {"under_score", "back\\"}),
        ("status=failed&is_favorite=true", {"100% sure"}),
        ("created_at=2024-02-29T12:30:00Z&created_at__operator=lt", set[str]()),
    ],
)
async def test_filters(admin: httpx.AsyncClient, query: str, expected: set[str]) -> None:
    await make.make_video(
        title="100% sure", duration_seconds=10.0, status="failed", is_favorite=True
    )
    await make.make_video(title="under_score", tags=["a, b"])
    await make.make_video(title="back\\", is_favorite=True)
    await make.make_video(title="null", duration_seconds=11.5)
    params = dict(part.split("=", 1) for part in query.split("&"))
    assert {row["title"] for row in await listed(admin, "videos", **params)} == expected
    count = (await admin.get("api/tables/videos/count/", params=params)).json()
    assert count["count"] == len(expected)


async def test_an_export_is_whole_and_no_formula(admin: httpx.AsyncClient) -> None:
    """The page makes the file of what it is answered; it asks for 1,000 rows at a time."""
    titles = {
        "=HYPERLINK(1)": "'=HYPERLINK(1)",
        "@SUM(1+1)*cmd|' /C calc'!A0": "'@SUM(1+1)*cmd|' /C calc'!A0",
        "+1\ncmd|": "'+1\ncmd|",
        "-dQw4w9WgXc": "-dQw4w9WgXc",
        "@handle": "@handle",
        "long " * 100: "long " * 100,
    }
    channel = await make.make_channel(name="=1+1")
    for title in titles:
        await make.make_video(title=title, channel_id=channel.id, metadata='{"=": "=1"}')
    await make.make_video(title="not this")
    asked = {"__page_size": "1000", "channel_id": str(channel.id), "__order": "title"}
    rows = await listed(admin, "videos", **asked)
    assert [row["title"] for row in rows] == [
        titles[row["title"]]
        for row in await fetch(
            "SELECT title FROM videos WHERE channel_id IS NOT NULL ORDER BY title"
        )
    ]
    assert {row["channel_id_readable"] for row in rows} == {"'=1+1"}
    assert {json.loads(row["metadata"])["="] for row in rows} == {"=1"}
    some = await listed(admin, "videos", **asked, __visible_fields="title,channel_id")
    assert [row["title"] for row in some] == [row["title"] for row in rows]
    assert {"description", "metadata"}.isdisjoint(some[0])


async def test_a_file_of_several_parts_is_whole(admin: httpx.AsyncClient) -> None:
    await execute(
        "INSERT INTO videos (identifier, title) SELECT 'v' || n, 'Title ' || n "
        "FROM generate_series(1, $1::int) AS n",
        2 * ROWS_AT_ONCE + 1,
    )
    for query in ("-title", "title"):
        rows = await listed(admin, "videos", __page_size="1000", __order=query)
        titles = await fetch(
            f"SELECT title FROM videos ORDER BY left(title, 100) "
            f"{'DESC' if query.startswith('-') else 'ASC'}"
        )
        assert [row["title"] for row in rows] == [row["title"] for row in titles]
    assert await listed(admin, "videos", __page_size="1000", title="nothing like it") == []
    assert await listed(admin, "videos", __page_size="1000", __page="2") == []


async def test_few_large_texts_are_in_memory(
    admin: httpx.AsyncClient, application: Litestar
) -> None:
    megabytes, number, received = 1, 8, 0
    await execute(
        "WITH v AS (INSERT INTO videos (identifier, title) SELECT 'v' || n, 't' "
        "FROM generate_series(1, $2::int) AS n RETURNING id) "
        "INSERT INTO transcripts (video_id, source, full_text) "
        "SELECT id, 'imported', repeat('word ', $1::int) FROM v",
        megabytes * 200_000,
        number,
    )

    async def keeping_nothing(scope: Any, receive: Any, send: Any) -> None:
        async def count(message: Any) -> None:
            nonlocal received
            received += len(message.get("body", b""))
            await send({**message, "body": b""} if "body" in message else message)

        await application(scope, receive, count)

    await listed(admin, "transcripts")  # What is made at the first request is not counted.
    admin._transport = httpx.ASGITransport(app=keeping_nothing)
    asked = {"__page_size": "1000", "__visible_fields": "id,full_text"}
    tracemalloc.start()
    try:
        answer = await admin.get("api/tables/transcripts/", params=asked)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.status_code == 200
    assert received > number * megabytes * 1_000_000
    assert peak < 7 * LARGE_AT_ONCE * megabytes * 1_000_000 < received, peak


async def test_deep_json_is_listed_and_exported(admin: httpx.AsyncClient) -> None:
    deep = "[" * 3000 + "]" * 3000
    await insert("system_configuration", key="deep", value=deep)
    for size in ("25", "1000"):
        rows = await listed(admin, "system_configuration", __page_size=size)
        assert rows[0]["value"] == deep
    await execute("SELECT 1")
