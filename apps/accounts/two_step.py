"""Two-step sign-in: besides the password a code of an authenticator app (TOTP, RFC 6238)."""

import base64
import re
import secrets
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pyotp
from piccolo.columns import Column
from piccolo.columns.combination import And

from apps.accounts.tables import AuthenticatorSecret, User, token_hash
from apps.shared.db.engine import get_engine
from apps.shared.db.errors import translate_error
from apps.shared.errors import Invalid
from apps.shared.secrets import decrypt_secret, encrypt_secret, locate_secret

ISSUER = "Reelbase"
STEP_SECONDS = 30
WINDOW = 1
"""So many steps a phone's clock may be ahead or behind."""
RECOVERY_CODES = 8
RECOVERY_BYTES = 10
"""80 random bits: nobody tries so many, so a plain SHA-256 hides a code as it hides a token."""
CODE = re.compile("[0-9]{6}")

USE_RECOVERY_CODE = """
UPDATE authenticator_secrets SET recovery_codes = array_remove(recovery_codes, $2),
    recovery_codes_used_at = recovery_codes_used_at || now(), last_used_at = now()
WHERE user_id = $1 AND confirmed_at IS NOT NULL AND revoked_at IS NULL
    AND $2 = ANY (recovery_codes)
RETURNING id"""


def begun(user_id: UUID) -> And:
    return valid(user_id) & AuthenticatorSecret.confirmed_at.is_null()


def in_use(user_id: UUID) -> And:
    return valid(user_id) & AuthenticatorSecret.confirmed_at.is_not_null()


def valid(user_id: UUID) -> And:
    return (AuthenticatorSecret.user_id == user_id) & AuthenticatorSecret.revoked_at.is_null()


async def find_in_use(user_id: UUID) -> AuthenticatorSecret | None:
    return await AuthenticatorSecret.objects().where(in_use(user_id)).first()


async def is_on(user_id: UUID) -> bool:
    return bool(await AuthenticatorSecret.exists().where(in_use(user_id)))


async def begin(user: User) -> pyotp.TOTP:
    """What the person's app has to know. They sign in as before until a code was confirmed.

    What they had begun before is forgotten. Raises Conflict when it is on, SecretsUnavailable.
    """
    row, secret = AuthenticatorSecret(user_id=user.id), pyotp.random_base32()
    row.secret = encrypt_secret(secret, place_of(row))
    try:
        async with get_engine().transaction():
            await AuthenticatorSecret.delete().where(begun(user.id))
            await row.save()
    except asyncpg.UniqueViolationError as error:
        raise translate_error(error) or error from None
    return pyotp.TOTP(secret, name=user.email, issuer=ISSUER)


async def confirm(user_id: UUID, code: str) -> list[str]:
    """Switches it on. The recovery codes, shown once. Raises Invalid and Unreadable."""
    codes = [recovery_code() for _ in range(RECOVERY_CODES)]
    changes: dict[Column | str, Any] = {
        AuthenticatorSecret.confirmed_at: datetime.now(UTC),
        AuthenticatorSecret.recovery_codes: [token_hash(plain(each)) for each in codes],
    }
    if not await use_code(begun(user_id), code, changes):
        raise Invalid(
            "This is not the code that the app shows now, and nothing was switched on. Try the "
            "next one, look whether the phone's clock is right, or begin anew."
        )
    return codes


async def accept(user_id: UUID, code: str) -> bool:
    """Whether the code lets in. Then it never does again. Raises Unreadable."""
    if CODE.fullmatch(plain(code)):
        return await use_code(in_use(user_id), code, {})
    async with get_engine().connection() as connection:
        hashed = token_hash(plain(code))
        return await connection.fetchval(USE_RECOVERY_CODE, user_id, hashed) is not None


async def use_code(where: And, code: str, changes: dict[Column | str, Any]) -> bool:
    """Of two requests with one code, the second waits for the first one's row, and is refused."""
    row = await AuthenticatorSecret.objects().where(where).first()
    step = step_of(row, plain(code)) if row else None
    if row is None or step is None:
        return False
    unused = (AuthenticatorSecret.id == row.id) & (AuthenticatorSecret.last_step < step)
    used: dict[Column | str, Any] = {
        AuthenticatorSecret.last_step: step,
        AuthenticatorSecret.last_used_at: datetime.now(UTC),
    }
    update = AuthenticatorSecret.update({**used, **changes}).where(where & unused)
    return bool(await update.returning(AuthenticatorSecret.id))


async def switch_off(user_id: UUID) -> bool:
    """Whether it was on."""
    revoked: dict[Column | str, Any] = {
        AuthenticatorSecret.revoked_at: datetime.now(UTC),
        AuthenticatorSecret.secret: None,
        AuthenticatorSecret.recovery_codes: [],
    }
    update = AuthenticatorSecret.update(revoked).where(in_use(user_id))
    return bool(await update.returning(AuthenticatorSecret.id))


def step_of(row: AuthenticatorSecret, code: str) -> int | None:
    """The step that the code is of, among those that are taken now. Raises Unreadable."""
    app, now = pyotp.TOTP(decrypt_secret(row.secret, place_of(row))), current_step()
    steps = range(now - WINDOW, now + WINDOW + 1)
    # Each of them is compared, so that the time it takes says nothing.
    right = [step for step in steps if secrets.compare_digest(app.generate_otp(step), code)]
    return max(right, default=None)


def current_step() -> int:
    return int(time.time()) // STEP_SECONDS


def place_of(row: AuthenticatorSecret) -> str:
    return locate_secret("authenticator_secrets", "secret", row.id)


def recovery_code() -> str:
    """Such as `k3vb-q2xd-7mfa-p5ho`."""
    letters = base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode().lower()
    return "-".join(re.findall("....", letters))


def plain(code: str) -> str:
    """Apps show codes in groups, and people type them so."""
    return re.sub("[^0-9a-z]", "", code.lower())
