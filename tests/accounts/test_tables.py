"""Users and sessions, as the admin and REST use them."""

import hashlib
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from apps.accounts.tables import Session, User, hash_token
from apps.shared.errors import Invalid
from tests.factories import PASSWORD, make_user


async def test_login_answers_the_users_id_and_notes_the_time() -> None:
    user = await make_user()
    before = datetime.now(UTC)
    assert await User.login(user.email, PASSWORD) == user.id
    await user.refresh()
    assert user.last_login is not None
    assert before <= user.last_login <= datetime.now(UTC)


async def test_login_takes_an_email_in_any_case() -> None:
    user = await make_user(email="Zoë.Émile@Example.org")
    assert await User.login("zoë.émile@EXAMPLE.ORG", PASSWORD) == user.id


async def test_a_wrong_password_is_refused() -> None:
    user = await make_user()
    assert await User.login(user.email, PASSWORD + " ") is None
    assert await User.login(user.email, PASSWORD.upper()) is None
    await user.refresh()
    assert user.last_login is None


async def test_an_inactive_user_is_refused() -> None:
    user = await make_user(active=False)
    assert await User.login(user.email, PASSWORD) is None


async def test_an_unknown_email_costs_a_hash_as_well(hashes: list[str]) -> None:
    user = await make_user()
    await User.login(user.email, "one guess")
    await User.login("nobody@example.org", "another guess")
    assert hashes == ["one guess", "another guess"]


@pytest.mark.parametrize(
    ("email", "password"),
    [("e" * 256, PASSWORD), ("me@example.org", "p" * 129), ("me@example.org", ""), ("", PASSWORD)],
)
async def test_what_nobody_can_have_is_refused(email: str, password: str) -> None:
    await make_user(email="me@example.org")
    assert await User.login(email, password) is None


async def test_what_is_too_long_is_not_even_hashed(hashes: list[str]) -> None:
    assert await User.login("me@example.org", "p" * 10_000) is None
    assert hashes == []


async def test_a_created_user_signs_in_with_a_salted_hash_of_many_rounds() -> None:
    one = await User.create_user("one@example.org", "same password")
    two = await User.create_user("two@example.org", "same password", admin=True)
    assert await User.login("one@example.org", "same password") == one.id
    assert (one.active, one.admin, one.superuser, two.admin) == (True, False, False, True)
    _, rounds, salt, _ = User.split_stored_password(one.password)
    assert int(rounds) >= 600_000
    assert salt != User.split_stored_password(two.password)[2]
    assert "same password" not in one.password


@pytest.mark.parametrize("password", ["", "seven77", "p" * 129, "pbkdf2_sha256$1$salt$hash"])
async def test_an_unusable_password_is_refused_with_a_sentence(password: str) -> None:
    with pytest.raises(Invalid) as raised:
        await User.create_user("me@example.org", password)
    assert set(raised.value.fields) == {"password"}
    assert await User.count() == 0


async def test_a_new_password_replaces_the_old_one() -> None:
    user = await make_user()
    await User.update_password(user.id, "second password")
    assert await User.login(user.email, PASSWORD) is None
    assert await User.login(user.email, "second password") == user.id
    await User.update_password(user.email.upper(), "third password")
    assert await User.login(user.email, "third password") == user.id
    with pytest.raises(Invalid):
        await User.update_password(user.id, "short")


async def test_two_users_cannot_have_the_same_email_in_different_case() -> None:
    await make_user(email="me@example.org")
    with pytest.raises(asyncpg.UniqueViolationError) as raised:
        await make_user(email="ME@Example.org")
    assert raised.value.constraint_name == "users_email_key"


@pytest.mark.parametrize("email", ["", "me", "me@", "@here", "me @here", "me@he re", "a@b@c"])
async def test_an_email_must_look_like_one(email: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError) as raised:
        await make_user(email=email)
    assert raised.value.constraint_name == "users_email_check"


async def test_only_the_hash_of_a_token_is_stored() -> None:
    session = await Session.create_session((await make_user()).id)
    rows = await Session.raw("SELECT s::text AS row FROM sessions s")
    assert len(rows) == 1
    assert session.token not in rows[0]["row"]
    assert hashlib.sha256(session.token.encode()).hexdigest() in rows[0]["row"]
    assert len(session.token) >= 43, "32 bytes in base 64."


async def test_an_api_token_is_no_session_of_the_admin() -> None:
    made = await Session.create_session((await make_user()).id, name="laptop")
    assert await Session.get_user_id(made.token) is None


async def test_a_session_is_its_users_until_it_is_removed() -> None:
    user = await make_user()
    session, other = [await Session.create_session(user.id) for _ in range(2)]
    assert session.token != other.token
    assert await Session.get_user_id(session.token) == user.id
    assert await Session.get_user_id(hash_token(session.token)) is None
    await Session.remove_session(session.token)
    assert await Session.get_user_id(session.token) is None
    assert await Session.get_user_id(other.token) == user.id


async def test_a_session_lasts_an_hour_and_at_most_a_week() -> None:
    now = datetime.now(UTC)
    session = await Session.create_session((await make_user()).id)
    assert abs(session.expires_at - now - timedelta(hours=1)) < timedelta(seconds=5)
    assert abs(session.max_expires_at - now - timedelta(days=7)) < timedelta(seconds=5)


@pytest.mark.parametrize("late", ["expires_at", "max_expires_at"])
async def test_an_expired_session_is_nobodys(late: str) -> None:
    session = await Session.create_session((await make_user()).id)
    setattr(session, late, datetime.now(UTC) - timedelta(seconds=1))
    await session.save()
    assert await Session.get_user_id(session.token, timedelta(hours=1)) is None


async def test_dates_without_a_zone_are_local_time() -> None:
    """Piccolo Admin gives those."""
    in_an_hour = datetime.now() + timedelta(hours=1)
    session = await Session.create_session((await make_user()).id, in_an_hour, in_an_hour)
    await session.refresh()
    assert session.expires_at == in_an_hour.astimezone(UTC)
    assert session.max_expires_at == in_an_hour.astimezone(UTC)


async def test_use_prolongs_a_session_that_ends_soon_up_to_its_maximum() -> None:
    user = await make_user()
    now = datetime.now(UTC)
    step = timedelta(minutes=20)
    soon, end = now + timedelta(minutes=5), now + timedelta(minutes=12)
    for maximum, expected in ((now + timedelta(days=1), soon + step), (end, end)):
        session = await Session.create_session(user.id, soon, maximum)
        assert await Session.get_user_id(session.token) == user.id
        await session.refresh()
        assert session.expires_at == soon
        assert session.last_used_at is None
        assert await Session.get_user_id(session.token, step) == user.id
        await session.refresh()
        assert session.expires_at == expected
        assert session.last_used_at is not None
        assert session.last_used_at >= now


async def test_use_leaves_a_session_alone_that_lasts_longer() -> None:
    session = await Session.create_session((await make_user()).id)
    await Session.get_user_id(session.token, timedelta(minutes=20))
    before = session.expires_at
    await session.refresh()
    assert session.expires_at == before


async def test_a_users_sessions_go_with_the_user() -> None:
    user = await make_user()
    session = await Session.create_session(user.id)
    await User.delete().where(User.id == user.id)
    assert await Session.get_user_id(session.token) is None
    assert await Session.count() == 0
