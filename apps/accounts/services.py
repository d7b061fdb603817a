"""Signing in, and knowing who it is that calls."""

import secrets
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import monotonic
from uuid import UUID

import asyncpg
import msgspec

from apps.accounts.attempts import attempts
from apps.accounts.repositories import MAX_TOKENS, SessionRepository, UserRepository
from apps.accounts.schemas import Account, ApiToken, ApiTokenMade, ApiTokens, Token
from apps.accounts.tables import Credentials, Session, User, with_email
from apps.shared.engine import engine
from apps.shared.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from apps.shared.migrations import alone

KNOWN_SECONDS = 1.0
MAX_KNOWN = 10_000
TOKEN_LENGTH = timedelta(days=7)
MAX_TOKEN_LENGTH = timedelta(days=3652)

CALLER_QUERY = """
SELECT u.id, u.email, u.admin, u.superuser,
    coalesce(s.last_used_at < now() - interval '1 minute', true) AS is_noted_late
FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.token_hash = $1 AND s.expires_at > now() AND s.max_expires_at > now() AND u.active"""

NOTE_USE = """
UPDATE sessions s SET last_used_at = now() WHERE s.token_hash = $1
AND coalesce(s.last_used_at < now() - interval '1 minute', true)"""


class Caller(msgspec.Struct, frozen=True):
    """The user behind a request."""

    id: UUID
    email: str
    admin: bool
    superuser: bool

    @property
    def is_administrator(self) -> bool:
        return self.admin or self.superuser


def counted_as(found: Credentials | None, email: str) -> str:
    """Whose attempt it is to sign in: the user's, or that of an email which nobody has."""
    return str(found.id) if found else email.lower()


async def sign_in(email: str, password: str, address: str) -> Token:
    """Raises TooManyRequests and Unauthenticated.

    The words are the same for an unknown email, an inactive user and a wrong password.
    """
    found = await User.credentials(with_email(email))
    account = counted_as(found, email)
    await attempts().count(account, address)
    refusal = Unauthenticated("No active user has this email and password.")
    if not await User.has_password(found, password) or found is None:
        raise refusal
    expires_at = datetime.now(UTC) + TOKEN_LENGTH
    async with engine().transaction():
        if await User.note_login(found) is None:
            raise refusal
        session = await Session.create_session(found.id, expires_at, expires_at)
    await attempts().forget(account)
    return Token(token=session.token, expires_at=expires_at)


known: dict[str, tuple[float, Caller]] = {}
"""Token hash → until when (monotonic seconds) its caller need not be looked up again."""


def forget_callers() -> None:
    """A token that this process takes back is worth nothing at once."""
    known.clear()


async def find_caller(token_hash: str) -> Caller | None:
    """One statement at most every KNOWN_SECONDS for a token.

    So long a token may still be taken that another process has taken back, or that has expired, and
    so long may an administrator still be one.
    """
    now = monotonic()
    until, caller = known.get(token_hash, (0.0, None))
    if now < until:
        return caller
    known.pop(token_hash, None)
    caller = await look_up_caller(token_hash)
    if caller is not None:
        if len(known) >= MAX_KNOWN:
            known.clear()
        known[token_hash] = (now + KNOWN_SECONDS, caller)
    return caller


async def look_up_caller(token_hash: str) -> Caller | None:
    """Once a minute a second statement notes that the token is in use."""
    async with engine().connection() as connection:
        row = await connection.fetchrow(CALLER_QUERY, token_hash)
        if row is None:
            return None
        if row["is_noted_late"]:
            # A database that only reads still answers.
            with suppress(asyncpg.ReadOnlySQLTransactionError):
                await connection.execute(NOTE_USE, token_hash)
    return Caller(row["id"], row["email"], row["admin"], row["superuser"])


async def sign_out(token_hash: str) -> None:
    await Session.delete().where(Session.token_hash == token_hash)
    forget_callers()


async def delete_token(user_id: UUID, key: UUID) -> None:
    """Raises NotFound."""
    await SessionRepository().delete_token(user_id, key)
    forget_callers()


async def account_of(caller: Caller) -> Account:
    """Raises Unauthenticated when the user was deleted since they were let in."""
    user = await User.objects().get(User.id == caller.id)
    if user is None:
        raise Unauthenticated("This user is no more.")
    return msgspec.convert(user, Account, from_attributes=True)


async def change_password(
    caller: Caller, current: str, new: str, *, kept: str, address: str
) -> None:
    """Ends the other sessions than the one of the token hash `kept`; API tokens stay.

    Raises Invalid, TooManyRequests and Forbidden.
    """
    User.check_password(new, "new_password")
    account = str(caller.id)
    await attempts().count(account, address)
    found = await User.credentials(User.id == caller.id)
    changed = False
    if found and await User.has_password(found, current):
        # If two come with the same current password, the second one's is no longer that.
        unchanged = (User.id == found.id) & (User.password == found.password)
        changed = await User.replace_password(unchanged, await User.hashed(new), kept)
    if not changed:
        message = "The current_password is wrong."
        raise Forbidden(message, fields={"current_password": message})
    forget_callers()
    await attempts().forget(account)


async def reset_password(email: str, password: str) -> None:
    """Ends all sessions and API tokens of the user. Raises Invalid and NotFound."""
    hashed = await User.hashed(password)
    if not await User.replace_password(with_email(email), hashed, with_tokens=True):
        raise no_user(email)


async def make_token(
    user_id: UUID, name: str, expires_at: datetime, used: str | None = None
) -> ApiTokenMade:
    """`used` is the hash of the token that asks for it. Raises Invalid, Conflict, Unauthenticated.

    A password that is reset at this moment takes the new token along, or the one that asks.
    """
    now = datetime.now(UTC)
    if not now < expires_at <= now + MAX_TOKEN_LENGTH:
        message = "A token ends in the future, at most ten years ahead."
        raise Invalid(message, fields={"expires_at": message})
    sessions = SessionRepository()
    async with engine().transaction():
        await User.select(User.id).where(User.id == user_id).lock_rows("NO KEY UPDATE")
        if used and not await Session.exists().where(Session.token_hash == used):
            raise Unauthenticated("This token is unknown or has expired. Sign in again.")
        if await sessions.count_tokens(user_id) >= MAX_TOKENS:
            raise Conflict(f"There are {MAX_TOKENS} API tokens already: delete one first.")
        made = await Session.create_session(user_id, expires_at, expires_at, name)
    return ApiTokenMade(id=made.id, name=name, expires_at=made.expires_at, token=made.token)


async def tokens_of(user_id: UUID) -> ApiTokens:
    found = await SessionRepository().list_tokens(user_id)
    return ApiTokens([msgspec.convert(each, ApiToken, from_attributes=True) for each in found])


async def make_token_for(email: str, name: str, days: int) -> ApiTokenMade:
    """Raises as `make_token` does, and NotFound."""
    user = await UserRepository().get_by_email(email)
    if user is None:
        raise no_user(email)
    return await make_token(user.id, name, datetime.now(UTC) + timedelta(days=days))


def no_user(email: str) -> NotFound:
    return NotFound(f"There is no user with the email {email}.")


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
