"""Where a person is signed in, and how they end it."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from apps.accounts.repositories import MAX_SESSIONS
from apps.accounts.tables import EXTENSION, Session, User
from tests.accounts.test_signing_in import assert_refused, bearer
from tests.database import execute, value
from tests.factories import make_user

SESSIONS = "/api/auth/sessions"


async def test_the_list_has_ones_own_good_sessions_newest_first(
    mine: httpx.AsyncClient, me: User
) -> None:
    later = datetime.now(UTC) + timedelta(days=1)
    over = datetime.now(UTC) - timedelta(seconds=1)
    other = await Session.create_session(me.id)
    await Session.create_session(me.id, later, later, "an API token")
    await Session.create_session((await make_user()).id)
    for dates in ((over, later), (later, over)):
        await Session.create_session(me.id, *dates)
    [second, first] = (await mine.get(SESSIONS)).json()["items"]
    assert set(first) == {"id", "created_at", "last_used_at", "expires_at", "is_this_one"}
    assert (first["is_this_one"], second["is_this_one"]) == (True, False)
    assert second["id"] == str(other.id)
    assert datetime.fromisoformat(second["expires_at"]) == other.expires_at
    assert (first["last_used_at"], second["last_used_at"]) != (None, None)
    assert second["last_used_at"] is None


async def test_no_more_than_a_page_is_listed(mine: httpx.AsyncClient, me: User) -> None:
    await execute(
        "INSERT INTO sessions (user_id, token_hash) "
        "SELECT $1, lpad(to_hex(n), 64, '0') FROM generate_series(1, $2) n",
        me.id,
        MAX_SESSIONS,
    )
    assert len((await mine.get(SESSIONS)).json()["items"]) == MAX_SESSIONS


async def test_the_list_costs_one_query(mine: httpx.AsyncClient, queries: list[str]) -> None:
    await mine.get(SESSIONS)
    queries.clear()
    assert (await mine.get(SESSIONS)).status_code == 200
    assert len(queries) == 1


async def test_a_session_that_is_ended_is_out_at_once(mine: httpx.AsyncClient, me: User) -> None:
    other = await Session.create_session(me.id)
    assert (await mine.get("/api/auth/me", headers=bearer(other.token))).status_code == 200
    assert (await mine.delete(f"{SESSIONS}/{other.id}")).status_code == 204
    assert_refused(await mine.get("/api/auth/me", headers=bearer(other.token)))
    again = await mine.delete(f"{SESSIONS}/{other.id}")
    assert (again.status_code, again.json()["detail"]) == (404, f"You have no session {other.id}.")
    assert (await mine.get("/api/auth/me")).status_code == 200


async def test_ones_own_session_can_be_ended_too(mine: httpx.AsyncClient) -> None:
    [this] = (await mine.get(SESSIONS)).json()["items"]
    assert (await mine.delete(f"{SESSIONS}/{this['id']}")).status_code == 204
    assert_refused(await mine.get(SESSIONS))


@pytest.mark.parametrize("name", [None, "an API token"])
async def test_nobody_ends_anothers_session_or_a_token_here(
    mine: httpx.AsyncClient, me: User, name: str | None
) -> None:
    later = datetime.now(UTC) + timedelta(days=1)
    owner = me if name else await make_user()
    session = await Session.create_session(owner.id, later, later, name)
    answer = await mine.delete(f"{SESSIONS}/{session.id}")
    assert (answer.status_code, await Session.count()) == (404, 2)


AGES = [(None, True), ("30 seconds", False), ("61 seconds", True)]


@pytest.mark.parametrize(("age", "is_noted"), AGES)
async def test_the_use_of_a_cookie_is_noted_once_a_minute(
    me: User, age: str | None, is_noted: bool
) -> None:
    session = await Session.create_session(me.id)
    await execute(f"UPDATE sessions SET last_used_at = now() - interval '{age or '1 day'}'")
    if age is None:
        await execute("UPDATE sessions SET last_used_at = NULL")
    before = await value("SELECT last_used_at FROM sessions")
    assert await Session.get_user_id(session.token) == me.id
    assert await value("SELECT last_used_at FROM sessions") == before
    assert await Session.get_user_id(session.token, EXTENSION) == me.id
    after = await value("SELECT last_used_at FROM sessions")
    assert (after != before) is is_noted
    assert await value("SELECT expires_at FROM sessions") == session.expires_at


async def test_who_was_signed_out_elsewhere_is_led_to_the_sign_in(
    mine: httpx.AsyncClient, admin_user: User
) -> None:
    """The admin's front end goes there on a 401; a page says so itself."""
    theirs = await Session.create_session(admin_user.id)
    here = bearer((await Session.create_session(admin_user.id)).token)
    mine.cookies["id"] = theirs.token
    for path in ("/admin/api/user/", "/"):
        assert (await mine.get(path)).status_code == 200
    assert (await mine.delete(f"{SESSIONS}/{theirs.id}", headers=here)).status_code == 204
    assert (await mine.get("/admin/api/user/")).status_code == 401
    page = await mine.get("/?a=b")
    assert (page.status_code, page.headers["location"]) == (303, "/admin/?next=%2F%3Fa%3Db")
