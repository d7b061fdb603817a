from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from piccolo.columns.combination import And
from piccolo.query import OrderByRaw

from apps.accounts.tables import Session, User, hash_token, match_email
from apps.shared.db.repositories import Repository
from apps.shared.errors import NotFound

MAX_USERS = 1000
"""Users per page."""

MAX_TOKENS = 100
"""API tokens per person."""

MAX_SESSIONS = 100
"""Sessions listed per person, who may have more."""


class UserRepository(Repository[User]):
    table = User

    async def get_by_email(self, email: str) -> User | None:
        """Ignores case."""
        return await User.objects().where(match_email(email)).first()

    async def create(self, **values: Any) -> User:
        """Takes `email`, `password` in clear text, and any other column. Raises Invalid."""
        return await User.create_user(values.pop("email"), values.pop("password"), **values)

    async def list_by_email(self, limit: int, offset: int) -> list[User]:
        """Ignores case."""
        by_email = OrderByRaw("lower(email)")
        return await User.objects().order_by(by_email).limit(limit).offset(offset)

    async def exists_any(self) -> bool:
        return await User.exists()


class SessionRepository(Repository[Session]):
    table = Session

    async def get_by_token(self, token: str) -> Session | None:
        """None if it has expired."""
        now = datetime.now(UTC)
        return (
            await Session.objects()
            .where(
                Session.token_hash == hash_token(token),
                Session.expires_at > now,
                Session.max_expires_at > now,
            )
            .first()
        )

    async def delete_expired(self) -> int:
        """Returns how many."""
        return await Session.remove_expired()

    async def list_by_user(self, user_id: UUID) -> list[Session]:
        return await Session.objects().where(Session.user_id == user_id).order_by(Session.id)

    async def has_token(self, user_id: UUID, name: str) -> bool:
        """Whether there is a valid one of this name."""
        return bool(await Session.exists().where(match_valid_tokens(user_id), Session.name == name))

    async def count_tokens(self, user_id: UUID) -> int:
        """Counts valid ones only."""
        return int(await Session.count().where(match_valid_tokens(user_id)))

    async def list_tokens(self, user_id: UUID) -> list[Session]:
        """Valid ones only, newest first; there are never more than `MAX_TOKENS`."""
        newest_first = Session.objects().order_by(Session.id, ascending=False)
        return await newest_first.where(match_valid_tokens(user_id)).limit(MAX_TOKENS)

    async def delete_token(self, user_id: UUID, token_id: UUID) -> None:
        """Raises NotFound, also for another person's token."""
        theirs = (
            (Session.id == token_id) & (Session.user_id == user_id) & Session.name.is_not_null()
        )
        if not await Session.delete().where(theirs).returning(Session.id):
            raise NotFound(f"You have no API token {token_id}.")

    async def list_sessions(self, user_id: UUID) -> list[Session]:
        """Valid ones only, without API tokens, newest first."""
        now = datetime.now(UTC)
        is_good = (Session.expires_at > now) & (Session.max_expires_at > now)
        newest_first = Session.objects().order_by(Session.id, ascending=False)
        return await newest_first.where(match_sessions(user_id) & is_good).limit(MAX_SESSIONS)

    async def delete_session(self, user_id: UUID, session_id: UUID) -> None:
        """Raises NotFound, also for another person's session and for API tokens."""
        theirs = match_sessions(user_id) & (Session.id == session_id)
        if not await Session.delete().where(theirs).returning(Session.id):
            raise NotFound(f"You have no session {session_id}.")


def match_sessions(user_id: UUID) -> And:
    return (Session.user_id == user_id) & Session.name.is_null()


def match_valid_tokens(user_id: UUID) -> And:
    is_token = (Session.user_id == user_id) & Session.name.is_not_null()
    return is_token & (Session.expires_at > datetime.now(UTC))
