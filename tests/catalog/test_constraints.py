"""What the database refuses, by whichever door it comes, and the sentence a client reads."""

import json
from datetime import date
from typing import Any

import asyncpg
import httpx
import pytest

from apps.catalog.tables import SENTENCES
from tests.database import insert
from tests.factories import make_channel, make_video

VIDEO = {"identifier": "a-name", "title": "A title"}
CHANNEL = {"name": "A channel"}
UUID_FORM = "01a1fbfc-6be2-7516-a40a-b5ebd5063e58"

# Constraint → table and what is wrong with the row, one thing at a time.
REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    ("channels_youtube_channel_id_key", "channels", {"youtube_channel_id": "UC-taken"}),
    ("channels_status_check", "channels", {"status": "closed"}),
    ("videos_identifier_key", "videos", {"identifier": "taken"}),
    ("videos_identifier_check", "videos", {"identifier": "a/b"}),
    ("videos_identifier_check", "videos", {"identifier": "a b"}),
    ("videos_identifier_check", "videos", {"identifier": "ä"}),
    ("videos_identifier_check", "videos", {"identifier": "a\n"}),
    ("videos_identifier_check", "videos", {"identifier": "."}),
    ("videos_identifier_check", "videos", {"identifier": ".."}),
    ("videos_identifier_check", "videos", {"identifier": UUID_FORM}),
    ("videos_identifier_check", "videos", {"identifier": UUID_FORM.upper()}),
    ("videos_youtube_video_id_key", "videos", {"youtube_video_id": "aaaaaaaaaaa"}),
    ("videos_youtube_video_id_check", "videos", {"youtube_video_id": "short"}),
    ("videos_youtube_video_id_check", "videos", {"youtube_video_id": "aaaaa.aaaaa"}),
    ("videos_status_check", "videos", {"status": "lost"}),
    ("videos_download_status_check", "videos", {"download_status": "completed"}),
    ("videos_cloud_url_check", "videos", {"download_status": "complete"}),
    ("videos_upload_date_check", "videos", {"upload_date": date.min}),
    ("videos_upload_date_check", "videos", {"upload_date": date.max}),
    ("videos_duration_seconds_check", "videos", {"duration_seconds": -0.1}),
    ("videos_file_size_bytes_check", "videos", {"file_size_bytes": -1}),
]
ENUMS = {"channels_status_check", "videos_status_check", "videos_download_status_check"}
"""The wire's own types refuse these before the database is asked."""


def row(table: str, changes: dict[str, Any]) -> dict[str, Any]:
    return {**(VIDEO if table == "videos" else CHANNEL), **changes}


def body(table: str, changes: dict[str, Any]) -> Any:
    return json.loads(json.dumps(row(table, changes), default=str))


@pytest.fixture
async def taken() -> None:
    await make_channel(youtube_channel_id="UC-taken")
    await make_video(identifier="taken", youtube_video_id="aaaaaaaaaaa")


def test_every_sentence_has_its_case() -> None:
    tried = {name for name, _, _ in REFUSED} | set(IMPORT_RECORDS)
    assert tried == set(SENTENCES)


@pytest.mark.parametrize(("name", "table", "changes"), REFUSED)
async def test_plain_sql_is_refused(
    taken: None, name: str, table: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refusal:
        await insert(table, **row(table, changes))
    assert refusal.value.constraint_name == name


@pytest.mark.parametrize(("name", "table", "changes"), REFUSED)
async def test_rest_is_refused_with_a_sentence(
    taken: None, client: httpx.AsyncClient, name: str, table: str, changes: dict[str, Any]
) -> None:
    answer = await client.post(f"/api/{table}", json=body(table, changes))
    problem = answer.json()
    (field,) = changes
    assert answer.headers["content-type"] == "application/problem+json"
    if name in ENUMS:
        assert answer.status_code == 400
        assert [fault["field"] for fault in problem["errors"]] == [field]
        return
    blamed = "cloud_url" if name == "videos_cloud_url_check" else field
    assert answer.status_code == (409 if name.endswith("_key") else 422)
    assert problem["detail"] == SENTENCES[name]
    assert problem["errors"] == [{"field": blamed, "message": SENTENCES[name]}]


@pytest.mark.parametrize(("name", "table", "changes"), REFUSED)
async def test_a_change_by_rest_is_refused_as_well(
    taken: None, client: httpx.AsyncClient, name: str, table: str, changes: dict[str, Any]
) -> None:
    row_id = await insert(table, **row(table, {}))
    before = (await client.get(f"/api/{table}/{row_id}")).json()
    sent = {name: body(table, changes)[name] for name in changes}
    answer = await client.patch(f"/api/{table}/{row_id}", json=sent)
    assert answer.status_code in {400, 409, 422}
    assert (await client.get(f"/api/{table}/{row_id}")).json() == before


async def subject_of_none() -> None:
    await insert("import_records", path="a.info.json")


async def subject_of_both() -> None:
    channel, video = await make_channel(), await make_video()
    await insert("import_records", path="a", video_id=video.id, channel_id=channel.id)


async def two_of_one_video() -> None:
    video = await make_video()
    await insert("import_records", path="a", video_id=video.id)
    await insert("import_records", path="b", video_id=video.id)


async def two_of_one_channel() -> None:
    channel = await make_channel()
    await insert("import_records", path="a", channel_id=channel.id)
    await insert("import_records", path="b", channel_id=channel.id)


IMPORT_RECORDS = {
    "import_records_subject_check": [subject_of_none, subject_of_both],
    "import_records_video_id_key": [two_of_one_video],
    "import_records_channel_id_key": [two_of_one_channel],
}


@pytest.mark.parametrize(
    ("name", "insertion"),
    [(name, insertion) for name, many in IMPORT_RECORDS.items() for insertion in many],
)
async def test_an_import_record_is_refused(name: str, insertion: Any) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refusal:
        await insertion()
    assert refusal.value.constraint_name == name


@pytest.mark.parametrize(
    ("table", "missing"),
    [("channels", "name"), ("videos", "identifier"), ("videos", "title")],
)
async def test_what_must_be_given(client: httpx.AsyncClient, table: str, missing: str) -> None:
    complete = row(table, {})
    without = {name: value for name, value in complete.items() if name != missing}
    with pytest.raises(asyncpg.NotNullViolationError):
        await insert(table, **{**complete, missing: None})
    answer = await client.post(f"/api/{table}", json=without)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == missing
    answer = await client.post(f"/api/{table}", json={**complete, missing: None})
    assert answer.status_code == 400


async def test_a_reference_to_nothing_is_told(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/videos", json={**VIDEO, "channel_id": UUID_FORM})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"field": "channel_id", "message": "Nothing is found with this channel_id."}
    ]


async def test_many_rows_may_have_no_youtube_id() -> None:
    for _ in range(2):
        await make_channel(youtube_channel_id=None)
        await make_video(youtube_video_id=None)
    with pytest.raises(asyncpg.UniqueViolationError):
        await make_video(identifier=(await make_video()).identifier)
