"""Signing in, and knowing who it is that calls."""

import secrets
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import monotonic
from uuid import UUID

import asyncpg
import msgspec

from apps.accounts import two_step
from apps.accounts.attempts import Factor, attempts
from apps.accounts.repositories import UserRepository
from apps.accounts.schemas import Account, Token
from apps.accounts.tables import Credentials, Session, User, with_email
from apps.shared.db.engine import get_engine
from apps.shared.db.migrations import migration_lock
from apps.shared.errors import Forbidden, NotFound, Unauthenticated

KNOWN_SECONDS = 1.0
MAX_KNOWN = 10_000
TOKEN_LENGTH = timedelta(days=7)

CALLER_QUERY = """
SELECT u.id, u.email, u.admin, u.superuser,
    coalesce(s.last_used_at < now() - interval '1 minute', true) AS is_noted_late
FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.token_hash = $1 AND s.expires_at > now() AND s.max_expires_at > now() AND u.active"""

NOTE_USE = """
UPDATE sessions s SET last_used_at = now() WHERE s.token_hash = $1
AND coalesce(s.last_used_at < now() - interval '1 minute', true)"""

CODE_NEEDED = (
    "A code is needed besides the password: send the one that the authenticator app shows, or a "
    "recovery code, as mfa_code."
)


class Caller(msgspec.Struct, frozen=True):
    """The user behind a request."""

    id: UUID
    email: str
    admin: bool
    is_superuser: bool

    @property
    def is_administrator(self) -> bool:
        return self.admin or self.is_superuser


def counted_as(found: Credentials | None, email: str) -> str:
    """Whose attempt it is to sign in: the user's, or that of an email which nobody has."""
    return str(found.id) if found else email.lower()


async def sign_in(email: str, password: str, address: str, code: str = "") -> Token:
    """Raises as `let_in` does."""
    session = await let_in(email, password, address, code, TOKEN_LENGTH)
    return Token(token=session.token, expires_at=session.expires_at)


async def let_in(
    email: str, password: str, address: str, code: str = "", length: timedelta | None = None
) -> Session:
    """`code` is for who has switched two-step sign-in on; without a `length` use prolongs it.

    The words are the same for an unknown email, an inactive user and a wrong password. Raises
    TooManyRequests and Unauthenticated, whose `fields` name the mfa_code when it is that.
    """
    found = await User.credentials(with_email(email))
    account = counted_as(found, email)
    await attempts().count(account, address)
    refusal = Unauthenticated("No active user has this email and password.")
    if not await User.has_password(found, password) or found is None:
        raise refusal
    await attempts().forget(account)
    if await two_step.is_on(found.id):
        wrong = await why_wrong(found.id, code, address) if code else CODE_NEEDED
        if wrong:
            raise Unauthenticated(wrong, fields={"mfa_code": wrong})
    until = datetime.now(UTC) + length if length else None
    async with get_engine().transaction():
        if await User.note_login(found) is None:
            raise refusal
        return await Session.create_session(found.id, until, until)


async def why_wrong(user_id: UUID, code: str, address: str) -> str | None:
    """None when the code lets in. Raises TooManyRequests and Unreadable."""
    account = str(user_id)
    await attempts().count(account, address, Factor.code)
    if not await two_step.accept(user_id, code):
        return "The code is wrong, or was used before."
    await attempts().forget(account, Factor.code)
    return None


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
    async with get_engine().connection() as connection:
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


async def account_of(caller: Caller) -> Account:
    """Raises Unauthenticated when the user was deleted since they were let in."""
    user = await User.objects().get(User.id == caller.id)
    if user is None:
        raise Unauthenticated("This user is no more.")
    return msgspec.convert(user, Account, from_attributes=True)


async def change_password(
    user_id: UUID, current: str, new: str, *, address: str, kept: str = ""
) -> None:
    """Ends the other sessions than the one of the token hash `kept`; API tokens stay.

    Raises Invalid, TooManyRequests and Forbidden.
    """
    User.check_password(new, "new_password")
    account = str(user_id)
    await attempts().count(account, address)
    found = await User.credentials(User.id == user_id)
    changed = False
    if found and await User.has_password(found, current):
        # If two come with the same current password, the second one's is no longer that.
        unchanged = (User.id == found.id) & (User.password == found.password)
        changed = await User.replace_password(unchanged, await User.hashed(new), kept)
    if not changed:
        message = "The current password is wrong."
        raise Forbidden(message, fields={"current_password": message})
    forget_callers()
    await attempts().forget(account)


async def prove_password(user_id: UUID, password: str, address: str) -> None:
    """Before what a session alone is not enough for. Raises TooManyRequests and Forbidden."""
    account = str(user_id)
    await attempts().count(account, address)
    if not await User.has_password(await User.credentials(User.id == user_id), password):
        raise Forbidden("The password is wrong.")
    await attempts().forget(account)


async def confirm_two_step(user_id: UUID, code: str, address: str) -> list[str]:
    """The recovery codes. Raises TooManyRequests and Invalid."""
    account = str(user_id)
    await attempts().count(account, address, Factor.code)
    codes = await two_step.confirm(user_id, code)
    await attempts().forget(account, Factor.code)
    return codes


async def switch_off_two_step(user_id: UUID, password: str, code: str, address: str) -> None:
    """A session and the password alone are no more than two-step sign-in is there against.

    Raises TooManyRequests and Forbidden. A wrong password uses no code up.
    """
    await prove_password(user_id, password, address)
    if await two_step.is_on(user_id):
        if wrong := await why_wrong(user_id, code, address):
            raise Forbidden(wrong)
        await two_step.switch_off(user_id)


async def disable_two_step_of(email: str) -> None:
    """Raises NotFound, also when it is not on."""
    user = await UserRepository().get_by_email(email)
    if user is None:
        raise no_user(email)
    if not await two_step.switch_off(user.id):
        raise NotFound(f"{user.email} has no two-step sign-in: the password alone is asked for.")


async def reset_password(email: str, password: str) -> None:
    """Ends all sessions and API tokens of the user. Raises Invalid and NotFound."""
    hashed = await User.hashed(password)
    if not await User.replace_password(with_email(email), hashed, with_tokens=True):
        raise no_user(email)


def no_user(email: str) -> NotFound:
    return NotFound(f"There is no user with the email {email}.")


async def make_first_administrator(email: str, password: str | None) -> str | None:
    """The password of the administrator it made, or None when there are users already."""
    users = UserRepository()
    if await users.exists_any():
        return None
    chosen = password or secrets.token_urlsafe(12)
    async with migration_lock():
        if await users.exists_any():
            return None
        await User.create_user(email, chosen, active=True, admin=True, superuser=True)
    return chosen
