"""People's sessions, and the API tokens of their programs."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from apps.accounts.callers import forget_callers
from apps.accounts.repositories import MAX_TOKENS, SessionRepository, UserRepository
from apps.accounts.schemas import (
    ApiToken,
    ApiTokens,
    CreatedApiToken,
    SignedInSession,
    SignedInSessions,
)
from apps.accounts.services import user_not_found
from apps.accounts.tables import Session, User
from apps.shared.db.engine import get_engine
from apps.shared.errors import Conflict, Invalid, Unauthenticated

MAX_TOKEN_LENGTH = timedelta(days=3652)


async def list_signed_in_sessions(user_id: UUID, used: str) -> SignedInSessions:
    """`used` is the hash of the request's token."""
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


async def end_session(user_id: UUID, key: UUID) -> None:
    """Raises NotFound."""
    await SessionRepository().delete_session(user_id, key)
    forget_callers()


async def create_api_token(
    user_id: UUID, name: str, expires_at: datetime, used: str | None = None
) -> CreatedApiToken:
    """`used` is the hash of the request's token. Raises Invalid, Conflict and Unauthenticated.

    Names are unique, so that a request sent twice leaves no token that nobody knows. The lock makes
    a concurrent password reset delete the new token, too, or the request's token first.
    """
    now = datetime.now(UTC)
    if not now < expires_at <= now + MAX_TOKEN_LENGTH:
        message = "A token must expire in the future, within ten years."
        raise Invalid(message, fields={"expires_at": message})
    sessions = SessionRepository()
    async with get_engine().transaction():
        await User.select(User.id).where(User.id == user_id).lock_rows("NO KEY UPDATE")
        if used and not await Session.exists().where(Session.token_hash == used):
            raise Unauthenticated("This token is invalid or has expired. Sign in again.")
        if await sessions.has_token(user_id, name):
            message = "You already have an API token of this name. Choose another, or revoke it."
            raise Conflict(message, fields={"name": message})
        if await sessions.count_tokens(user_id) >= MAX_TOKENS:
            raise Conflict(f"You already have {MAX_TOKENS} API tokens. Revoke one first.")
        made = await Session.create_session(user_id, expires_at, expires_at, name)
    return CreatedApiToken(id=made.id, name=name, expires_at=made.expires_at, token=made.token)


async def create_api_token_for(email: str, name: str, days: int) -> CreatedApiToken:
    """Raises what `create_api_token` raises, and NotFound."""
    user = await UserRepository().get_by_email(email)
    if user is None:
        raise user_not_found(email)
    return await create_api_token(user.id, name, datetime.now(UTC) + timedelta(days=days))


async def list_api_tokens(user_id: UUID) -> ApiTokens:
    found = await SessionRepository().list_tokens(user_id)
    return ApiTokens([msgspec.convert(each, ApiToken, from_attributes=True) for each in found])


async def revoke_api_token(user_id: UUID, key: UUID) -> None:
    """Raises NotFound."""
    await SessionRepository().delete_token(user_id, key)
    forget_callers()
