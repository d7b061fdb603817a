"""Tokens that people make for programs."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

import piccolo_conf
from apps.accounts.callers import forget_callers
from apps.accounts.repositories import MAX_TOKENS
from apps.accounts.tables import Session, User, hash_token
from tests.accounts.conftest import LOCK_USER, Hold, wait_until_blocked
from tests.accounts.test_signing_in import assert_refused, bearer
from tests.database import execute, value
from tests.factories import make_user

TOKENS = "/api/auth/tokens"


def ahead(**length: float) -> str:
    return (datetime.now(UTC) + timedelta(**length)).isoformat()


async def make(client: httpx.AsyncClient, **values: Any) -> httpx.Response:
    return await client.post(TOKENS, json={"name": "backup", "expires_at": ahead(days=1), **values})


async def test_a_token_is_shown_once_and_opens_what_its_owner_may_open(
    mine: httpx.AsyncClient, me: User
) -> None:
    until = ahead(days=3000)
    answer = await make(mine, expires_at=until)
    assert answer.status_code == 201
    made = answer.json()
    assert set(made) == {"id", "name", "expires_at", "token"}
    assert (made["name"], datetime.fromisoformat(made["expires_at"])) == (
        "backup",
        datetime.fromisoformat(until),
    )
    stored = await Session.objects().get(Session.id == made["id"])
    assert stored is not None
    assert (stored.user_id, stored.token_hash) == (me.id, hash_token(made["token"]))
    assert stored.expires_at == stored.max_expires_at == datetime.fromisoformat(until)

    who = await mine.get("/api/auth/me", headers=bearer(made["token"]))
    assert who.json()["id"] == str(me.id)
    [listed] = (await mine.get(TOKENS)).json()["items"]
    assert set(listed) == {"id", "name", "created_at", "expires_at", "last_used_at"}
    assert (listed["id"], listed["name"]) == (made["id"], "backup")


async def test_the_list_has_ones_own_good_tokens_newest_first(
    mine: httpx.AsyncClient, me: User
) -> None:
    for number in range(3):
        assert (await make(mine, name=f"number {number}")).status_code == 201
    stranger = await make_user()
    later = datetime.now(UTC) + timedelta(days=1)
    await Session.create_session(stranger.id, later, later, "theirs")
    await execute("UPDATE sessions SET expires_at = now() WHERE name = 'number 1'")
    listed = (await mine.get(TOKENS)).json()
    assert [each["name"] for each in listed["items"]] == ["number 2", "number 0"]


async def test_the_list_costs_one_query(mine: httpx.AsyncClient, queries: list[str]) -> None:
    for number in range(3):
        await make(mine, name=f"number {number}")
    queries.clear()
    assert len((await mine.get(TOKENS)).json()["items"]) == 3
    assert len(queries) == 1


async def test_use_is_noted_once_a_minute(mine: httpx.AsyncClient) -> None:
    token = (await make(mine)).json()["token"]
    query = "SELECT last_used_at FROM sessions WHERE token_hash = $1"
    assert await value(query, hash_token(token)) is None
    seen = []
    for aged in ("0", "59 seconds", "61 seconds"):
        await execute(f"UPDATE sessions SET last_used_at = last_used_at - interval '{aged}'")
        before = await value(query, hash_token(token))
        forget_callers()
        await mine.get("/api/auth/me", headers=bearer(token))
        seen.append(await value(query, hash_token(token)) != before)
    assert seen == [True, False, True]
    assert datetime.now(UTC) - await value(query, hash_token(token)) < timedelta(seconds=5)


async def test_a_database_that_only_reads_still_knows_who_calls(mine: httpx.AsyncClient) -> None:
    await execute("ALTER ROLE CURRENT_USER SET default_transaction_read_only = on")
    database = piccolo_conf.DB
    pool, database.pool = database.pool, None  # So that connections are new.
    try:
        answer = await mine.get("/api/auth/me")
        refused = await mine.post("/api/auth/logout")
    finally:
        database.pool = pool
        await execute("ALTER ROLE CURRENT_USER RESET default_transaction_read_only")
    assert (answer.status_code, refused.status_code) == (200, 503)


async def test_deleting_takes_a_token_back_at_once(mine: httpx.AsyncClient) -> None:
    made = (await make(mine)).json()
    answer = await mine.delete(f"{TOKENS}/{made['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert_refused(await mine.get("/api/auth/me", headers=bearer(made["token"])))
    again = await mine.delete(f"{TOKENS}/{made['id']}")
    assert again.status_code == 404
    assert again.json()["detail"] == f"You have no API token {made['id']}."


@pytest.mark.parametrize("is_administrator", [False, True])
async def test_anothers_token_and_ones_own_session_are_not_found(
    mine: httpx.AsyncClient, me: User, is_administrator: bool
) -> None:
    await User.update({User.admin: is_administrator, User.superuser: is_administrator}).where(
        User.id == me.id
    )
    later = datetime.now(UTC) + timedelta(days=1)
    theirs = await Session.create_session((await make_user()).id, later, later, "theirs")
    session = await Session.create_session(me.id)
    for each in (theirs, session):
        assert (await mine.delete(f"{TOKENS}/{each.id}")).status_code == 404
        assert await Session.exists().where(Session.id == each.id)


async def test_an_inactive_users_token_is_worth_nothing_at_once(
    mine: httpx.AsyncClient, me: User
) -> None:
    token = (await make(mine)).json()["token"]
    await User.update({User.active: False}).where(User.id == me.id)
    assert_refused(await mine.get("/api/videos", headers=bearer(token)))


@pytest.mark.parametrize(
    ("values", "status", "field"),
    [
        ({"expires_at": "2026-01-01T00:00:00+00:00"}, 422, "expires_at"),
        ({"expires_at": "2226-01-01T00:00:00+00:00"}, 422, "expires_at"),
        ({"expires_at": "0001-01-01T00:00:00+14:00"}, 422, "expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-14:00"}, 422, "expires_at"),
        ({"expires_at": "2030-01-01T00:00:00"}, 400, "expires_at"),
        ({"expires_at": "soon"}, 400, "expires_at"),
        ({"expires_at": 1900000000}, 400, "expires_at"),
        ({"expires_at": "1900000000"}, 400, "expires_at"),
        ({"expires_at": None}, 400, "expires_at"),
        ({"name": ""}, 400, "name"),
        ({"name": "  "}, 400, "name"),
        ({"name": "n" * 101}, 400, "name"),
        ({"user_id": "018f0000-0000-7000-8000-000000000000"}, 400, "user_id"),
    ],
    ids=str,
)
async def test_a_wrong_token_names_the_field(
    mine: httpx.AsyncClient, values: dict[str, Any], status: int, field: str
) -> None:
    answer = await make(mine, **values)
    assert answer.status_code == status
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]
    assert (await mine.get(TOKENS)).json() == {"items": []}


async def test_a_nul_in_a_name_is_refused_and_an_emoji_is_not(mine: httpx.AsyncClient) -> None:
    assert (await make(mine, name="a\0b")).status_code == 422
    assert (await make(mine, name="🎞" * 100)).json()["name"] == "🎞" * 100


async def fill(me: User, number: int) -> None:
    await execute(
        "INSERT INTO sessions (user_id, token_hash, name, expires_at, max_expires_at) "
        "SELECT $1, md5(n::text) || md5(n::text), 'old', now() + interval '1 day', "
        "now() + interval '1 day' FROM generate_series(1, $2) n",
        me.id,
        number,
    )


async def test_of_two_who_make_the_last_token_one_succeeds(
    mine: httpx.AsyncClient, me: User, hold: Hold
) -> None:
    await fill(me, MAX_TOKENS - 1)
    async with hold(LOCK_USER, me.id, until=2):
        both = [asyncio.create_task(make(mine, name=name)) for name in ("one", "another")]
    answers = sorted([await each for each in both], key=lambda answer: answer.status_code)
    assert [answer.status_code for answer in answers] == [201, 409]
    assert answers[1].json()["detail"] == "You already have 100 API tokens. Revoke one first."
    assert len((await mine.get(TOKENS)).json()["items"]) == MAX_TOKENS


TAKEN = "You already have an API token of this name. Choose another, or revoke it."


async def test_a_request_that_is_sent_twice_makes_one_token(
    mine: httpx.AsyncClient, me: User, hold: Hold
) -> None:
    async with hold(LOCK_USER, me.id, until=2):
        both = [asyncio.create_task(make(mine)) for _ in range(2)]
    answers = sorted([await each for each in both], key=lambda answer: answer.status_code)
    assert [answer.status_code for answer in answers] == [201, 409]
    assert answers[1].json()["errors"] == [{"field": "name", "message": TAKEN}]
    assert answers[1].json()["detail"] == TAKEN
    [kept] = (await mine.get(TOKENS)).json()["items"]
    assert kept["id"] == answers[0].json()["id"]


async def test_a_name_is_free_again_once_its_token_has_ended(mine: httpx.AsyncClient) -> None:
    first = (await make(mine)).json()
    await mine.delete(f"{TOKENS}/{first['id']}")
    assert (await make(mine)).status_code == 201
    await execute("UPDATE sessions SET expires_at = now() WHERE name IS NOT NULL")
    assert (await make(mine)).status_code == 201


async def test_others_may_have_tokens_of_the_same_name(mine: httpx.AsyncClient, me: User) -> None:
    """And who has two of one name, as they once could be made, keeps both."""
    later = datetime.now(UTC) + timedelta(days=1)
    await Session.create_session((await make_user()).id, later, later, "backup")
    assert (await make(mine)).status_code == 201
    await Session.create_session(me.id, later, later, "backup")
    assert (await make(mine, name="Backup")).status_code == 201
    names = [each["name"] for each in (await mine.get(TOKENS)).json()["items"]]
    assert names == ["Backup", "backup", "backup"]


async def test_expired_tokens_make_room(mine: httpx.AsyncClient, me: User) -> None:
    await fill(me, MAX_TOKENS)
    await execute("UPDATE sessions SET expires_at = now() WHERE name = 'old'")
    assert (await make(mine)).status_code == 201
    assert [each["name"] for each in (await mine.get(TOKENS)).json()["items"]] == ["backup"]


async def test_a_session_that_ends_meanwhile_makes_no_token(
    mine: httpx.AsyncClient, me: User, hold: Hold
) -> None:
    async with hold(LOCK_USER, me.id) as connection:
        making = asyncio.create_task(make(mine))
        await wait_until_blocked()
        await connection.execute("DELETE FROM sessions")
    assert_refused(await making)
    assert await Session.count() == 0
