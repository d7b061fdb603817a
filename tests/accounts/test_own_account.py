"""Signing out, who one is, and another password."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from apps.accounts.callers import forget_callers
from apps.accounts.tables import Session, User, hash_token
from tests.accounts.conftest import LOCK_USER, Hold, wait_until_blocked
from tests.accounts.test_signing_in import assert_refused, bearer, sign_in
from tests.factories import PASSWORD, make_user

NEW = "a second password"


def change(current: object = PASSWORD, new: object = NEW) -> dict[str, object]:
    return {"current_password": current, "new_password": new}


async def test_signing_out_ends_just_the_session_that_is_sent(
    mine: httpx.AsyncClient, me: User
) -> None:
    other = await Session.create_session(me.id)
    answer = await mine.post("/api/auth/logout")
    assert (answer.status_code, answer.content) == (204, b"")
    assert_refused(await mine.post("/api/auth/logout"))
    assert [row.id for row in await Session.objects()] == [other.id]


async def test_two_who_sign_out_at_once_are_both_out(
    mine: httpx.AsyncClient, me: User, hold: Hold
) -> None:
    await Session.update({Session.last_used_at: datetime.now(UTC)}, force=True)
    async with hold("SELECT FROM sessions FOR UPDATE", until=2):
        both = [asyncio.create_task(mine.post("/api/auth/logout")) for _ in range(2)]
    assert [answer.status_code for answer in await asyncio.gather(*both)] == [204, 204]
    assert await Session.count() == 0


async def test_who_one_is(mine: httpx.AsyncClient, me: User) -> None:
    expected = {"id": str(me.id), "email": me.email, "admin": False, "superuser": False}
    answer = await mine.get("/api/auth/me")
    assert (answer.status_code, answer.json()) == (200, {**expected, "last_login": None})
    token = (await sign_in(mine, me.email, PASSWORD)).json()["token"]
    await User.update({User.admin: True}).where(User.id == me.id)
    answer = await mine.get("/api/auth/me", headers=bearer(token))
    await me.refresh()
    assert me.last_login is not None
    assert datetime.fromisoformat(answer.json().pop("last_login")) == me.last_login
    assert {**answer.json(), "last_login": None} == {**expected, "admin": True, "last_login": None}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "logout"),
        ("GET", "me"),
        ("POST", "password"),
        ("GET", "tokens"),
        ("POST", "tokens"),
        ("DELETE", "tokens/018f0000-0000-7000-8000-000000000000"),
    ],
)
async def test_a_stranger_and_an_inactive_user_are_refused(
    mine: httpx.AsyncClient, me: User, method: str, path: str
) -> None:
    assert_refused(await mine.request(method, f"/api/auth/{path}", headers=bearer("nobody's")))
    await User.update({User.active: False}).where(User.id == me.id)
    assert_refused(await mine.request(method, f"/api/auth/{path}"))


async def test_a_new_password_ends_the_other_sessions_and_no_more(
    mine: httpx.AsyncClient, me: User, quick: None
) -> None:
    used = mine.headers["Authorization"].removeprefix("Bearer ")
    in_a_year = datetime.now(UTC) + timedelta(days=365)
    await Session.create_session(me.id)
    await Session.create_session(me.id, datetime.now() + timedelta(hours=1))  # As the admin does.
    api_token = await Session.create_session(me.id, in_a_year, in_a_year, "backup")
    stranger = await Session.create_session((await make_user()).id)

    answer = await mine.post("/api/auth/password", json=change())

    assert (answer.status_code, answer.content) == (204, b"")
    left = {row.token_hash for row in await Session.objects()}
    assert left == {hash_token(each) for each in (used, api_token.token, stranger.token)}
    assert (await mine.get("/api/auth/me")).status_code == 200
    assert_refused(await sign_in(mine, me.email, PASSWORD))
    assert (await sign_in(mine, me.email, NEW)).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "field", "message"),
    [
        (change("not this"), 403, "current_password", "The current password is wrong."),
        (change(""), 403, "current_password", "The current password is wrong."),
        (change(new="seven77"), 422, "new_password", "The password is too short. (min 8)"),
        (change(new=""), 422, "new_password", "A password must be provided."),
        (change(new="p" * 129), 422, "new_password", "The password is too long. (max 128)"),
        (change("p" * 129), 400, "current_password", "Expected `str` of length <= 128"),
        (change(None), 400, "current_password", "Expected `str`, got `null`"),
        (change(new=8), 400, "new_password", "Expected `str`, got `int`"),
        ({"current_password": PASSWORD}, 400, "new_password", "Object missing required field"),
        ({**change(), "email": "a@b"}, 400, "email", "Object contains unknown field `email`"),
    ],
)
async def test_a_password_that_cannot_be_changed_stays(
    mine: httpx.AsyncClient, me: User, body: object, status: int, field: str, message: str
) -> None:
    other = await Session.create_session(me.id)
    answer = await mine.post("/api/auth/password", json=body)
    assert answer.status_code == status
    [fault] = answer.json()["errors"]
    assert fault["field"] == field
    assert fault["message"].startswith(message)
    assert await User.login(me.email, PASSWORD) == me.id
    assert await Session.get_user_id(other.token) == me.id


async def test_of_two_who_change_the_same_password_one_succeeds(
    mine: httpx.AsyncClient, me: User, quick: None, hold: Hold
) -> None:
    async with hold(LOCK_USER, me.id, until=2):
        bodies = [change(new="the first one"), change(new="the second one")]
        both = [asyncio.create_task(mine.post("/api/auth/password", json=body)) for body in bodies]
    answers = [answer.status_code for answer in await asyncio.gather(*both)]
    assert sorted(answers) == [204, 403]
    winner = bodies[answers.index(204)]["new_password"]
    assert await User.login(me.email, str(winner)) == me.id


async def test_who_signs_in_with_a_password_while_it_is_changed_is_refused(
    anonymous: httpx.AsyncClient, me: User, hold: Hold
) -> None:
    async with hold(LOCK_USER, me.id) as connection:
        signing_in = asyncio.create_task(sign_in(anonymous, me.email, PASSWORD))
        await wait_until_blocked()
        changed = User.hash_password(NEW, iterations=1)
        await connection.execute("UPDATE users SET password = $1", changed)
    assert_refused(await signing_in)
    assert await Session.count() == 0


async def test_a_token_that_is_taken_back_while_it_is_used_answers_once(
    mine: httpx.AsyncClient, hold: Hold
) -> None:
    async with hold("LOCK TABLE videos"):
        reading = asyncio.create_task(mine.get("/api/videos"))
        await wait_until_blocked()
        await Session.delete(force=True)
    assert (await reading).status_code == 200
    forget_callers()
    assert_refused(await mine.get("/api/videos"))
