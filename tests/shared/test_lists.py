"""Lists over REST: which rows, and which of their fields."""

import json
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import (
    make_channel,
    make_chunk,
    make_processing_job,
    make_transcript,
    make_video,
)
from tests.shared.lists import assert_fault, page

HEAVY = {"full_text", "word_timestamps", "segment_timestamps"}
NOON = datetime(2026, 1, 1, 12, 0, 0, 250000, UTC)
KEY = "019aa5b2-7f3c-7d51-8e02-3c4d5e6f7a8b"
OTHER = "019aa5b2-7f3c-7d51-8e02-3c4d5e6f7a8c"


@pytest.fixture
async def library() -> None:
    """Three videos, three jobs and three chunks, told apart by title, job_type and text."""
    channel = await make_channel(id=KEY, name="100% Cats")
    await make_video(
        title="a",
        description='Cats, dogs and "birds"',
        channel_id=channel.id,
        status="queued",
        is_favorite=True,
        upload_date=date(2024, 2, 29),
        duration_seconds=0.1,
        file_size_bytes=2**40,
        tags=["cat", "a,b"],
        metadata='{"a": {"b": [1, 2]}, "c": null}',
        created_at=NOON,
    )
    await make_video(
        title="b",
        description=r"50% \ off_season",
        status="failed",
        upload_date=date(2024, 3, 1),
        duration_seconds=1e300,
        file_size_bytes=0,
        tags=["cat"],
        metadata='{"a": {"b": [2]}}',
        created_at=NOON + timedelta(microseconds=1),
    )
    last = await make_video(title="c", created_at=NOON - timedelta(days=1))
    for name, values in {
        "a": {"entity_id": KEY, "priority": -5, "progress": 0.1, "result": "[1]"},
        "b": {"entity_id": OTHER, "priority": 2**31 - 1, "progress": 1.0, "result": "null"},
        "c": {},
    }.items():
        await make_processing_job(job_type=name, **values)
    transcript = await make_transcript(last.id)
    for name, starts in {"a": [0.1, 2.5], "b": [2.5], "c": []}.items():
        await make_chunk(transcript.id, chunk_text=name, word_starts=starts)


SHOWN = {"videos": "title", "processing_jobs": "job_type", "chunks": "chunk_text"}

# Filters of a table, and which of its rows they leave.
FILTERS = [
    ("videos", "title=b", "b"),
    ("videos", "title=B", ""),
    ("videos", "title__in=c,a,nobody", "ac"),
    ("videos", "title__in=", ""),
    ("videos", "title__gt=a", "bc"),
    ("videos", "title__gte=b", "bc"),
    ("videos", "title__lt=b", "a"),
    ("videos", "title__lte=b", "ab"),
    ("videos", "title__gt=a&title__lt=c", "b"),
    ("videos", 'description__in=x,"Cats, dogs and ""birds"""', "a"),
    ("videos", "description__contains=CATS", "a"),
    ("videos", "description__contains=%25", "b"),
    ("videos", "description__contains=_", "b"),
    ("videos", "description__contains=%5C", "b"),
    ("videos", "description__contains=0%25+%5C", "b"),
    ("videos", "description__contains=", "ab"),
    ("videos", "description__isnull=true", "c"),
    ("videos", "description__isnull=false", "ab"),
    ("videos", "channel_name=100%25+Cats", "a"),
    ("videos", "channel_name__contains=%25+c", "a"),
    ("videos", "channel_name__isnull=true", "bc"),
    ("videos", "channel_name=null", ""),
    ("videos", "status=queued", "a"),
    ("videos", "status__in=queued,failed", "ab"),
    ("videos", "status__gt=failed", "a"),
    ("videos", "is_favorite=true", "a"),
    ("videos", "is_favorite=0", "bc"),
    ("videos", "is_favorite__in=true,false", "abc"),
    ("videos", "upload_date=2024-02-29", "a"),
    ("videos", "upload_date__in=2024-02-29,2024-03-01", "ab"),
    ("videos", "upload_date__gt=2024-02-29", "b"),
    ("videos", "upload_date__lte=2024-03-01", "ab"),
    ("videos", "upload_date__gte=0001-01-01&upload_date__lt=9999-12-31", "ab"),
    ("videos", "upload_date__isnull=1", "c"),
    ("videos", "created_at=2026-01-01T12:00:00.25Z", "a"),
    ("videos", "created_at=2026-01-01T12:00:00.25+00:00", "a"),
    ("videos", "created_at=2026-01-01T12:00:00.25%2B00:00", "a"),
    ("videos", "created_at=2026-01-01T14:30:00.25+02:30", "a"),
    ("videos", "created_at=2026-01-01T07:00:00.25-05:00", "a"),
    ("videos", "created_at__gt=2026-01-01T12:00:00.25Z", "b"),
    ("videos", "created_at__lt=2026-01-01T12:00:00.25Z", "c"),
    ("videos", "created_at__in=2026-01-01T12:00:00.25Z,2026-01-01T12:00:00.250001Z", "ab"),
    ("videos", f"channel_id={KEY}", "a"),
    ("videos", f"channel_id={KEY.upper()}", "a"),
    ("videos", f"channel_id__in={KEY},{OTHER}", "a"),
    ("videos", "channel_id__isnull=false", "a"),
    ("videos", "duration_seconds=0.1", "a"),
    ("videos", "duration_seconds__gte=1e300", "b"),
    ("videos", "duration_seconds__in=0.1,1e300", "ab"),
    ("videos", "file_size_bytes=1099511627776", "a"),
    ("videos", "file_size_bytes__lt=9223372036854775807", "ab"),
    ("videos", "tags__contains=cat", "ab"),
    ("videos", "tags__contains=cat,%22a,b%22", "a"),
    ("videos", "tags__contains=ca", ""),
    ("videos", "tags__contains=", "abc"),
    ("videos", 'metadata__contains={"a": {"b": [2]}}', "ab"),
    ("videos", 'metadata__contains={"a": {"b": [2, 1]}}', "a"),
    ("videos", 'metadata__contains={"c": null}', "a"),
    ("videos", "metadata__contains=%7B%7D", "abc"),
    ("processing_jobs", f"entity_id={OTHER}", "b"),
    ("processing_jobs", f"entity_id__gte={KEY}", "ab"),
    ("processing_jobs", "priority=-5", "a"),
    ("processing_jobs", "priority__in=-5,0", "ac"),
    ("processing_jobs", "priority__gt=0", "b"),
    ("processing_jobs", "progress=0.1", "a"),
    ("processing_jobs", "progress__gt=0.1", "b"),
    ("processing_jobs", "progress__isnull=true", "c"),
    ("processing_jobs", "result__contains=[1]", "a"),
    ("processing_jobs", "result__contains=null", "b"),
    ("processing_jobs", "result__isnull=true", "c"),
    ("chunks", "word_starts__contains=2.5", "ab"),
    ("chunks", "word_starts__contains=2.5,0.1", "a"),
]


async def test_each_filter_leaves_its_rows(client: httpx.AsyncClient, library: None) -> None:
    found = {}
    for table, query, _ in FILTERS:
        shown = SHOWN[table]
        every = await page(client, f"/api/{table}?{query}&count=true&fields={shown}")
        assert every["total"] == len(every["items"])
        found[table, query] = "".join(sorted(row[shown] for row in every["items"]))
    assert found == {(table, query): rows for table, query, rows in FILTERS}


async def test_fields_are_chosen_and_the_id_is_always_there(client: httpx.AsyncClient) -> None:
    channel = await make_channel(name="One")
    video = await make_video(title="T", channel_id=channel.id)
    whole = (await client.get(f"/api/videos/{video.id}")).json()
    for fields in ["title", "channel_name,title", "id", "title,id", "title,title", ",".join(whole)]:
        (item,) = (await page(client, "/api/videos", fields=fields))["items"]
        assert item == {name: whole[name] for name in {"id", *fields.split(",")}}
        assert list(item) == list(dict.fromkeys(["id", *fields.split(",")]))
    for bad in ("nope", "title,nope", "", "title,", "credentials"):
        await assert_fault(client, f"/api/videos?fields={bad}", "fields")
    await assert_fault(client, "/api/channels?fields=credentials", "fields")


async def test_heavy_columns_are_there_only_when_asked_for(
    client: httpx.AsyncClient, queries: list[str]
) -> None:
    transcript = await make_transcript(full_text="said")
    whole = (await client.get(f"/api/transcripts/{transcript.id}")).json()
    for path in ("/api/transcripts", f"/api/videos/{transcript.video_id}/transcripts"):
        queries.clear()
        (item,) = (await page(client, path))["items"]
        assert item == {name: whole[name] for name in whole.keys() - HEAVY}
        assert "full_text" not in queries[0]
        (item,) = (await page(client, path, fields="full_text,segment_timestamps"))["items"]
        expected = {"id": whole["id"], "full_text": "said", "segment_timestamps": []}
        assert item == expected


async def test_a_total_is_of_all_pages_and_costs_a_second_statement(
    client: httpx.AsyncClient, queries: list[str]
) -> None:
    for number in range(5):
        await make_video(title=f"V{number}", is_favorite=number < 3)
    queries.clear()
    for params, total in [({}, 5), ({"is_favorite": "true"}, 3), ({"title": "V9"}, 0)]:
        found = await page(client, "/api/videos", count="true", limit=2, **params)
        assert found["total"] == total
        if found["next"]:
            rest = {**params, "cursor": found["next"], "limit": "1"}
            assert (await page(client, "/api/videos", count="true", **rest))["total"] == total
    assert len(queries) == 10
    assert (await page(client, "/api/videos", count="false")).keys() == {"items", "next"}
    assert len(queries) == 11


@pytest.mark.parametrize(
    ("query", "name", "told"),
    [
        ("nope=1", "nope", "Unknown parameter."),
        ("Limit=1", "Limit", "Unknown parameter."),
        ("credentials=x", "credentials", "Unknown parameter."),
        ("search_vector__isnull=true", "search_vector__isnull", "Unknown parameter."),
        ("%C3%A4=1", "ä", "Unknown parameter."),
        ("=1", "", "Unknown parameter."),
        ("a%00b=1", "a\0b", "Unknown parameter."),
        ("limit=1&limit=1", "limit", "It can only be given once."),
        ("name=a&name=a", "name", "It can only be given once."),
        ("name=a%00b", "name", "Cannot contain the NUL character (U+0000)."),
        ("settings=%7B%7D", "settings", None),
        ("name__isnull=true", "name__isnull", None),
    ],
)
async def test_what_cannot_be_asked_is_named(
    client: httpx.AsyncClient, query: str, name: str, told: str | None
) -> None:
    await assert_fault(client, f"/api/channels?{query}", name, told or "")


async def test_a_query_string_of_sixty_kilobytes(client: httpx.AsyncClient) -> None:
    video = await make_video(title="x" * 60_000)
    found = await page(client, f"/api/videos?fields=id&title={'x' * 60_000}")
    assert found["items"] == [{"id": str(video.id)}]
    answer = await client.get("/api/videos?" + "&".join(f"n{n}=" for n in range(8_000)))
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [f"n{n}" for n in range(8_000)]


TABLES = ["videos", "channels", "transcripts", "chunks", "processing_jobs", "templates"]
NAMES = st.sampled_from(
    [
        *["title", "name", "status", "tags", "metadata", "progress", "word_starts", "created_at"],
        *["upload_date", "value", "key", "id", "is_favorite", "file_size_bytes", "full_text"],
        *["payload", "encrypted", "duration_seconds", "channel_name"],
    ]
)
OPERATORS = st.sampled_from(["", "__in", "__gt", "__lte", "__contains", "__isnull"])
VALUES = st.one_of(
    st.text(max_size=12),
    st.floats().map(str),
    st.integers().map(str),
    st.datetimes().map(lambda each: f"{each.isoformat()}+05:00"),
    st.dates().map(str),
    st.recursive(st.none() | st.text(max_size=3) | st.floats(allow_nan=False), st.lists).map(
        json.dumps
    ),
    st.sampled_from(["-id", "created_at,-id", "true", KEY, "queued,failed", "1", "200"]),
)
PARAMS = st.dictionaries(
    st.sampled_from(["limit", "offset", "order", "cursor", "fields", "count"])
    | st.builds(str.__add__, NAMES, OPERATORS),
    VALUES,
    max_size=4,
)


@settings(max_examples=150)
@given(table=st.sampled_from(TABLES), params=PARAMS)
async def test_whatever_is_asked_is_a_page_or_a_fault_with_its_name(
    client: httpx.AsyncClient, table: str, params: dict[str, str]
) -> None:
    answer = await client.get(f"/api/{table}", params=params)
    if answer.status_code == 200:
        assert answer.json()["items"] == []
    else:
        assert answer.status_code == 400, (params, answer.text)
        assert {error["field"] for error in answer.json()["errors"]} <= params.keys()
