"""Signing in and out, passwords, and two-step sign-in."""

import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from apps.accounts import two_step
from apps.accounts.attempts import Factor, get_attempt_limiter
from apps.accounts.callers import Caller, forget_callers
from apps.accounts.repositories import UserRepository
from apps.accounts.schemas import Account, Token
from apps.accounts.tables import Credentials, Session, User, match_email
from apps.shared.db.engine import get_engine
from apps.shared.db.migrations import migration_lock
from apps.shared.errors import Forbidden, NotFound, Unauthenticated

TOKEN_LENGTH = timedelta(days=7)

CODE_NEEDED = (
    "Two-step sign-in is on: also send the code from your authenticator app, or a recovery code, "
    "as mfa_code."
)


def get_attempt_key(found: Credentials | None, email: str) -> str:
    """Whose sign-in attempt it is: a user's, or that of an unknown email."""
    return str(found.id) if found else email.lower()


async def sign_in(email: str, password: str, address: str, code: str = "") -> Token:
    """Raises what `open_session` raises."""
    session = await open_session(email, password, address, code, TOKEN_LENGTH)
    return Token(token=session.token, expires_at=session.expires_at)


async def open_session(
    email: str, password: str, address: str, code: str = "", length: timedelta | None = None
) -> Session:
    """`code` is for two-step sign-in. Without a `length`, use extends the session.

    The message is the same for an unknown email, an inactive user and a wrong password. Raises
    TooManyRequests and Unauthenticated, whose `fields` name mfa_code if that is what is wrong.
    """
    found = await User.get_credentials(match_email(email))
    account = get_attempt_key(found, email)
    await get_attempt_limiter().count(account, address)
    refusal = Unauthenticated("No active user has this email and password.")
    if not await User.has_password(found, password) or found is None:
        raise refusal
    await get_attempt_limiter().reset(account)
    if await two_step.is_enabled(found.id):
        wrong = await explain_rejected_code(found.id, code, address) if code else CODE_NEEDED
        if wrong:
            raise Unauthenticated(wrong, fields={"mfa_code": wrong})
    until = datetime.now(UTC) + length if length else None
    async with get_engine().transaction():
        if await User.record_login(found) is None:
            raise refusal
        return await Session.create_session(found.id, until, until)


async def explain_rejected_code(user_id: UUID, code: str, address: str) -> str | None:
    """None if the code is right. Raises TooManyRequests and SecretUnreadable."""
    account = str(user_id)
    await get_attempt_limiter().count(account, address, Factor.code)
    if not await two_step.accept_code(user_id, code):
        return "The code is wrong or has already been used."
    await get_attempt_limiter().reset(account, Factor.code)
    return None


async def sign_out(token_hash: str) -> None:
    await Session.delete().where(Session.token_hash == token_hash)
    forget_callers()


async def get_account(caller: Caller) -> Account:
    """Raises Unauthenticated if the user was deleted after authentication."""
    user = await User.objects().get(User.id == caller.id)
    if user is None:
        raise Unauthenticated("This account no longer exists.")
    return msgspec.convert(user, Account, from_attributes=True)


async def change_password(
    user_id: UUID, current: str, new: str, *, address: str, kept: str = ""
) -> None:
    """Ends all sessions except the one with the token hash `kept`. API tokens stay valid.

    Raises Invalid, TooManyRequests and Forbidden.
    """
    User.check_password(new, "new_password")
    account = str(user_id)
    await get_attempt_limiter().count(account, address)
    found = await User.get_credentials(User.id == user_id)
    changed = False
    if found and await User.has_password(found, current):
        # Of two concurrent changes, the second no longer has the current password.
        unchanged = (User.id == found.id) & (User.password == found.password)
        changed = await User.replace_password(unchanged, await User.check_and_hash(new), kept)
    if not changed:
        message = "The current password is wrong."
        raise Forbidden(message, fields={"current_password": message})
    forget_callers()
    await get_attempt_limiter().reset(account)


async def verify_password(user_id: UUID, password: str, address: str) -> None:
    """For actions that need more than a session. Raises TooManyRequests and Forbidden."""
    account = str(user_id)
    await get_attempt_limiter().count(account, address)
    if not await User.has_password(await User.get_credentials(User.id == user_id), password):
        raise Forbidden("The password is wrong.")
    await get_attempt_limiter().reset(account)


async def confirm_two_step(user_id: UUID, code: str, address: str) -> list[str]:
    """Returns the recovery codes. Raises TooManyRequests and Invalid."""
    account = str(user_id)
    await get_attempt_limiter().count(account, address, Factor.code)
    codes = await two_step.confirm_setup(user_id, code)
    await get_attempt_limiter().reset(account, Factor.code)
    return codes


async def disable_two_step(user_id: UUID, password: str, code: str, address: str) -> None:
    """Asks for a code, too: two-step sign-in protects against a stolen session and password.

    Raises TooManyRequests and Forbidden. A wrong password does not use up the code.
    """
    await verify_password(user_id, password, address)
    if await two_step.is_enabled(user_id):
        if wrong := await explain_rejected_code(user_id, code, address):
            raise Forbidden(wrong)
        await two_step.disable_authenticator(user_id)


async def disable_two_step_for(email: str) -> None:
    """Raises NotFound, also if two-step sign-in is off."""
    user = await UserRepository().get_by_email(email)
    if user is None:
        raise user_not_found(email)
    if not await two_step.disable_authenticator(user.id):
        raise NotFound(f"{user.email} does not use two-step sign-in.")


async def reset_password(email: str, password: str) -> None:
    """Ends all of the user's sessions and API tokens. Raises Invalid and NotFound."""
    hashed = await User.check_and_hash(password)
    if not await User.replace_password(match_email(email), hashed, with_tokens=True):
        raise user_not_found(email)


def user_not_found(email: str) -> NotFound:
    return NotFound(f"There is no user with the email {email}.")


async def create_first_administrator(email: str, password: str | None) -> str | None:
    """Returns the new administrator's password, or None if there are users already."""
    users = UserRepository()
    if await users.exists_any():
        return None
    password = password or secrets.token_urlsafe(12)
    async with migration_lock():
        if await users.exists_any():
            return None
        await User.create_user(email, password, active=True, admin=True, superuser=True)
    return password
