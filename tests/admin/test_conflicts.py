"""Two people who have the same row open, and save one after the other or at once."""

import asyncio
from contextvars import Context
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from apps.accounts.tables import User
from apps.shared.db.engine import get_engine
from tests import factories as make
from tests.admin.page import said, sent_by_page
from tests.database import execute, fetch, value
from tests.exchange.whole_library import without_triggers

AT = datetime(2026, 3, 1, 12, 30, 45, 123456, UTC)
TOLD = (
    "This {} was changed at {:%Y-%m-%d %H:%M:%S} UTC, since you opened it. Reload the page, then "
    "make your change again."
)


async def opened(admin: httpx.AsyncClient, table: str, row_id: UUID) -> dict[str, Any]:
    """What the page would send back, had nobody typed anything."""
    schema = (await admin.get(f"api/tables/{table}/schema/")).json()
    row = (await admin.get(f"api/tables/{table}/{row_id}/")).json()
    return sent_by_page(schema, row)


async def changed_at(table: str, at: datetime) -> None:
    await without_triggers(f"UPDATE {table} SET updated_at = '{at.isoformat()}'")


async def test_the_second_is_told_and_changes_nothing(admin: httpx.AsyncClient) -> None:
    video = await make.make_video(title="Once")
    await changed_at("videos", AT)
    path = f"api/tables/videos/{video.id}/"
    first, second = [await opened(admin, "videos", video.id) for _ in range(2)]
    assert (await admin.patch(path, json={**first, "title": "Twice"})).status_code == 200
    before = await fetch("SELECT t::text, xmin FROM videos t")
    at = await value("SELECT updated_at FROM videos")
    answer = await admin.patch(path, json={**second, "description": "By another"})
    assert said(answer) == TOLD.format("video", at)
    assert await fetch("SELECT t::text, xmin FROM videos t") == before
    reloaded = await opened(admin, "videos", video.id)
    assert (await admin.patch(path, json={**reloaded, "description": "d"})).status_code == 200
    assert await fetch("SELECT title, description FROM videos") == [
        {"title": "Twice", "description": "d"}
    ]


@pytest.mark.parametrize(
    ("table", "kept"),
    [
        ("channels", "credentials_set_at = now()"),
        ("videos", "processing_history = '[{}]'"),
        ("videos", "duration_seconds = 12"),
    ],
)
async def test_it_is_told_of_what_it_did_not_touch_as_well(
    admin: httpx.AsyncClient, table: str, kept: str
) -> None:
    """What the program or another person has written meanwhile, only sent back by the page."""
    row = await (make.make_video() if table == "videos" else make.make_channel())
    await changed_at(table, AT)
    form = await opened(admin, table, row.id)
    await without_triggers(
        f"UPDATE {table} SET {kept}, updated_at = updated_at + interval '1 minute'"
    )
    before = await fetch(f"SELECT t::text FROM {table} t")
    answer = await admin.patch(f"api/tables/{table}/{row.id}/", json=form)
    told = TOLD.format("video" if table == "videos" else "channel", AT + timedelta(minutes=1))
    assert said(answer) == told
    assert await fetch(f"SELECT t::text FROM {table} t") == before


@pytest.mark.parametrize(
    ("shown", "is_told"),
    [
        (AT, False),
        (AT.replace(microsecond=0), False),
        (AT - timedelta(microseconds=1), True),
        (AT.replace(microsecond=0) - timedelta(seconds=1), True),
        (None, False),
        ("", False),
    ],
)
async def test_a_time_that_was_cut_is_told_from_another(
    admin: httpx.AsyncClient, shown: Any, is_told: bool
) -> None:
    prompt = await make.make_prompt(user_prompt="p")
    await changed_at("prompts", AT)
    body = {"updated_at": shown.isoformat() if isinstance(shown, datetime) else shown}
    path = f"api/tables/prompts/{prompt.id}/"
    assert (await admin.patch(path, json=body)).status_code == 200, "It changes nothing."
    answer = await admin.patch(path, json={**body, "user_prompt": "q"})
    assert (answer.status_code == 422) is is_told
    assert await value("SELECT user_prompt FROM prompts") == ("p" if is_told else "q")
    if is_told:
        assert said(answer) == TOLD.format("prompt", AT)


async def test_of_two_at_once_one_is_told(admin: httpx.AsyncClient) -> None:
    """Both have begun before either could write."""
    video = await make.make_video(title="Once")
    await changed_at("videos", AT)
    form = await opened(admin, "videos", video.id)

    async def save(title: str) -> httpx.Response:
        return await admin.patch(f"api/tables/videos/{video.id}/", json={**form, "title": title})

    async with get_engine().transaction():
        await execute("SELECT FROM videos FOR UPDATE")
        saving = [asyncio.create_task(save(title), context=Context()) for title in ("a", "b")]
        async with asyncio.timeout(60):
            # The second one waits for the first.
            while await value("SELECT count(*) FROM pg_locks WHERE NOT granted") < 2:
                pass
    answers = await asyncio.gather(*saving)
    assert sorted(answer.status_code for answer in answers) == [200, 422]
    (title,) = [answer.json()["title"] for answer in answers if answer.status_code == 200]
    at = await value("SELECT updated_at FROM videos WHERE title = $1", title)
    (told,) = [answer for answer in answers if answer.status_code == 422]
    assert said(told) == TOLD.format("video", at)


async def test_somebody_who_signs_in_all_the_time_is_shut_out(admin: httpx.AsyncClient) -> None:
    """What the program changes by itself is no other person's change."""
    user = await make.make_user()
    form = await opened(admin, "users", user.id)
    assert await User.login(user.email, make.PASSWORD) is not None
    body = {**form, "active": False, "password": "another one"}
    assert (await admin.patch(f"api/tables/users/{user.id}/", json=body)).status_code == 200
    assert await value("SELECT active FROM users WHERE id = $1", user.id) is False
    assert await User.login(user.email, make.PASSWORD) is None


async def test_tables_have_names_for_one_row(admin: httpx.AsyncClient) -> None:
    for table, one in (("music", "piece of music"), ("audit_entries", "audit entry")):
        extra = (await admin.get(f"api/tables/{table}/schema/")).json()["extra"]
        assert (extra["table"], extra["one"]) == (table, one)
