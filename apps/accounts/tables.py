"""Users, and the tokens that identify them."""

import asyncio
import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Self
from uuid import UUID

import asyncpg
from piccolo.apps.user.tables import BaseUser
from piccolo.columns import (
    Array,
    BigInt,
    Boolean,
    Column,
    ForeignKey,
    OnDelete,
    Secret,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.combination import And, Where, WhereRaw
from piccolo.columns.defaults.timestamptz import TimestamptzOffset
from piccolo.columns.readable import Readable
from piccolo.constraints import Check, Unique

from apps.audit.rules import audited
from apps.shared.db.engine import get_engine
from apps.shared.db.errors import translate_error
from apps.shared.db.tables import ChangingRecord, Record, index, keeps_updated_at
from apps.shared.errors import Invalid
from apps.shared.secrets import ENVELOPE_PATTERN

CONSTRAINT_MESSAGES = {
    "users_email_check": "An email has the form name@host.",
    "users_email_key": "A user with this email already exists.",
    "sessions_token_hash_key": "A session with this token already exists.",
    "idempotency_keys_user_id_key_key": "This Idempotency-Key is already in use.",
    "sessions_token_hash_check": "A token hash must be the 64 hexadecimal digits of a SHA-256.",
    "authenticator_secrets_valid_key": "Two-step sign-in is already on or being set up.",
    "authenticator_secrets_secret_check": "An authenticator secret must be encrypted.",
    "authenticator_secrets_revoked_check": (
        "Two-step sign-in needs a secret while it is on, and must have none once it is off."
    ),
}

SESSION_LENGTH = timedelta(hours=1)
MAX_SESSION_LENGTH = timedelta(days=7)
EXTENSION = timedelta(minutes=20)
"""Using a session that has less than this left extends it by as much."""
RECORD_INTERVAL = timedelta(minutes=1)


HASHING = ThreadPoolExecutor(4, "hashing")
"""Not a semaphore: that would admit one more hash for each canceled request."""


class Credentials(NamedTuple):
    id: UUID
    password: str
    """Its hash."""
    active: bool


class User(ChangingRecord, BaseUser, tablename="users"):  # type: ignore[misc]  # Our key is a UUID.
    """A person. The admin uses it as its user table, which dictates some of the names."""

    email = Varchar(length=255, default=None, help_text="The address to sign in with.")
    password = Secret(
        length=255, default=None, help_text="At least 8 characters. Leave empty to keep it."
    )  # type: ignore[no-untyped-call]  # Piccolo.
    active = Boolean(default=True, help_text="Whether the person may sign in.")
    admin = Boolean(default=False, help_text="Whether the person may use the admin.")
    superuser = Boolean(
        default=False, help_text="Whether the person may manage other users and their passwords."
    )
    last_login = Timestamptz(
        null=True, default=None, required=False, help_text="When the person last signed in."
    )
    username = property(lambda self: self.email)
    first_name = None  # type: ignore[assignment]  # A column less.
    last_name = None  # type: ignore[assignment]  # A column less.

    users_email_check = Check("email ~ '^[^@[:space:]]+@[^@[:space:]]+$'")

    extras = (
        index("users", "email", "lower(email)", unique=True),
        keeps_updated_at("users"),
        audited("users", secrets=["password"], left_out=["last_login"]),
    )

    _min_password_length = 8

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s", columns=[cls.email])

    @classmethod
    async def login(cls, username: str, password: str) -> UUID | None:  # type: ignore[override]  # Our key is a UUID.
        """The user's id, or None. Takes as long for an unknown email."""
        if len(username) > 255 or not 0 < len(password) <= cls._max_password_length:
            return None
        found = await cls.get_credentials(match_email(username))
        if not await cls.has_password(found, password):
            return None
        return await cls.record_login(found) if found else None

    @classmethod
    async def get_credentials(cls, who: Where | WhereRaw) -> Credentials | None:
        row = await cls.select(cls.id, cls.password, cls.active).where(who).first()
        return Credentials(**row) if row else None

    @classmethod
    async def has_password(cls, found: Credentials | None, password: str) -> bool:
        """Always computes one hash, so that timing does not reveal whether the user exists."""
        if found is None:
            await cls._hash(password)
            return False
        _, iterations, salt, _ = cls.split_stored_password(found.password)
        hashed = await cls._hash(password, salt, int(iterations))
        return secrets.compare_digest(hashed, found.password) and found.active

    @classmethod
    async def record_login(cls, found: Credentials) -> UUID | None:
        """None if the password was changed or the user deactivated since `found` was read."""
        unchanged = (cls.id == found.id) & (cls.password == found.password) & (cls.active.eq(True))
        rows = (
            await cls.update({cls.last_login: datetime.now(UTC)}).where(unchanged).returning(cls.id)
        )
        return found.id if rows else None

    @classmethod
    async def create_user(cls, username: str = "", password: str = "", **extra_params: Any) -> Self:
        """Piccolo Admin passes the email as `email`, and None for missing values.

        It shows errors as they are, and PostgreSQL's would contain the row with the hash. Raises
        Invalid and Conflict.
        """
        values = {"email": username, **extra_params}
        given = {name: value for name, value in values.items() if value is not None}
        user = cls(password=await cls.check_and_hash(password), **given)
        try:
            await user.save()
        except asyncpg.IntegrityConstraintViolationError as error:
            raise translate_error(error) or error from None
        return user

    @classmethod
    async def update_password(cls, user: UUID | str, password: str) -> None:  # type: ignore[override]  # As above.
        """`user` is an id or an email. Ends their sessions but keeps their API tokens.

        Raises Invalid.
        """
        hashed = await cls.check_and_hash(password)
        await cls.replace_password(
            cls.id == user if isinstance(user, UUID) else match_email(user), hashed
        )

    @classmethod
    async def replace_password(
        cls, who: Where | And | WhereRaw, hashed: str, kept: str = "", with_tokens: bool = False
    ) -> bool:
        """Ends all sessions except the one with the token hash `kept`; optionally API tokens, too.

        Returns whether the user exists. A concurrent sign-in either finished earlier, and its
        session ends, or waits for this transaction and is rejected.
        """
        async with get_engine().transaction():
            rows = await cls.update({cls.password: hashed}).where(who).returning(cls.id)
            if rows:
                ended = (Session.user_id == rows[0]["id"]) & (Session.token_hash != kept)
                if not with_tokens:
                    ended &= Session.name.is_null()
                await Session.delete().where(ended)
        return bool(rows)

    @classmethod
    async def check_and_hash(cls, password: str, field: str = "password") -> str:
        """Checks the password, then hashes it. Raises Invalid for `field`."""
        cls.check_password(password, field)
        return await cls._hash(password)

    @classmethod
    def check_password(cls, password: str, field: str = "password") -> None:
        """Checks the length. Raises Invalid for `field`."""
        try:
            cls._validate_password(password)
        except ValueError as error:
            raise Invalid(str(error), fields={field: str(error)}) from None

    @classmethod
    async def _hash(cls, *arguments: Any) -> str:
        """Takes some 200 ms, outside of the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(HASHING, cls.hash_password, *arguments)


def match_email(email: str) -> WhereRaw:
    """Ignores case; an index serves it."""
    return WhereRaw("lower(email) = lower({})", email)


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class Session(ChangingRecord, tablename="sessions"):
    """A token: the admin's cookie, or a bearer token of REST. Stored as its SHA-256 only.

    Piccolo Admin calls some of the methods by these names.
    """

    is_exported = False  # Credentials.

    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False, index=True)
    token_hash = Varchar(
        length=64, default=None, unique=True, secret=True, help_text="SHA-256 of the token."
    )
    name = Varchar(
        length=100,
        null=True,
        default=None,
        help_text="An API token's name; empty for a session.",
    )
    expires_at = Timestamptz(
        default=TimestamptzOffset(hours=1),
        index=True,
        help_text="When it expires unless used before.",
    )
    max_expires_at = Timestamptz(
        default=TimestamptzOffset(days=7), help_text="When it expires regardless of use."
    )
    last_used_at = Timestamptz(
        null=True, default=None, help_text="When it was last used, to the minute."
    )

    sessions_token_hash_check = Check("token_hash ~ '^[0-9a-f]+$' AND length(token_hash) = 64")

    extras = (
        keeps_updated_at("sessions"),
        audited("sessions", secrets=["token_hash"], events="INSERT"),
        # That each sign-in clears away what has expired is nobody's doing.
        audited(
            "sessions",
            secrets=["token_hash"],
            events="DELETE",
            when="OLD.expires_at > now() AND OLD.max_expires_at > now()",
            name="audit_end",
        ),
    )

    token: str
    """The token in clear text, only on a session that was just created."""

    @classmethod
    async def create_session(
        cls,
        user_id: UUID,
        expiry_date: datetime | None = None,
        max_expiry_date: datetime | None = None,
        name: str | None = None,
    ) -> Self:
        """Without dates, use extends it up to MAX_SESSION_LENGTH."""
        await cls.remove_expired()
        token = secrets.token_urlsafe(32)
        now = datetime.now(UTC)
        session = cls(
            user_id=user_id,
            token_hash=hash_token(token),
            name=name,
            expires_at=expiry_date.astimezone(UTC) if expiry_date else now + SESSION_LENGTH,
            max_expires_at=(
                max_expiry_date.astimezone(UTC) if max_expiry_date else now + MAX_SESSION_LENGTH
            ),
        )
        await session.save()
        session.token = token
        return session

    @classmethod
    async def get_user_id(cls, token: str, increase_expiry: timedelta | None = None) -> UUID | None:
        """Whose session it is; None if it is unknown, expired, or an API token.

        `increase_expiry` extends a session that has less than that left, and records its use to the
        minute.
        """
        now = datetime.now(UTC)
        row = (
            await cls.select(
                cls.id, cls.user_id, cls.expires_at, cls.max_expires_at, cls.last_used_at
            )
            .where(
                cls.token_hash == hash_token(token),
                cls.name.is_null(),
                cls.expires_at > now,
                cls.max_expires_at > now,
            )
            .first()
        )
        if row is None:
            return None
        if increase_expiry:
            await cls.record_use(row, now, increase_expiry)
        return UUID(str(row["user_id"]))

    @classmethod
    async def record_use(cls, row: dict[str, Any], now: datetime, longer: timedelta) -> None:
        changes: dict[Column | str, Any] = {}
        if row["expires_at"] - now < longer:
            changes[cls.expires_at] = min(row["expires_at"] + longer, row["max_expires_at"])
        if changes or row["last_used_at"] is None or now - row["last_used_at"] > RECORD_INTERVAL:
            changes[cls.last_used_at] = now
            # A read-only database must still let people read.
            with suppress(asyncpg.ReadOnlySQLTransactionError):
                await cls.update(changes).where(cls.id == row["id"])

    @classmethod
    async def remove_expired(cls) -> int:
        """Returns how many. Each sign-in calls it, so that they do not pile up."""
        now = datetime.now(UTC)
        expired = (cls.expires_at <= now) | (cls.max_expires_at <= now)
        return len(await cls.delete().where(expired).returning(cls.id))

    @classmethod
    async def remove_session(cls, token: str) -> None:
        await cls.delete().where(cls.token_hash == hash_token(token))


class IdempotencyKey(Record, tablename="idempotency_keys"):
    """The response to a request that created something, for clients that repeat it."""

    is_exported = False

    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False)
    key = Varchar(length=255, default=None, help_text="The client's Idempotency-Key.")
    fingerprint = Varchar(
        length=64, default=None, help_text="SHA-256 of the request's method, path and body."
    )
    answer = Text(default="", help_text="The first response.")

    # The first column also serves the foreign key.
    idempotency_keys_user_id_key_key = Unique([user_id, key])

    extras = (index("idempotency_keys", "created_at", "created_at"),)


class AuthenticatorSecret(ChangingRecord, tablename="authenticator_secrets"):
    """The secret shared with one person's authenticator app.

    It is in effect from the first right code until it is revoked; then only its times remain.
    """

    is_exported = False  # Credentials.

    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False, index=True)
    secret = Text(
        null=True, default=None, secret=True, help_text="Encrypted; empty once it is turned off."
    )
    recovery_codes = Array(Text(), secret=True, help_text="SHA-256 of each unused recovery code.")
    recovery_codes_used_at = Array(Timestamptz(), help_text="When recovery codes were used.")
    confirmed_at = Timestamptz(
        null=True, default=None, help_text="When it was turned on with a first code."
    )
    revoked_at = Timestamptz(null=True, default=None, help_text="When it was turned off.")
    last_used_at = Timestamptz(null=True, default=None, help_text="When a code was last used.")
    last_step = BigInt(
        default=0,
        help_text="The last code's time step of 30 seconds. No earlier code is accepted.",
    )

    authenticator_secrets_secret_check = Check(f"secret ~ '^{ENVELOPE_PATTERN}$'")
    authenticator_secrets_revoked_check = Check("(secret IS NULL) = (revoked_at IS NOT NULL)")

    extras = (
        index("authenticator_secrets", "valid", "user_id", unique=True, where="revoked_at IS NULL"),
        keeps_updated_at("authenticator_secrets"),
        audited(
            "authenticator_secrets",
            secrets=["secret", "recovery_codes"],
            left_out=["last_used_at", "last_step"],
        ),
    )
