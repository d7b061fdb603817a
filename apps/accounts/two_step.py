"""Two-step sign-in: a password and a code from an authenticator app (TOTP, RFC 6238)."""

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

from apps.accounts.tables import AuthenticatorSecret, User, hash_token
from apps.shared.db.engine import get_engine
from apps.shared.db.errors import translate_error
from apps.shared.errors import Invalid
from apps.shared.secrets import decrypt_secret, encrypt_secret, locate_secret

ISSUER = "Reelbase"
STEP_SECONDS = 30
WINDOW = 1
"""How many steps a phone's clock may be fast or slow."""
RECOVERY_CODES = 8
RECOVERY_BYTES = 10
"""80 random bits are too many to try, so a plain SHA-256 protects a code as it does a token."""
CODE = re.compile("[0-9]{6}")

USE_RECOVERY_CODE = """
UPDATE authenticator_secrets SET recovery_codes = array_remove(recovery_codes, $2),
    recovery_codes_used_at = recovery_codes_used_at || now(), last_used_at = now()
WHERE user_id = $1 AND confirmed_at IS NOT NULL AND revoked_at IS NULL
    AND $2 = ANY (recovery_codes)
RETURNING id"""


def match_pending(user_id: UUID) -> And:
    return match_unrevoked(user_id) & AuthenticatorSecret.confirmed_at.is_null()


def match_active(user_id: UUID) -> And:
    return match_unrevoked(user_id) & AuthenticatorSecret.confirmed_at.is_not_null()


def match_unrevoked(user_id: UUID) -> And:
    return (AuthenticatorSecret.user_id == user_id) & AuthenticatorSecret.revoked_at.is_null()


async def find_active(user_id: UUID) -> AuthenticatorSecret | None:
    return await AuthenticatorSecret.objects().where(match_active(user_id)).first()


async def is_enabled(user_id: UUID) -> bool:
    return bool(await AuthenticatorSecret.exists().where(match_active(user_id)))


async def begin_setup(user: User) -> pyotp.TOTP:
    """Returns what the authenticator app needs, for `confirm_setup` to put into effect.

    Discards an unfinished setup. Raises SecretsUnavailable, and Conflict if it is already on.
    """
    row, secret = AuthenticatorSecret(user_id=user.id), pyotp.random_base32()
    row.secret = encrypt_secret(secret, locate_authenticator(row))
    try:
        async with get_engine().transaction():
            await AuthenticatorSecret.delete().where(match_pending(user.id))
            await row.save()
    except asyncpg.UniqueViolationError as error:
        raise translate_error(error) or error from None
    return pyotp.TOTP(secret, name=user.email, issuer=ISSUER)


async def confirm_setup(user_id: UUID, code: str) -> list[str]:
    """Turns it on and returns the recovery codes. Raises Invalid and SecretUnreadable."""
    codes = [generate_recovery_code() for _ in range(RECOVERY_CODES)]
    changes: dict[Column | str, Any] = {
        AuthenticatorSecret.confirmed_at: datetime.now(UTC),
        AuthenticatorSecret.recovery_codes: [hash_token(normalize_code(each)) for each in codes],
    }
    if not await use_code(match_pending(user_id), code, changes):
        raise Invalid(
            "This is not the app's current code, so two-step sign-in is still off. Try the next "
            "code, check the phone's clock, or start again."
        )
    return codes


async def accept_code(user_id: UUID, code: str) -> bool:
    """Whether the code is right. Each works only once. Raises SecretUnreadable."""
    if CODE.fullmatch(normalize_code(code)):
        return await use_code(match_active(user_id), code, {})
    async with get_engine().connection() as connection:
        hashed = hash_token(normalize_code(code))
        return await connection.fetchval(USE_RECOVERY_CODE, user_id, hashed) is not None


async def use_code(where: And, code: str, changes: dict[Column | str, Any]) -> bool:
    """Of two requests with the same code, the second waits for the row's lock and is rejected."""
    row = await AuthenticatorSecret.objects().where(where).first()
    step = find_step(row, normalize_code(code)) if row else None
    if row is None or step is None:
        return False
    unused = (AuthenticatorSecret.id == row.id) & (AuthenticatorSecret.last_step < step)
    used: dict[Column | str, Any] = {
        AuthenticatorSecret.last_step: step,
        AuthenticatorSecret.last_used_at: datetime.now(UTC),
    }
    update = AuthenticatorSecret.update({**used, **changes}).where(where & unused)
    return bool(await update.returning(AuthenticatorSecret.id))


async def disable_authenticator(user_id: UUID) -> bool:
    """Whether it was on."""
    revoked: dict[Column | str, Any] = {
        AuthenticatorSecret.revoked_at: datetime.now(UTC),
        AuthenticatorSecret.secret: None,
        AuthenticatorSecret.recovery_codes: [],
    }
    update = AuthenticatorSecret.update(revoked).where(match_active(user_id))
    return bool(await update.returning(AuthenticatorSecret.id))


def find_step(row: AuthenticatorSecret, code: str) -> int | None:
    """The time step that the code belongs to, if it is valid now. Raises SecretUnreadable."""
    app, now = pyotp.TOTP(decrypt_secret(row.secret, locate_authenticator(row))), get_current_step()
    steps = range(now - WINDOW, now + WINDOW + 1)
    # All are compared, so that timing reveals nothing.
    right = [step for step in steps if secrets.compare_digest(app.generate_otp(step), code)]
    return max(right, default=None)


def get_current_step() -> int:
    return int(time.time()) // STEP_SECONDS


def locate_authenticator(row: AuthenticatorSecret) -> str:
    return locate_secret("authenticator_secrets", "secret", row.id)


def generate_recovery_code() -> str:
    """Such as `k3vb-q2xd-7mfa-p5ho`."""
    letters = base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode().lower()
    return "-".join(re.findall("....", letters))


def normalize_code(code: str) -> str:
    """Apps show codes in groups, and people type them that way."""
    return re.sub("[^0-9a-z]", "", code.lower())
