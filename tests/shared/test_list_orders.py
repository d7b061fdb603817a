"""Lists over REST in any order, page by page; what is a cursor, and what is none."""

import base64
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

import httpx
import pytest

from tests.database import execute
from tests.factories import make_channel, make_moment, make_processing_job, make_video
from tests.shared.lists import Row, assert_fault, page, read_all

KEY = "019aa5b2-7f3c-7d51-8e02-3c4d5e6f7a8b"


def in_order(rows: list[Row], order: str) -> list[str]:
    """The ids, sorted by Python: nulls last both ways, ties by id."""
    sorted_rows = sorted(rows, key=lambda row: row["id"])
    for each in reversed(order.split(",") if order else []):
        name = each.removeprefix("-")
        there = [row for row in sorted_rows if row[name] is not None]
        # Rows that are equal stay as they are, either way.
        there.sort(key=lambda row: row[name], reverse=each.startswith("-"))
        sorted_rows = there + [row for row in sorted_rows if row[name] is None]
    return [row["id"] for row in sorted_rows]


ORDERS = {
    "videos": [
        *["", "id", "-id", "upload_date", "-upload_date", "created_at", "-youtube_video_id"],
        *["status,-upload_date", "-upload_date,status,-identifier", "-status,download_status"],
        *["youtube_video_id,upload_date", "upload_date,-youtube_video_id,-id"],
    ],
    "channels": ["name", "-name", "status,-name", "-youtube_channel_id,name"],
    "processing_jobs": ["job_type,-status", "-idempotency_key,job_type", "-created_at"],
}


async def fill(table: str) -> None:
    """Twelve rows with ties, nulls, and text whose order depends on how it is compared."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(12):
        made = moment + timedelta(days=number % 3, microseconds=number % 2)
        match table:
            case "videos":
                await make_video(
                    upload_date=[None, date(2024, 1, 1), date(2023, 5, 5), date(2024, 1, 2)][
                        number % 4
                    ],
                    youtube_video_id=f"{'aB_-'[number % 4]}{number:010}" if number % 3 else None,
                    status=["queued", "failed"][number % 2],
                    created_at=made,
                )
            case "channels":
                name = ["Ähre", "ähre", "Zug", "zug", "日本", 'a"b', "a,b", "a\\b", "z z"][
                    number % 9
                ]
                await make_channel(name=name, status=["active", "paused"][number % 2])
            case "processing_jobs":
                key = f"k{number % 7}-{number}" if number % 2 else None
                await make_processing_job(
                    job_type=["cut", "Cut", "download"][number % 3],
                    idempotency_key=key,
                    created_at=made,
                )


@pytest.mark.parametrize("table", ORDERS)
async def test_pages_in_any_order_are_what_python_sorts(
    client: httpx.AsyncClient, table: str
) -> None:
    await fill(table)
    path = f"/api/{table}"
    rows = (await page(client, path, limit=200))["items"]
    for order in ORDERS[table]:
        expected = in_order(rows, order)
        params = {"order": order} if order else {}
        for limit in (1, 2, 7, 12, 200):
            found = await read_all(client, path, limit=limit, **params)
            assert [row["id"] for row in found] == expected, (order, limit)
            assert sorted(found, key=lambda row: row["id"]) == rows
        skipped = await page(client, path, offset=5, limit=4, **params)
        assert [row["id"] for row in skipped["items"]] == expected[5:9]
        following = await page(client, path, cursor=skipped["next"], **params)
        assert [row["id"] for row in following["items"]] == expected[9:]


async def test_newest_upload_first_then_by_title(client: httpx.AsyncClient) -> None:
    for title, day in [("b", 1), ("a", 1), ("c", 2), ("d", None)]:
        await make_video(title=title, upload_date=day and date(2026, 1, day))
    found = await read_all(client, "/api/videos", limit=1, order="-upload_date,title")
    assert [row["title"] for row in found] == ["c", "a", "b", "d"]


async def test_pages_of_filtered_rows_in_an_order(client: httpx.AsyncClient) -> None:
    await fill("videos")
    rows = (await page(client, "/api/videos", limit=200))["items"]
    kept = [row for row in rows if row["status"] == "queued"]
    params = {"status": "queued", "order": "-upload_date", "fields": "identifier"}
    found = await read_all(client, "/api/videos", limit=2, **params)
    assert [row["id"] for row in found] == in_order(kept, "-upload_date")
    assert all(row.keys() == {"id", "identifier"} for row in found)


async def test_pages_of_a_relation_take_the_same_parameters(
    client: httpx.AsyncClient, queries: list[str]
) -> None:
    video = await make_video(identifier="full")
    rows = [await make_moment(video.id, title=f"M{n}", score=n % 3 or None) for n in range(5)]
    await make_moment()
    path = "/api/videos/full/moments"
    queries.clear()
    found = await page(
        *(client, path), order="-identifier", fields="title", score__isnull="false", count="true"
    )
    assert len(queries) == 2
    expected = sorted((row for row in rows if row.score), key=lambda row: row.identifier)[::-1]
    assert found == {
        "items": [{"id": str(row.id), "title": row.title} for row in expected],
        "next": None,
        "total": 3,
    }
    ids = [row["id"] for row in await read_all(client, path, limit=2, order="-identifier")]
    by_identifier = sorted(rows, key=lambda row: row.identifier)[::-1]
    assert ids == [str(row.id) for row in by_identifier]
    assert (await page(client, path, score="9", count="true")) == {
        "items": [],
        "next": None,
        "total": 0,
    }
    for query, name in {
        "nope=1": "nope",
        "title=a&title=b": "title",
        "order=title": "order",
    }.items():
        await assert_fault(client, f"{path}?{query}", name)


CURSORS: dict[str, Callable[[str], str]] = {
    "garbage": lambda _: "garbage",
    "empty": lambda _: "",
    "not of base64": lambda _: "日本",
    "of the order by id": lambda _: KEY,
    "cut off": lambda cursor: cursor[:-8],
    "with a letter more": lambda cursor: "A" + cursor,
    "of another table": lambda cursor: changed(cursor, "videos:", "channels:"),
    "of another direction": lambda cursor: changed(cursor, ":-", ":"),
    "with a value less": lambda cursor: changed(cursor, '"2024-01-01", ', ""),
    "with a value more": lambda cursor: changed(cursor, "[", "[1, "),
    "with a value of another kind": lambda cursor: changed(cursor, '"2024-01-01"', "[1]"),
    "with no date": lambda cursor: changed(cursor, "2024-01-01", "2024-02-30"),
    "with a null where there is none": lambda cursor: changed(cursor, '"queued"', "null"),
    "with no choice": lambda cursor: changed(cursor, "queued", "asleep"),
    "with a NUL": lambda cursor: changed(cursor, "queued", "\\u0000"),
    "nested without end": lambda cursor: changed(cursor, "[", "[" * 5_000),
    "no JSON": lambda cursor: changed(cursor, "]", ""),
    "no UTF-8": lambda _: base64.urlsafe_b64encode(b"\xff\xfe").decode(),
}


def changed(cursor: str, old: str, new: str) -> str:
    text = base64.urlsafe_b64decode(cursor).decode()
    assert old in text
    return base64.urlsafe_b64encode(text.replace(old, new, 1).encode()).decode()


async def test_only_the_next_of_the_same_order_is_a_cursor(client: httpx.AsyncClient) -> None:
    for _ in range(2):
        await make_video(upload_date=date(2024, 1, 1), status="queued")
    path, order = "/api/videos", "-upload_date,status"
    good = (await page(client, path, order=order, limit=1))["next"]
    assert len((await page(client, path, order=order, cursor=good))["items"]) == 1
    told = "It is not the `next` of a page in this order."
    for name, change in CURSORS.items():
        bad = quote(change(good))
        assert bad != quote(good), name
        await assert_fault(client, f"{path}?order={order}&cursor={bad}", "cursor", told)
    for other in ("order=upload_date,status", "order=-upload_date", "limit=1"):
        await assert_fault(client, f"{path}?{other}&cursor={good}", "cursor", told)
    by_time = (await page(client, path, order="created_at", limit=1))["next"]
    await assert_fault(client, f"/api/channels?order=created_at&cursor={by_time}", "cursor", told)
    await assert_fault(client, f"{path}?cursor={KEY}&offset=1", "offset")


async def test_a_cursor_stays_good_when_its_row_is_gone_or_changed(
    client: httpx.AsyncClient,
) -> None:
    rows = [await make_video(upload_date=date(2024, 1, day)) for day in (4, 3, 2, 1)]
    params = {"order": "-upload_date", "limit": "2", "fields": "id"}
    cursor = (await page(client, "/api/videos", **params))["next"]
    await execute("DELETE FROM videos WHERE id = $1", rows[1].id)
    await execute("UPDATE videos SET upload_date = NULL WHERE id = $1", rows[2].id)
    found = await page(client, "/api/videos", **params, cursor=cursor)
    assert [row["id"] for row in found["items"]] == [str(rows[3].id), str(rows[2].id)]


async def test_an_offset_passes_rows_by(client: httpx.AsyncClient) -> None:
    rows = [str((await make_channel()).id) for _ in range(4)]
    for offset, expected in {0: rows, 1: rows[1:], 3: rows[3:], 4: [], 10_000: []}.items():
        found = await page(client, "/api/channels", offset=offset, count="true")
        assert [row["id"] for row in found["items"]] == expected
        assert (found["next"], found["total"]) == (None, 4)
    for wrong in ("-1", "10001", "x", ""):
        await assert_fault(client, f"/api/channels?offset={wrong}", "offset")
