"""Listings of many rows: counts, pages, the chooser of references, and how long they may take."""

import json
from datetime import date
from typing import Any

import httpx
import pytest
from piccolo.table import Table

from apps.audit.tables import AuditEntry
from apps.catalog.tables import ImportRecord, Video
from apps.shared.db.engine import get_engine
from apps.shared.rows.filters import build_condition
from apps.shared.rows.queries import Order
from apps.transcripts.tables import Chunk, Transcript
from piccolo_project.admin import counting, pages
from piccolo_project.admin.pages import ListingCrud
from tests import factories as make
from tests.database import execute, value

MANY = """
INSERT INTO videos (identifier, title, status, duration_seconds, upload_date)
SELECT 'v' || n, 'Talk ' || n || CASE WHEN n % 2 = 0 THEN ' on ships' ELSE ' on stars' END,
    (ARRAY['completed', 'failed', 'queued'])[1 + n % 3], NULLIF(n % 4, 0), NULL
FROM generate_series(1, 60) n
"""
PAGE = {"__readable": "true", "__page_size": "7"}


async def count(admin: httpx.AsyncClient, **filters: str) -> tuple[int, bool]:
    answer = await admin.get("api/tables/videos/count/", params=filters)
    assert answer.status_code == 200, answer.text
    assert answer.json()["page_size"] == 25
    return answer.json()["count"], answer.json()["is_estimate"]


async def rows(admin: httpx.AsyncClient, table: str = "videos", **asked: Any) -> list[Any]:
    answer = await admin.get(f"api/tables/{table}/", params=PAGE | asked)
    assert answer.status_code == 200, answer.text
    listed: list[Any] = answer.json()["rows"]
    return listed


async def ids(admin: httpx.AsyncClient, table: str = "videos", **asked: Any) -> dict[str, str]:
    answer = await admin.get(f"api/tables/{table}/ids/", params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, str] = answer.json()
    return found


async def test_few_rows_are_counted(admin: httpx.AsyncClient) -> None:
    assert await count(admin) == (0, False)
    await execute(MANY)
    assert await count(admin) == (60, False)
    assert await count(admin, status="failed") == (20, False)
    assert await count(admin, title="no such") == (0, False)


async def test_more_are_estimated_and_never_less_than_were_counted(
    admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await execute(MANY)
    await execute("ANALYZE videos")
    monkeypatch.setattr(counting, "COUNTED", 20)
    assert await count(admin) == (61, True)
    assert await count(admin, status="failed") == (20, False)
    monkeypatch.setattr(counting, "COUNTED", 19)
    assert await count(admin, status="failed") == (20, True)
    # The planner knows nothing of it, and takes one row for likely.
    assert await count(admin, title="n sh") == (20, True)
    assert await count(admin, title="n sh", __page_size="1000") == (30, False), "Of a file."


async def test_what_takes_too_long_to_count_is_estimated(
    admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "COUNT_SECONDS", 0.001)
    await execute(MANY.replace("60", "5_000"))
    number, is_estimate = await count(admin, title="n sh")
    assert (number, is_estimate) == (counting.COUNTED + 1, True)


@pytest.mark.parametrize("order", ["status", "-status", "-duration_seconds", "upload_date", "id"])
async def test_the_pages_have_each_row_once(admin: httpx.AsyncClient, order: str) -> None:
    """Most rows have the same value as others, or none."""
    await execute(MANY)
    pages = [await rows(admin, __order=order, __page=str(page)) for page in range(1, 10)]
    assert [len(page) for page in pages] == [7] * 8 + [4]
    listed = [row["id"] for page in pages for row in page]
    column, direction = order.removeprefix("-"), "DESC" if order.startswith("-") else "ASC"
    expected = await value(
        f"SELECT array_agg(id::text ORDER BY {column} {direction}, id {direction}) FROM videos"
    )
    assert listed == expected


async def test_a_filtered_page(admin: httpx.AsyncClient) -> None:
    await execute(MANY)
    found = await rows(admin, title="ON SHIPS", status="failed", __order="title", __page="2")
    assert [row["title"] for row in found] == [
        f"Talk {n} on ships" for n in sorted(range(4, 60, 6), key=str)
    ][7:]


async def test_behind_the_end_are_the_last_rows(admin: httpx.AsyncClient) -> None:
    """As far as a person looks. A file of all pages would have them twice."""
    await execute(MANY)
    last = await value("SELECT array_agg(id::text ORDER BY id) FROM videos")
    listed = await rows(admin, __order="id", __page="4000")
    assert [row["id"] for row in listed] == last[-7:]
    assert await rows(admin, __order="id", __page="2", __page_size="1000") == []
    assert await rows(admin, __page="2", title="no such") == []


async def test_long_titles_are_told_apart(admin: httpx.AsyncClient) -> None:
    """They have their place by their beginning; an exact match is one of all of it."""
    for end in "ab":
        await make.make_video(title="x" * 100 + end, identifier=end)
    (found,) = await rows(admin, title="x" * 100 + "b", title__match="exact")
    assert found["identifier"] == "b"
    assert await rows(admin, title="x" * 100, title__match="exact") == []


@pytest.mark.parametrize(
    ("match", "sought", "expected"),
    [
        ("contains", "ÉÂ", "été"),
        ("contains", "日本", "nihon"),
        ("contains", "本", "nihon"),
        ("contains", "5_0", "odd"),
        ("contains", "0%'\"", "odd"),
        ("contains", "\\n", "odd"),
        ("starts", "50_", None),
        ("starts", "5_0", "odd"),
        ("ends", "語です", "nihon"),
        ("ends", "a\\n%", "odd"),
        ("ends", "日本", None),
    ],
)
async def test_a_text_is_found_as_it_is_typed(
    admin: httpx.AsyncClient, match: str, sought: str, expected: str | None
) -> None:
    """By its trigrams, or without an index when it is too short."""
    await make.make_video(title="L'été éâî", identifier="t1", youtube_video_id=None)
    await make.make_video(title="これは日本語です", identifier="t2")
    await make.make_video(title="5_0%'\" a\\n%", identifier="t3")
    found = await rows(admin, title=sought, title__match=match)
    names = {"t1": "été", "t2": "nihon", "t3": "odd"}
    assert [names[row["identifier"]] for row in found] == ([expected] if expected else [])


async def test_an_id_of_youtube_is_found(admin: httpx.AsyncClient) -> None:
    await make.make_video(identifier="abc", youtube_video_id="dQw4w9WgXcQ", title="A")
    await make.make_video(identifier="dqw4w9wgxcq", title="B")
    assert [row["title"] for row in await rows(admin, youtube_video_id="w4w9wg")] == ["A"]
    assert [row["title"] for row in await rows(admin, identifier="W4w9Wg")] == ["B"]


@pytest.mark.parametrize(
    "asked",
    [
        {"tags[]": "a"},
        {"duration_seconds": "5", "duration_seconds__operator": "gte"},
        {"upload_date__operator": "is_null"},
    ],
    ids=["a list", "a number", "none"],
)
async def test_values_that_are_no_texts(admin: httpx.AsyncClient, asked: dict[str, str]) -> None:
    await make.make_video(title="A", tags=["a", "b"], duration_seconds=5, upload_date=None)
    await make.make_video(title="B", tags=["b"], duration_seconds=4, upload_date=date(2024, 2, 29))
    assert [row["title"] for row in await rows(admin, **asked)] == ["A"]
    assert await count(admin, **asked) == (1, False)


async def test_the_chooser_is_bounded(admin: httpx.AsyncClient) -> None:
    await execute(MANY.replace("60", "120"))
    newest = await value("SELECT array_agg(id::text ORDER BY id DESC) FROM videos")
    assert list(await ids(admin)) == newest[:100]
    assert list(await ids(admin, limit="6", offset="5")) == newest[5:11]
    found = await ids(admin, limit="6", search="N SHI")
    assert list(found.values()) == [f"Talk {n} on ships" for n in range(120, 108, -2)]


@pytest.mark.parametrize("term", ["50%", "5_0", "a'b", '"', "\\", "'; DROP TABLE videos; --", "{}"])
async def test_the_chooser_takes_every_character_as_it_is(
    admin: httpx.AsyncClient, term: str
) -> None:
    await make.make_channel(name="50 and 500 ab")
    wanted = await make.make_channel(name=f"<{term}>")
    assert await ids(admin, "channels", search=term) == {str(wanted.id): f"<{term}>"}


async def test_the_chooser_looks_through_references_and_ids(admin: httpx.AsyncClient) -> None:
    video = await make.make_video(title="Lighthouses")
    await make.make_transcript()
    found = await make.make_transcript(video.id)
    expected = {str(found.id): "Lighthouses (en)"}
    assert await ids(admin, "transcripts", search="ghthou") == expected
    assert await ids(admin, "transcripts", search=str(found.id)) == expected
    assert await ids(admin, "transcripts", search=str(video.id)) == {}


async def test_rows_without_a_text_are_found_by_their_id_alone(admin: httpx.AsyncClient) -> None:
    (session,) = await ids(admin, "sessions")
    assert list(await ids(admin, "sessions", search=session)) == [session]
    assert await ids(admin, "sessions", search=session[:8]) == {}


@pytest.mark.parametrize("asked", [{"limit": "ten"}, {"limit": "1001"}, {"offset": "-1"}])
async def test_the_chooser_refuses_no_numbers(
    admin: httpx.AsyncClient, asked: dict[str, str]
) -> None:
    answer = await admin.get("api/tables/videos/ids/", params=asked)
    (name,) = asked
    most = {"limit": 1000, "offset": 10**9}[name]
    sentence = f"{name} must be a whole number from 0 to {most}."
    assert (answer.status_code, answer.text) == (400, sentence)


@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("?__page=1", "Filter by an exact value that fewer rows have, or sort by another column."),
        ("ids/?search=abc", "Type more characters, or the id."),
    ],
)
async def test_what_takes_too_long_is_given_up(
    admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, path: str, advice: str
) -> None:
    monkeypatch.setattr(pages, "ROWS_SECONDS", 0.1)
    async with get_engine().connection() as other, other.transaction():
        await other.execute("LOCK TABLE videos")
        answer = await admin.get(f"api/tables/videos/{path}")
    assert (answer.status_code, answer.text) == (503, f"This takes longer than 0.1 s. {advice}")
    assert (await admin.get(f"api/tables/videos/{path}")).status_code == 200


async def test_a_listing_is_one_query(admin: httpx.AsyncClient, queries: list[str]) -> None:
    """With the names of the channels, and one more to count."""
    channel = await make.make_channel(name="A")
    for _ in range(3):
        await make.make_video(channel_id=channel.id)
    queries.clear()
    listed = await rows(admin)
    assert [row["channel_id_readable"] for row in listed] == ["A"] * 3
    assert len([query for query in queries if '"videos"' in query]) == 1
    queries.clear()
    await count(admin)
    assert len([query for query in queries if '"videos"' in query]) == 1


# Without its triggers and references. A GIN index is only read once what waits to be put into it is
# little.
TEMPORARY = """
SET LOCAL gin_pending_list_limit = 64;
CREATE TEMPORARY TABLE {table} (LIKE public.{table} INCLUDING ALL) ON COMMIT DROP;
INSERT INTO {table} {rows} FROM generate_series(1, 5000) n;
ANALYZE {table}
"""
ROWS: dict[type[Table], str] = {
    Video: """
        (identifier, title, status, duration_seconds, upload_date, is_favorite)
        SELECT 'v' || n, md5(n::text), CASE WHEN n % 500 = 0 THEN 'queued' ELSE 'completed' END, n,
            NULL, n % 200 = 0""",
    ImportRecord: "(video_id, path) SELECT uuidv7(), '/library/' || md5(n::text)",
    Transcript: """
        (video_id, source, is_primary, full_text, number_of_words)
        SELECT uuidv7(), 'generated', n % 2 = 0, '', n""",
    Chunk: """
        (transcript_id, chunk_text, chunk_index, start_time, end_time, search_vector)
        SELECT uuidv7(), md5(n::text), n % 70, n / 10, n / 10 + 1, ''""",
    AuditEntry: """
        (user_email, door, action, table_name, row_id)
        SELECT n % 50 || '@example.org', 'admin', 'changed', 'videos', uuidv7()""",
}


@pytest.mark.parametrize(
    ("table", "fields", "order", "index"),
    [
        (Video, {}, "-id", "btree (id)"),
        (Video, {}, "title", 'btree ("left"(title, 100), id)'),
        (Video, {}, "-duration_seconds", "btree (duration_seconds, id)"),
        (Video, {}, "-upload_date", "btree (upload_date, id)"),
        (Video, {}, "-channel_id", "btree (channel_id, id)"),
        (Video, {}, "-status", "btree (status, id)"),
        (Video, {}, "download_status", "btree (download_status, id)"),
        (Video, {}, "-is_favorite", "btree (is_favorite, id)"),
        (Video, {"is_favorite": True}, "-id", "btree (id) WHERE is_favorite"),
        (Video, {"status": "queued"}, "-id", "btree (status, id)"),
        (Video, {"title__contains": "a1b2c3"}, "-id", "gin (trigrams(title))"),
        (Video, {"identifier__contains": "v432"}, "-id", "gin (trigrams((((identifier)::text"),
        (
            Video,
            {"youtube_video_id__contains": "dQw4"},
            "-id",
            "gin (trigrams((((identifier)::text",
        ),
        (Video, {"title": "whole"}, "-id", 'btree ("left"(title, 100), id)'),
        (ImportRecord, {}, "-updated_at", "btree (updated_at, id)"),
        (Transcript, {}, "language", "btree (language, id)"),
        (Transcript, {"language": "de"}, "-id", "btree (language, id)"),
        (Transcript, {}, "-source", "btree (source, id)"),
        (Transcript, {}, "is_primary", "btree (is_primary, id)"),
        (Transcript, {}, "number_of_words", "btree (number_of_words, id)"),
        (Transcript, {"number_of_words": 7}, "-id", "btree (number_of_words, id)"),
        (Transcript, {}, "-created_at", "btree (created_at, id)"),
        (Chunk, {}, "-start_time", "btree (start_time, id)"),
        (Chunk, {}, "end_time", "btree (end_time, id)"),
        (Chunk, {}, "-chunk_index", "btree (chunk_index, id)"),
        (Chunk, {"start_time": 7.0}, "-id", "btree (start_time, id)"),
        (Chunk, {"chunk_index": 7}, "-id", "btree (chunk_index, id)"),
        (AuditEntry, {"user_email": "7@example.org"}, "-id", "btree (user_email, id)"),
        (AuditEntry, {}, "user_email", "btree (user_email, id)"),
        (AuditEntry, {}, "-table_name", "btree (table_name, id)"),
        (AuditEntry, {}, "action", "btree (action, id)"),
        (AuditEntry, {"action": "deleted"}, "-id", "btree (action, id)"),
    ],
)
async def test_an_index_finds_the_page(
    table: type[Table], fields: dict[str, Any], order: str, index: str
) -> None:
    crud, conditions = ListingCrud(table), []
    for name, sought in fields.items():
        column_name, _, match = name.partition("__")
        conditions.append(build_condition(crud.parser.fields[column_name], match, sought))
    field = crud.parser.fields[order.removeprefix("-")]
    sorts = crud.complete_order([Order(field, order.startswith("-"))])
    async with get_engine().transaction(), get_engine().connection() as connection:
        tablename = table._meta.tablename
        await connection.execute(TEMPORARY.format(table=tablename, rows=ROWS[table]))
        page = crud.page_keys(conditions, sorts, 25, 0)
        (answer,) = await table.raw("EXPLAIN (FORMAT JSON) {}", page)
        plan = json.loads(answer["QUERY PLAN"])[0]["Plan"]
        definition = "SELECT pg_get_indexdef(to_regclass('pg_temp.' || $1))"
        used = [await connection.fetchval(definition, name) for name in indexes(plan)]
    assert [index in each for each in used] == [True], used


def indexes(plan: dict[str, Any]) -> list[str]:
    below = [name for part in plan.get("Plans", ()) for name in indexes(part)]
    return [plan["Index Name"], *below] if "Index Name" in plan else below
