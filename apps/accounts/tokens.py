"""What lets a person in again: the sessions of who signed in, and the API tokens of programs."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from apps.accounts.repositories import MAX_TOKENS, SessionRepository, UserRepository
from apps.accounts.schemas import (
    ApiToken,
    ApiTokenMade,
    ApiTokens,
    SignedInSession,
    SignedInSessions,
)
from apps.accounts.services import forget_callers, no_user
from apps.accounts.tables import Session, User
from apps.shared.db.engine import get_engine
from apps.shared.errors import Conflict, Invalid, Unauthenticated

MAX_TOKEN_LENGTH = timedelta(days=3652)


async def sessions_of(user_id: UUID, used: str) -> SignedInSessions:
    """`used` is the hash of the token that asks."""
    found = await SessionRepository().list_sessions(user_id)
    return SignedInSessions(
        [
            SignedInSession(
                id=each.id,
                created_at=each.created_at,
                last_used_at=each.last_used_at,
                expires_at=min(each.expires_at, each.max_expires_at),
                is_this_one=each.token_hash == used,
            )
            for each in found
        ]
    )


async def end_own_session(user_id: UUID, key: UUID) -> None:
    """Raises NotFound."""
    await SessionRepository().delete_session(user_id, key)
    forget_callers()


async def make_token(
    user_id: UUID, name: str, expires_at: datetime, used: str | None = None
) -> ApiTokenMade:
    """`used` is the hash of the token that asks for it. Raises Invalid, Conflict, Unauthenticated.

    There is one of a name, so that a request that is sent twice leaves no token that nobody knows.
    A password that is reset at this moment takes the new token along, or the one that asks.
    """
    now = datetime.now(UTC)
    if not now < expires_at <= now + MAX_TOKEN_LENGTH:
        message = "A token ends in the future, at most ten years ahead."
        raise Invalid(message, fields={"expires_at": message})
    sessions = SessionRepository()
    async with get_engine().transaction():
        await User.select(User.id).where(User.id == user_id).lock_rows("NO KEY UPDATE")
        if used and not await Session.exists().where(Session.token_hash == used):
            raise Unauthenticated("This token is unknown or has expired. Sign in again.")
        if await sessions.has_token(user_id, name):
            message = "There is an API token of this name: choose another name, or delete it first."
            raise Conflict(message, fields={"name": message})
        if await sessions.count_tokens(user_id) >= MAX_TOKENS:
            raise Conflict(f"There are {MAX_TOKENS} API tokens already: delete one first.")
        made = await Session.create_session(user_id, expires_at, expires_at, name)
    return ApiTokenMade(id=made.id, name=name, expires_at=made.expires_at, token=made.token)


async def make_token_for(email: str, name: str, days: int) -> ApiTokenMade:
    """Raises as `make_token` does, and NotFound."""
    user = await UserRepository().get_by_email(email)
    if user is None:
        raise no_user(email)
    return await make_token(user.id, name, datetime.now(UTC) + timedelta(days=days))


async def tokens_of(user_id: UUID) -> ApiTokens:
    found = await SessionRepository().list_tokens(user_id)
    return ApiTokens([msgspec.convert(each, ApiToken, from_attributes=True) for each in found])


async def delete_token(user_id: UUID, key: UUID) -> None:
    """Raises NotFound."""
    await SessionRepository().delete_token(user_id, key)
    forget_callers()
