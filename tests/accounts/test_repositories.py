from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from piccolo.columns import Timestamptz

from apps.accounts.repositories import SessionRepository, UserRepository
from apps.accounts.tables import Session, User
from apps.shared.errors import Invalid, NotFound
from tests.factories import make_user


async def test_a_user_is_found_by_email_in_any_case() -> None:
    user = await make_user(email="me@example.org")
    await make_user(email="you@example.org")
    found = await UserRepository().get_by_email("ME@example.ORG")
    assert found is not None
    assert found.id == user.id
    assert await UserRepository().get_by_email("nobody@example.org") is None


async def test_creating_a_user_hashes_the_password() -> None:
    made = await UserRepository().create(
        email="me@example.org", password="in the clear", admin=True
    )
    assert made.admin
    assert "in the clear" not in made.password
    assert await User.login("me@example.org", "in the clear") == made.id
    with pytest.raises(Invalid):
        await UserRepository().create(email="you@example.org", password="short")


async def test_whether_there_is_any_user() -> None:
    assert not await UserRepository().exists_any()
    await make_user()
    assert await UserRepository().exists_any()


async def test_a_session_is_found_by_its_token_while_it_lasts() -> None:
    session = await Session.create_session((await make_user()).id)
    found = await SessionRepository().get_by_token(session.token)
    assert found is not None
    assert found.id == session.id
    assert await SessionRepository().get_by_token("another") is None
    session.max_expires_at = datetime.now(UTC)
    await session.save()
    assert await SessionRepository().get_by_token(session.token) is None


async def expire(session: Session, column: Timestamptz) -> None:
    past = datetime.now(UTC) - timedelta(minutes=1)
    await Session.update({column: past}).where(Session.id == session.id)


async def test_expired_sessions_are_deleted_and_counted() -> None:
    user = await make_user()
    kept, used, old = [await Session.create_session(user.id) for _ in range(3)]
    await expire(used, Session.expires_at)
    await expire(old, Session.max_expires_at)
    assert await SessionRepository().delete_expired() == 2
    assert [row.id for row in await Session.objects()] == [kept.id]
    assert await SessionRepository().delete_expired() == 0


async def test_a_new_session_takes_the_expired_ones_place() -> None:
    user = await make_user()
    await expire(await Session.create_session(user.id), Session.expires_at)
    new = await Session.create_session(user.id)
    assert [row.id for row in await Session.objects()] == [new.id]


async def test_a_users_sessions_are_listed_oldest_first() -> None:
    user, other = await make_user(), await make_user()
    made = [await Session.create_session(user.id) for _ in range(3)]
    await Session.create_session(other.id)
    listed = await SessionRepository().list_by_user(user.id)
    assert [session.id for session in listed] == [session.id for session in made]


async def test_a_user_is_found_by_id() -> None:
    user, other = await make_user(admin=True), await make_user()
    found = await UserRepository().get(user.id)
    assert (found.id, found.email, found.admin) == (user.id, user.email, True)
    assert (await UserRepository().get(other.id)).email == other.email
    nobody = uuid4()
    with pytest.raises(NotFound, match=f"There is no user {nobody}."):
        await UserRepository().get(nobody)


async def test_a_session_is_made_and_deleted() -> None:
    user, sessions = await make_user(), SessionRepository()
    ends = datetime.now(UTC) + timedelta(hours=1)
    made, kept = [
        await sessions.create(
            user_id=user.id, token_hash=digit * 64, expires_at=ends, max_expires_at=ends
        )
        for digit in "ab"
    ]
    assert (made.user_id, made.token_hash, made.expires_at) == (user.id, "a" * 64, ends)
    assert made.to_dict() == (await sessions.get(made.id)).to_dict()
    await sessions.delete(made.id)
    assert [row.id for row in await Session.objects()] == [kept.id]
    with pytest.raises(NotFound, match="There is no session"):
        await sessions.delete(made.id)
