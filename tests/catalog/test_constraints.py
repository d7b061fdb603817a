"""What the database refuses, by whichever door it comes, and the sentence a client reads."""

from datetime import date
from typing import Any

import asyncpg
import httpx
import pytest

from apps.catalog.tables import CONSTRAINT_MESSAGES
from tests.database import execute, insert, value
from tests.factories import CIPHERTEXT, make_channel, make_video
from tests.refusals import DOORS, Refusal, Row, assert_refused_by_admin, in_the_admin

ROWS: dict[str, Row] = {
    "channels": {"name": "A channel"},
    "videos": {"identifier": "a-name", "title": "A title"},
}
UUID_FORM = "01a1fbfc-6be2-7516-a40a-b5ebd5063e58"

# What is wrong with the row, one thing at a time.
REFUSED = [
    Refusal("channels_youtube_channel_id_key", "channels", {"youtube_channel_id": "UC-taken"}),
    Refusal("channels_status_check", "channels", {"status": "closed"}, status=400),
    Refusal("videos_identifier_key", "videos", {"identifier": "taken"}),
    Refusal("videos_identifier_check", "videos", {"identifier": "a/b"}),
    Refusal("videos_identifier_check", "videos", {"identifier": "a b"}),
    Refusal("videos_identifier_check", "videos", {"identifier": "ä"}),
    Refusal("videos_identifier_check", "videos", {"identifier": "a\n"}),
    Refusal("videos_identifier_check", "videos", {"identifier": "."}),
    Refusal("videos_identifier_check", "videos", {"identifier": ".."}),
    Refusal("videos_identifier_check", "videos", {"identifier": UUID_FORM}),
    Refusal("videos_identifier_check", "videos", {"identifier": UUID_FORM.upper()}),
    Refusal("videos_youtube_video_id_key", "videos", {"youtube_video_id": "aaaaaaaaaaa"}),
    Refusal("videos_youtube_video_id_check", "videos", {"youtube_video_id": "short"}),
    Refusal("videos_youtube_video_id_check", "videos", {"youtube_video_id": "aaaaa.aaaaa"}),
    Refusal("videos_status_check", "videos", {"status": "lost"}, status=400),
    Refusal("videos_download_status_check", "videos", {"download_status": "completed"}, status=400),
    Refusal("videos_cloud_url_check", "videos", {"download_status": "complete"}, ("cloud_url",)),
    Refusal("videos_upload_date_check", "videos", {"upload_date": date.min}),
    Refusal("videos_upload_date_check", "videos", {"upload_date": date.max}),
    Refusal("videos_duration_seconds_check", "videos", {"duration_seconds": -0.1}),
    Refusal("videos_file_size_bytes_check", "videos", {"file_size_bytes": -1}),
]


@pytest.fixture
async def taken() -> None:
    await make_channel(youtube_channel_id="UC-taken")
    await make_video(identifier="taken", youtube_video_id="aaaaaaaaaaa")


def test_every_message_has_a_case() -> None:
    tried = {case.constraint for case in REFUSED} | set(IMPORT_RECORDS)
    tried.add("channels_credentials_check")  # Over REST nobody can try.
    assert tried == set(CONSTRAINT_MESSAGES)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("case", REFUSED, ids=str)
async def test_it_is_refused(
    taken: None, client: httpx.AsyncClient, case: Refusal, door: Any
) -> None:
    await door(case, ROWS[case.table], CONSTRAINT_MESSAGES[case.constraint], client)


@pytest.mark.parametrize("case", in_the_admin(REFUSED), ids=str)
async def test_the_admin_refuses_it(taken: None, admin: httpx.AsyncClient, case: Refusal) -> None:
    await assert_refused_by_admin(
        case, ROWS[case.table], CONSTRAINT_MESSAGES[case.constraint], admin
    )


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
    "text",
    [
        *("", "in clear", "1:", CIPHERTEXT[1:], f"2{CIPHERTEXT[1:]}", f" {CIPHERTEXT}"),
        *(f"{CIPHERTEXT}\n", f"{CIPHERTEXT}=", f"{CIPHERTEXT}\nin clear", CIPHERTEXT[:59]),
        CIPHERTEXT.replace("c1f3e700", "C1F3E700"),
        CIPHERTEXT.replace("1700000000", "170000000000"),
    ],
)
async def test_plain_text_credentials_are_refused(text: str) -> None:
    row_id = await insert("channels", name="A channel", credentials=CIPHERTEXT)
    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await insert("channels", name="A channel", credentials=text)
    assert refusal.value.constraint_name == "channels_credentials_check"
    with pytest.raises(asyncpg.CheckViolationError):
        await execute("UPDATE channels SET credentials = $1 WHERE id = $2", text, row_id)
    assert await value("SELECT credentials FROM channels") == CIPHERTEXT


@pytest.mark.parametrize("length", [38, 50, 400_000])
async def test_encrypted_looking_credentials_are_accepted(length: int) -> None:
    await insert("channels", name="A channel", credentials=CIPHERTEXT[:22] + "-" * length)
    assert await value("SELECT length(credentials) FROM channels") == 22 + length


@pytest.mark.parametrize(
    ("table", "missing"),
    [("channels", "name"), ("videos", "identifier"), ("videos", "title")],
)
async def test_what_must_be_given(client: httpx.AsyncClient, table: str, missing: str) -> None:
    complete = ROWS[table]
    without = {name: value for name, value in complete.items() if name != missing}
    with pytest.raises(asyncpg.NotNullViolationError):
        await insert(table, **{**complete, missing: None})
    answer = await client.post(f"/api/{table}", json=without)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == missing
    answer = await client.post(f"/api/{table}", json={**complete, missing: None})
    assert answer.status_code == 400


async def test_a_dangling_reference_is_reported(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/videos", json={**ROWS["videos"], "channel_id": UUID_FORM})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "channel_id", "message": "No such channel."}]


async def test_many_rows_may_have_no_youtube_id() -> None:
    for _ in range(2):
        await make_channel(youtube_channel_id=None)
        await make_video(youtube_video_id=None)
    with pytest.raises(asyncpg.UniqueViolationError):
        await make_video(identifier=(await make_video()).identifier)
