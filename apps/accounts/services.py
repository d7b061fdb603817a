"""Signing in, and knowing who it is that calls."""

import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from apps.accounts.repositories import UserRepository
from apps.accounts.schemas import Token
from apps.accounts.tables import Session, User
from apps.shared.engine import engine
from apps.shared.errors import Unauthenticated
from apps.shared.migrations import alone

TOKEN_LENGTH = timedelta(days=7)

CALLER_QUERY = """
SELECT u.id, u.email, u.admin, u.superuser FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.token_hash = $1 AND s.expires_at > now() AND s.max_expires_at > now() AND u.active"""


class Caller(msgspec.Struct, frozen=True):
    """The user behind a request."""

    id: UUID
    email: str
    admin: bool
    superuser: bool


async def sign_in(email: str, password: str) -> Token:
    """Raises Unauthenticated, with the same words for an unknown email and a wrong password."""
    user_id = await User.login(email, password)
    if user_id is None:
        raise Unauthenticated("No active user has this email and password.")
    expires_at = datetime.now(UTC) + TOKEN_LENGTH
    session = await Session.create_session(user_id, expires_at, expires_at)
    return Token(token=session.token, expires_at=expires_at)


async def find_caller(token_hash: str) -> Caller | None:
    """One statement, at each request: a token that was taken back is worth nothing at once."""
    async with engine().connection() as connection:
        row = await connection.fetchrow(CALLER_QUERY, token_hash)
    return None if row is None else Caller(**dict(row))


async def make_first_administrator(email: str, password: str | None) -> str | None:
    """The password of the administrator it made, or None when there are users already."""
    users = UserRepository()
    if await users.exists_any():
        return None
    chosen = password or secrets.token_urlsafe(12)
    async with alone():
        if await users.exists_any():
            return None
        await User.create_user(email, chosen, active=True, admin=True, superuser=True)
    return chosen
