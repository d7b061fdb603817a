"""Signing in over REST, and what a token is worth afterwards."""

import logging
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

import piccolo_conf
from apps.accounts.callers import forget_callers, known_callers
from apps.accounts.services import create_first_administrator
from apps.accounts.tables import Session, User
from tests.database import execute, value
from tests.factories import PASSWORD, make_user
from tests.processes import Program

LOGIN = "/api/auth/login"
FIRST = """
import asyncio
from apps.accounts.services import create_first_administrator
print(asyncio.run(create_first_administrator("first@example.org", None)))
"""


async def sign_in(client: httpx.AsyncClient, email: str, password: str) -> httpx.Response:
    return await client.post(LOGIN, json={"email": email, "password": password})


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def assert_refused(response: httpx.Response) -> None:
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["title"] == "Not signed in"


async def test_a_token_opens_what_is_closed_without_it(anonymous: httpx.AsyncClient) -> None:
    user = await make_user()
    assert_refused(await anonymous.get("/api/videos"))
    answer = await sign_in(anonymous, user.email.upper(), PASSWORD)
    assert answer.status_code == 200
    assert set(answer.json()) == {"token", "expires_at"}
    lasts = datetime.fromisoformat(answer.json()["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < lasts <= timedelta(days=7)
    headers = bearer(answer.json()["token"])
    assert (await anonymous.get("/api/videos", headers=headers)).status_code == 200


async def test_wrong_email_and_wrong_password_are_told_alike(
    anonymous: httpx.AsyncClient,
) -> None:
    user, inactive = await make_user(), await make_user(active=False)
    answers = [
        await sign_in(anonymous, user.email, "wrong password"),
        await sign_in(anonymous, "nobody@example.org", PASSWORD),
        await sign_in(anonymous, inactive.email, PASSWORD),
    ]
    for answer in answers:
        assert_refused(answer)
    assert len({answer.text for answer in answers}) == 1
    assert await Session.count() == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "me@example.org"}, "password"),
        ({"email": "me@example.org", "password": None}, "password"),
        ({"email": "e" * 256, "password": PASSWORD}, "email"),
        ({"email": "me@example.org", "password": "p" * 129}, "password"),
        ({"email": "me@example.org", "password": PASSWORD, "admin": True}, "admin"),
    ],
)
async def test_a_malformed_login_names_the_field(
    anonymous: httpx.AsyncClient, body: dict[str, object], field: str
) -> None:
    answer = await anonymous.post(LOGIN, json=body)
    assert answer.status_code == 400
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]
    assert PASSWORD not in answer.text


async def test_a_login_with_a_nul_character_is_refused(anonymous: httpx.AsyncClient) -> None:
    answer = await sign_in(anonymous, "me@example.org\0", PASSWORD)
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "header", ["Bearer nonsense", "Bearer ", "Bearer", "Basic dXNlcjpwYXNz", "bearer é", ""]
)
async def test_any_other_header_is_refused(anonymous: httpx.AsyncClient, header: str) -> None:
    headers = {"Authorization": header.encode()}
    assert_refused(await anonymous.get("/api/videos", headers=headers))  # type: ignore[arg-type]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """What time it is, in seconds; callers are remembered by it."""
    now = [time.monotonic()]
    monkeypatch.setattr("apps.accounts.callers.monotonic", lambda: now[0])
    forget_callers()
    yield now
    forget_callers()


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM sessions",
        "UPDATE users SET active = false",
        "UPDATE sessions SET expires_at = now()",
        "DELETE FROM users",
    ],
)
async def test_what_another_process_takes_back_is_worth_nothing_within_a_second(
    anonymous: httpx.AsyncClient, clock: list[float], change: str
) -> None:
    headers = bearer((await Session.create_session((await make_user()).id)).token)
    assert (await anonymous.get("/api/videos", headers=headers)).status_code == 200
    await execute(change)
    clock[0] += 0.999
    assert (await anonymous.get("/api/videos", headers=headers)).status_code == 200
    clock[0] += 0.002
    assert_refused(await anonymous.get("/api/videos", headers=headers))


async def test_a_caller_is_looked_up_once_a_second(
    anonymous: httpx.AsyncClient, clock: list[float]
) -> None:
    headers = bearer((await Session.create_session((await make_user()).id)).token)
    looked_up = []
    for _ in range(3):
        for _ in range(5):
            await execute("UPDATE sessions SET last_used_at = NULL")
            await anonymous.get("/api/videos", headers=headers)
            looked_up.append(await value("SELECT last_used_at IS NOT NULL FROM sessions"))
        clock[0] += 1.001
    assert looked_up == [True, False, False, False, False] * 3


async def test_no_more_callers_are_remembered_than_there_is_room_for(
    anonymous: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.accounts.callers.MAX_CACHED", 2)
    for _ in range(5):
        headers = bearer((await Session.create_session((await make_user()).id)).token)
        assert (await anonymous.get("/api/videos", headers=headers)).status_code == 200
        assert len(known_callers) <= 2


@pytest.mark.parametrize("late", ["expires_at", "max_expires_at"])
async def test_an_expired_token_is_refused(anonymous: httpx.AsyncClient, late: str) -> None:
    session = await Session.create_session((await make_user()).id)
    setattr(session, late, datetime.now(UTC))
    await session.save()
    assert_refused(await anonymous.get("/api/videos", headers=bearer(session.token)))


async def test_neither_password_nor_token_is_logged(
    anonymous: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    user = await make_user()
    database = piccolo_conf.DB
    pool, database.pool = database.pool, None  # So that new connections log their statements.
    try:
        with caplog.at_level(logging.DEBUG):
            token = (await sign_in(anonymous, user.email, PASSWORD)).json()["token"]
            await anonymous.get("/api/videos", headers=bearer(token))
            await sign_in(anonymous, user.email, "wrong password")
    finally:
        database.pool = pool
    assert "FROM sessions" in caplog.text, "Statements were not logged."
    for secret in (PASSWORD, "wrong password", token, user.password):
        assert secret not in caplog.text


async def test_the_first_administrator_is_made_once() -> None:
    password = await create_first_administrator("first@example.org", None)
    assert password is not None
    assert len(password) >= 16
    user_id = await User.login("first@example.org", password)
    user = await User.objects().get(User.id == user_id)
    assert user is not None
    assert (user.active, user.admin, user.superuser) == (True, True, True)
    assert await create_first_administrator("second@example.org", "chosen by me") is None
    assert await User.count() == 1


async def test_a_chosen_password_is_the_administrators() -> None:
    assert await create_first_administrator("first@example.org", "chosen by me") == "chosen by me"
    assert await User.login("first@example.org", "chosen by me") is not None


async def test_processes_that_race_make_one_first_administrator() -> None:
    folder = piccolo_conf.DB.address
    url = await folder.dsn()
    programs = [Program(sys.executable, "-c", FIRST, DATABASE_URL=url) for _ in range(3)]
    try:
        for program in programs:
            assert program.wait(30) == 0, program.stderr
        printed = sorted(program.stdout.strip() for program in programs)
    finally:
        for program in programs:
            program.__exit__(None, None, None)
    assert printed.count("None") == 2, printed
    password = next(text for text in printed if text != "None")
    assert await User.count() == 1
    assert await User.login("first@example.org", password) is not None


@pytest.mark.parametrize("path", ["/api/videos", "/api/auth/me", "/api/nothing"])
async def test_a_stranger_does_not_learn_what_there_is(
    anonymous: httpx.AsyncClient, path: str
) -> None:
    assert_refused(await anonymous.options(path))
