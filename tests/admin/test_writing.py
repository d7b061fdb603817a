"""What a form may write, and the sentence that is shown when it may not."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from piccolo.table import Table

from apps.accounts.callers import find_caller, forget_callers
from apps.accounts.tables import Session, User
from apps.shared.db.tables import constraint_messages
from apps.transcripts.tables import CONSTRAINT_MESSAGES as OF_TRANSCRIPTS
from piccolo_project.admin.columns import (
    GIVEN_ONCE,
    READ_ONLY,
    allowed_actions,
    form_columns,
    readonly_reason,
)
from piccolo_project.admin.tables import LISTINGS
from tests import factories as make
from tests.admin.page import said, sent_by_page
from tests.admin.rows import fill_all_tables
from tests.database import execute, fetch, value
from tests.exchange.whole_library import without_triggers

TABLES: list[type[Table]] = [table for listings in LISTINGS.values() for table in listings]
NUL = "Text cannot contain the NUL character (U+0000)."
NO_ROW = "The body must be a JSON object of columns or fields and their values."
AT = datetime(2026, 3, 1, 12, 30, 45, 123456, UTC)


async def change(page: httpx.AsyncClient, row: Any, **values: Any) -> httpx.Response:
    return await page.patch(f"api/tables/{row._meta.tablename}/{row.id}/", json=values)


async def add(admin: httpx.AsyncClient, table: str, **values: Any) -> httpx.Response:
    """As the page does it: with all that the empty form has."""
    path = f"api/tables/{table}/"
    schema = (await admin.get(f"{path}schema/")).json()
    new = (await admin.get(f"{path}new/")).json()
    return await admin.post(path, json={**sent_by_page(schema, new), **values})


@pytest.mark.parametrize(
    ("values", "stored"),
    [
        ({"title": " two\r\nlines "}, {"title": " two\r\nlines "}),
        ({"title": "null"}, {"title": "null"}),
        ({"description": ""}, {"description": None}),
        ({"description": None}, {"description": None}),
        ({"is_favorite": "true"}, {"is_favorite": True}),
        ({"file_size_bytes": "9007199254740995"}, {"file_size_bytes": 9007199254740995}),
        ({"duration_seconds": "1e-7"}, {"duration_seconds": 1e-7}),
        ({"upload_date": "2024-02-29"}, {"upload_date": date(2024, 2, 29)}),
        ({"tags": ["a, b", '"', "日本"]}, {"tags": ["a, b", '"', "日本"]}),
        ({"tags": []}, {"tags": []}),
        ({"status": "failed"}, {"status": "failed"}),
        ({"metadata": '{"a": [1.0, true, null]}'}, {"metadata": '{"a": [1.0, true, null]}'}),
        ({"metadata": {"a": 1}}, {"metadata": '{"a": 1}'}),
        ({"channel_id": ""}, {"channel_id": None}),
    ],
)
async def test_a_value_is_written_as_it_is(
    admin: httpx.AsyncClient, values: dict[str, Any], stored: dict[str, Any]
) -> None:
    channel = await make.make_channel()
    video = await make.make_video(
        channel_id=channel.id, description="d", tags=["t"], metadata='{"a": 1.5}'
    )
    before = (await fetch("SELECT * FROM videos"))[0]
    answer = await change(admin, video, **values)
    assert answer.status_code == 200, answer.text
    after = (await fetch("SELECT * FROM videos"))[0]
    assert after.pop("updated_at") > before.pop("updated_at")
    assert after == {**before, **stored}
    again = await change(admin, video, **{name: answer.json()[name] for name in values})
    assert again.json() == answer.json()


WHOLE = f"file_size_bytes must be a whole number from {-(2**63)} to {2**63 - 1}."
WRONG: list[tuple[dict[str, Any], str]] = [
    (
        {"file_size_bytes": "much"},
        WHOLE,
    ),
    (
        {"file_size_bytes": str(2**63)},
        WHOLE,
    ),
    (
        {"file_size_bytes": "1.5"},
        WHOLE,
    ),
    ({"duration_seconds": "nan"}, "duration_seconds must be a number."),
    ({"duration_seconds": "1,5"}, "duration_seconds must be a number."),
    ({"duration_seconds": "-1"}, constraint_messages()["videos_duration_seconds_check"]),
    ({"upload_date": "2023-02-29"}, "upload_date must be a date such as 2024-02-29."),
    ({"upload_date": "9999-12-31"}, constraint_messages()["videos_upload_date_check"]),
    ({"is_favorite": "maybe"}, "is_favorite must be true or false."),
    ({"is_favorite": ""}, "is_favorite is required."),
    ({"channel_id": "x"}, "channel_id must be the id of a row."),
    ({"channel_id": str(uuid4())}, "No such channel."),
    ({"tags": "a"}, "tags must be a list, each item text of up to 100 characters."),
    ({"tags": ["a" * 101]}, "tags must be a list, each item text of up to 100 characters."),
    ({"identifier": "taken"}, constraint_messages()["videos_identifier_key"]),
    ({"identifier": "a b"}, constraint_messages()["videos_identifier_check"]),
    ({"identifier": "a" * 256}, "identifier must be text of up to 255 characters."),
    ({"identifier": ""}, "identifier is required."),
    ({"title": "\0"}, NUL),
    ({"metadata": '{"a": "\\u0000"}'}, NUL),
    ({"metadata": "{"}, "metadata is not JSON: "),
    ({"metadata": "[]"}, "metadata must be a JSON object, such as {}."),
    ({"metadata": "[" * 5000 + "]" * 5000}, "metadata is nested too deeply."),
    ({"metadata": ""}, "metadata is required."),
    ({"status": "gone"}, constraint_messages()["videos_status_check"]),
    ({"status": "s" * 21}, "status must be text of up to 20 characters."),
    ({"download_status": "complete"}, constraint_messages()["videos_cloud_url_check"]),
    ({"nothing": 1}, "videos has no column 'nothing'."),
    (
        {"upload_date": "y", "duration_seconds": "x"},
        "upload_date must be a date such as 2024-02-29. duration_seconds must be a number.",
    ),
]


@pytest.mark.parametrize(
    ("how", "values", "sentence"),
    [
        *(("change", *each) for each in WRONG),
        # A new row has defaults for what is left empty.
        *(
            ("add", *each)
            for each in WRONG
            if set(each[0]) == {"identifier"} or "" not in each[0].values()
        ),
    ],
)
async def test_a_wrong_value_is_told(
    admin: httpx.AsyncClient, how: str, values: dict[str, Any], sentence: str
) -> None:
    await make.make_video(identifier="taken")
    video = await make.make_video(title="stays", cloud_url=None)
    before = await fetch("SELECT t::text FROM videos t ORDER BY id")
    if how == "add":
        answer = await add(admin, "videos", **{"identifier": "new", "title": "t", **values})
    else:
        answer = await change(admin, video, **values)
    assert said(answer).startswith(sentence)
    assert await fetch("SELECT t::text FROM videos t ORDER BY id") == before


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table._meta.tablename)
async def test_what_is_kept_is_not_written(admin: httpx.AsyncClient, table: type[Table]) -> None:
    """Every column of which no person is the master, in every table."""
    await fill_all_tables()
    await execute("UPDATE users SET active = true")
    await without_triggers(
        "UPDATE videos SET upload_date = NULL; UPDATE processing_jobs SET "
        "created_at = now(); UPDATE video_statistics SET recorded_at = now()"
    )
    name = table._meta.tablename
    row_id = (await fetch(f"SELECT id FROM {name} ORDER BY id LIMIT 1"))[0]["id"]
    path = f"api/tables/{name}/{row_id}/"
    await admin.get(path)
    before = await fetch(f"SELECT t::text FROM {name} t ORDER BY id")
    kept = {column: why for column in form_columns(table) if (why := readonly_reason(column))}
    assert kept
    for column, why in kept.items():
        other = other_value(column, (await admin.get(path)).json()[column._meta.name])
        answer = await admin.patch(path, json={column._meta.name: other})
        assert said(answer) == f"{column._meta.name} cannot be changed: {why}."
    assert await fetch(f"SELECT t::text FROM {name} t ORDER BY id") == before


def other_value(column: Any, now: Any) -> Any:
    match now:
        case bool():
            return not now
        case int() | float():
            return 7
        case list():
            return [*now, "2026-03-01T12:30:45Z"]
    if column.value_type is datetime:
        return "2999-03-01T12:30:45Z"
    if type(column).__name__.startswith("JSON"):
        return '{"other": 1}'
    return str(uuid4()) if now is None or len(now) == 36 else f"{now}x"


@pytest.mark.parametrize("table", READ_ONLY, ids=lambda table: table._meta.tablename)
async def test_rows_that_the_program_keeps(admin: httpx.AsyncClient, table: type[Table]) -> None:
    await fill_all_tables()
    await execute("UPDATE users SET active = true")
    name = table._meta.tablename
    path, count = f"api/tables/{name}/", f"SELECT count(*) FROM {name}"
    before = await value(count)
    added = await admin.post(path, json={})
    assert (added.status_code, added.json()) == (
        405,
        {"detail": f"Rows cannot be added here: {READ_ONLY[table]}."},
    )
    if "delete" not in allowed_actions(table):
        row_id = (await fetch(f"SELECT id FROM {name} LIMIT 1"))[0]["id"]
        answer = await admin.delete(f"{path}{row_id}/")
        assert (answer.status_code, answer.json()["detail"]) == (
            405,
            f"Rows cannot be deleted here: {READ_ONLY[table]}.",
        )
    assert await value(count) == before


async def test_a_transcript_is_added_whole_and_then_stays(admin: httpx.AsyncClient) -> None:
    video = await make.make_video()
    answer = await add(
        admin, "transcripts", video_id=str(video.id), source="imported", full_text="Said once."
    )
    assert answer.status_code == 201, answer.text
    path = f"api/tables/transcripts/{answer.json()['id']}/"
    refused = await admin.patch(path, json={"full_text": "Said twice.", "language": "de"})
    assert said(refused) == "full_text cannot be changed: " + OF_TRANSCRIPTS[
        "transcripts_immutable"
    ].replace("A t", "a t")
    assert (await admin.patch(path, json={"language": "de"})).json()["language"] == "de"
    stored = await fetch("SELECT full_text, language FROM transcripts")
    assert stored == [{"full_text": "Said once.", "language": "de"}]


@pytest.mark.parametrize("path", [each for each in GIVEN_ONCE if "number" not in each])
async def test_what_is_given_once(admin: httpx.AsyncClient, path: str) -> None:
    table, _, name = path.partition(".")
    schema = (await admin.get(f"api/tables/{table}/schema/")).json()
    assert name in schema["extra"]["given_once"]
    assert name in (await admin.get(f"api/tables/{table}/new/")).json()


async def test_nobody_says_when_a_row_was_changed(admin: httpx.AsyncClient) -> None:
    prompt = await make.make_prompt()
    later = {"updated_at": (datetime.now(UTC) + timedelta(days=1)).isoformat()}
    assert said(await change(admin, prompt, **later)) == (
        "updated_at cannot be changed: it records when the row last changed."
    )


async def test_times_are_equal_to_the_second(admin: httpx.AsyncClient) -> None:
    moment = await make.make_moment(scored_at=AT)
    for same in (AT.replace(microsecond=0), AT):
        answer = await change(admin, moment, scored_at=same.isoformat())
        assert answer.status_code == 200
        assert await value("SELECT scored_at FROM moments") == AT
    other = AT + timedelta(seconds=1)
    await change(admin, moment, scored_at=other.isoformat())
    assert await value("SELECT scored_at FROM moments") == other


async def test_a_user_is_added(admin: httpx.AsyncClient) -> None:
    person = {"email": "p@example.org", "password": "long enough"}
    assert (await add(admin, "users", **person)).status_code == 201
    assert await User.login("p@example.org", "long enough") is not None
    taken = {**person, "email": "P@example.org"}
    assert said(await add(admin, "users", **taken)) == constraint_messages()["users_email_key"]
    for wrong, sentence in (
        ({"password": "short"}, "The password is too short. (min 8)"),
        ({"password": ""}, "password is required."),
        ({"email": "nobody"}, constraint_messages()["users_email_check"]),
        ({"email": ""}, "email is required."),
    ):
        body = {**person, "email": "q@example.org", **wrong}
        answer = await add(admin, "users", **body)
        assert said(answer) == sentence
    assert len(await fetch("SELECT FROM users")) == 2


async def test_a_password_is_changed_or_kept(admin: httpx.AsyncClient) -> None:
    user = await make.make_user()
    session = await Session.create_session(user.id)
    for kept in ("", None):
        await change(admin, user, password=kept, admin=True)
    assert await User.login(user.email, make.PASSWORD) is not None
    assert "password" not in (await admin.get(f"api/tables/users/{user.id}/")).json()
    short = await change(admin, user, password="short", active=False)
    assert said(short) == "The password is too short. (min 8)"
    assert await User.login(user.email, make.PASSWORD) is not None
    assert (await change(admin, user, password="another one")).status_code == 200
    assert await User.login(user.email, "another one") is not None
    assert await Session.get_user_id(session.token) is None


async def test_who_is_shut_out_is_out_at_once(admin: httpx.AsyncClient) -> None:
    user = await make.make_user(admin=True)
    session = await Session.create_session(user.id)
    forget_callers()
    assert await find_caller(session.token_hash) is not None
    await change(admin, user, active=False)
    assert await find_caller(session.token_hash) is None
    await change(admin, user, active=True)
    assert await find_caller(session.token_hash) is not None
    assert (await admin.delete(f"api/tables/sessions/{session.id}/")).status_code == 204
    assert await find_caller(session.token_hash) is None


async def test_only_a_superuser_changes_users(admin: httpx.AsyncClient, admin_user: User) -> None:
    await User.update({User.superuser: False}).where(User.id == admin_user.id)
    before = await fetch("SELECT t::text FROM users t")
    session = (await fetch("SELECT id FROM sessions"))[0]["id"]
    for answer in (
        await change(admin, admin_user, superuser=True),
        await add(admin, "users", email="p@example.org", password="long enough"),
        await admin.delete(f"api/tables/users/{admin_user.id}/"),
        await admin.delete(f"api/tables/sessions/{session}/"),
    ):
        assert answer.status_code == 405
        assert answer.json()["detail"] == "Only superusers can perform these actions."
    assert await fetch("SELECT t::text FROM users t") == before


async def test_rows_that_are_not_there(admin: httpx.AsyncClient) -> None:
    for row_id in (uuid4(), "x"):
        path = f"api/tables/videos/{row_id}/"
        for answer in (
            await admin.get(path),
            await admin.patch(path, json={"title": "t"}),
            await admin.delete(path),
        ):
            assert (answer.status_code, answer.text) == (404, f"videos has no row {row_id}.")
    video = await make.make_video()
    put = await admin.put(f"api/tables/videos/{video.id}/", json={"title": "t"})
    assert put.status_code == 405
    assert (await admin.delete(f"api/tables/videos/{video.id}/")).status_code == 204
    assert await fetch("SELECT FROM videos") == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'"a"', b"null"])
async def test_a_body_that_is_no_row(admin: httpx.AsyncClient, body: bytes) -> None:
    video = await make.make_video()
    for method, path in (("POST", "videos/"), ("PATCH", f"videos/{video.id}/")):
        answer = await admin.request(method, f"api/tables/{path}", content=body)
        assert (
            said(answer) == "The body must be a JSON object of columns or fields and their values."
        )


async def test_a_body_without_end(admin: httpx.AsyncClient) -> None:
    body = json.dumps({"title": "t" * (17 << 20)}).encode()
    answer = await admin.post("api/tables/videos/", content=body)
    assert said(answer) == "A row can have up to 16 MB."


async def test_several_rows_are_changed_one_after_the_other(admin: httpx.AsyncClient) -> None:
    """As the page does it: one column, which is null when that is ticked."""
    videos = [await make.make_video(description="d") for _ in range(3)]
    for video in videos:
        assert (await change(admin, video, description=None)).status_code == 200
    assert {r["description"] for r in await fetch("SELECT description FROM videos")} == {None}
    assert said(await change(admin, videos[0], created_at=None)) == (
        "created_at cannot be changed: it records when the row was created."
    )
