"""Who may come in: users, and the tokens that prove who they are."""

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
    "users_email_key": "There is a user with this email already.",
    "sessions_token_hash_key": "There is a session with this token already.",
    "idempotency_keys_user_id_key_key": "This Idempotency-Key is in use.",
    "sessions_token_hash_check": "A token is stored as the 64 hexadecimal digits of its SHA-256.",
    "authenticator_secrets_valid_key": "Two-step sign-in is on already, or was just begun.",
    "authenticator_secrets_secret_check": "The secret of an authenticator app is stored encrypted.",
    "authenticator_secrets_revoked_check": (
        "Two-step sign-in keeps a secret until it is switched off, and none afterwards."
    ),
}

SESSION_LENGTH = timedelta(hours=1)
MAX_SESSION_LENGTH = timedelta(days=7)
PROLONGED = timedelta(minutes=20)
"""By so much use prolongs a session that has less than that left."""
NOTED_EVERY = timedelta(minutes=1)


HASHING = ThreadPoolExecutor(4, "hashing")
"""A few at once. Not a semaphore: it would let one more in for each request that is given up."""


class Credentials(NamedTuple):
    id: UUID
    password: str
    """Its hash."""
    active: bool


class User(ChangingRecord, BaseUser, tablename="users"):  # type: ignore[misc]  # Our key is a UUID.
    """A person. Also the admin's user table, so it keeps the names and verbs Piccolo Admin uses."""

    email = Varchar(length=255, default=None, help_text="What the person signs in with.")
    password = Secret(
        length=255, default=None, help_text="At least 8 characters. Left empty it stays as it is."
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
        """The user's id, or None. It takes as long for an email that nobody has."""
        if len(username) > 255 or not 0 < len(password) <= cls._max_password_length:
            return None
        found = await cls.credentials(with_email(username))
        if not await cls.has_password(found, password):
            return None
        return await cls.note_login(found) if found else None

    @classmethod
    async def credentials(cls, who: Where | WhereRaw) -> Credentials | None:
        row = await cls.select(cls.id, cls.password, cls.active).where(who).first()
        return Credentials(**row) if row else None

    @classmethod
    async def has_password(cls, found: Credentials | None, password: str) -> bool:
        """One hash, whether it is nobody, somebody inactive or a wrong password."""
        if found is None:
            await cls._hash(password)
            return False
        _, iterations, salt, _ = cls.split_stored_password(found.password)
        hashed = await cls._hash(password, salt, int(iterations))
        return secrets.compare_digest(hashed, found.password) and found.active

    @classmethod
    async def note_login(cls, found: Credentials) -> UUID | None:
        """None when the password was changed, or the user shut out, since it was looked at."""
        unchanged = (cls.id == found.id) & (cls.password == found.password) & (cls.active.eq(True))
        rows = (
            await cls.update({cls.last_login: datetime.now(UTC)}).where(unchanged).returning(cls.id)
        )
        return found.id if rows else None

    @classmethod
    async def create_user(cls, username: str = "", password: str = "", **extra_params: Any) -> Self:
        """Piccolo Admin gives the email as `email`, and null for what is left out.

        It also shows the error as it is: PostgreSQL's own prints the row, with the hash. Raises
        Invalid and Conflict.
        """
        values = {"email": username, **extra_params}
        chosen = {name: value for name, value in values.items() if value is not None}
        user = cls(password=await cls.hashed(password), **chosen)
        try:
            await user.save()
        except asyncpg.IntegrityConstraintViolationError as error:
            raise translate_error(error) or error from None
        return user

    @classmethod
    async def update_password(cls, user: UUID | str, password: str) -> None:  # type: ignore[override]  # As above.
        """`user` is an id or an email. Ends their sessions; their API tokens stay.

        Raises Invalid as `create_user` does.
        """
        hashed = await cls.hashed(password)
        await cls.replace_password(
            cls.id == user if isinstance(user, UUID) else with_email(user), hashed
        )

    @classmethod
    async def replace_password(
        cls, who: Where | And | WhereRaw, hashed: str, kept: str = "", with_tokens: bool = False
    ) -> bool:
        """Ends the sessions, but for the one of the token hash `kept`, and if asked the API tokens.

        Answers whether there is such a user. Who signs in at this moment has either come in before,
        and is out again, or waits for this and is refused.
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
    async def hashed(cls, password: str, field: str = "password") -> str:
        """Raises Invalid, which names the field."""
        cls.check_password(password, field)
        return await cls._hash(password)

    @classmethod
    def check_password(cls, password: str, field: str = "password") -> None:
        """Whether it is long enough and not too long. Raises Invalid, which names the field."""
        try:
            cls._validate_password(password)
        except ValueError as error:
            raise Invalid(str(error), fields={field: str(error)}) from None

    @classmethod
    async def _hash(cls, *arguments: Any) -> str:
        """It takes some 200 ms, beside the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(HASHING, cls.hash_password, *arguments)


def with_email(email: str) -> WhereRaw:
    """Whatever the case of its letters; an index serves it."""
    return WhereRaw("lower(email) = lower({})", email)


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class Session(ChangingRecord, tablename="sessions"):
    """A token that somebody holds. The admin's cookie is one, and so is a bearer token of REST.

    Only the token's SHA-256 is stored. The verbs are those that Piccolo Admin calls.
    """

    is_exported = False  # It lets somebody in.

    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False, index=True)
    token_hash = Varchar(
        length=64, default=None, unique=True, secret=True, help_text="SHA-256 of the token."
    )
    name = Varchar(
        length=100, null=True, default=None, help_text="Set for an API token that its owner named."
    )
    expires_at = Timestamptz(
        default=TimestamptzOffset(hours=1),
        index=True,
        help_text="When it ends, if it is not used before.",
    )
    max_expires_at = Timestamptz(
        default=TimestamptzOffset(days=7), help_text="Use prolongs a session, but not past this."
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
    """The token in clear, in memory only, on the session that was just made."""

    @classmethod
    async def create_session(
        cls,
        user_id: UUID,
        expiry_date: datetime | None = None,
        max_expiry_date: datetime | None = None,
        name: str | None = None,
    ) -> Self:
        """Without dates use prolongs it, up to MAX_SESSION_LENGTH."""
        await cls.remove_expired()
        token = secrets.token_urlsafe(32)
        now = datetime.now(UTC)
        session = cls(
            user_id=user_id,
            token_hash=token_hash(token),
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
        """Whose session it is; None when nobody's, when it has expired, or for an API token.

        `increase_expiry` prolongs a session that has less than that left; its use is then noted
        too, to the minute.
        """
        now = datetime.now(UTC)
        row = (
            await cls.select(
                cls.id, cls.user_id, cls.expires_at, cls.max_expires_at, cls.last_used_at
            )
            .where(
                cls.token_hash == token_hash(token),
                cls.name.is_null(),
                cls.expires_at > now,
                cls.max_expires_at > now,
            )
            .first()
        )
        if row is None:
            return None
        if increase_expiry:
            await cls.note_use(row, now, increase_expiry)
        return UUID(str(row["user_id"]))

    @classmethod
    async def note_use(cls, row: dict[str, Any], now: datetime, longer: timedelta) -> None:
        changes: dict[Column | str, Any] = {}
        if row["expires_at"] - now < longer:
            changes[cls.expires_at] = min(row["expires_at"] + longer, row["max_expires_at"])
        if changes or row["last_used_at"] is None or now - row["last_used_at"] > NOTED_EVERY:
            changes[cls.last_used_at] = now
            # A database that only reads still answers.
            with suppress(asyncpg.ReadOnlySQLTransactionError):
                await cls.update(changes).where(cls.id == row["id"])

    @classmethod
    async def remove_expired(cls) -> int:
        """Answers how many. Each sign-in does it, so that they do not pile up."""
        now = datetime.now(UTC)
        expired = (cls.expires_at <= now) | (cls.max_expires_at <= now)
        return len(await cls.delete().where(expired).returning(cls.id))

    @classmethod
    async def remove_session(cls, token: str) -> None:
        await cls.delete().where(cls.token_hash == token_hash(token))


class IdempotencyKey(Record, tablename="idempotency_keys"):
    """What a request that made something was answered, for a client that sends it again."""

    is_exported = False

    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False)
    key = Varchar(length=255, default=None, help_text="The Idempotency-Key that the client chose.")
    fingerprint = Varchar(
        length=64, default=None, help_text="SHA-256 of the request's method, path and body."
    )
    answer = Text(default="", help_text="What was answered the first time.")

    # The first column also serves the foreign key.
    idempotency_keys_user_id_key_key = Unique([user_id, key])

    extras = (index("idempotency_keys", "created_at", "created_at"),)


class AuthenticatorSecret(ChangingRecord, tablename="authenticator_secrets"):
    """What an authenticator app and the program share, for one person's two-step sign-in.

    It holds from the first right code until it is switched off; the row then keeps its times alone.
    """

    is_exported = False  # It lets somebody in.

    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False, index=True)
    secret = Text(
        null=True, default=None, secret=True, help_text="Encrypted; none once it was switched off."
    )
    recovery_codes = Array(
        Text(), secret=True, help_text="SHA-256 of each code that is left; each lets in once."
    )
    recovery_codes_used_at = Array(Timestamptz(), help_text="When a recovery code let them in.")
    confirmed_at = Timestamptz(
        null=True, default=None, help_text="Since when a code is asked for; empty before the first."
    )
    revoked_at = Timestamptz(null=True, default=None, help_text="When it was switched off.")
    last_used_at = Timestamptz(null=True, default=None, help_text="When a code last let them in.")
    last_step = BigInt(
        default=0,
        help_text="The half minute since 1970 of the last code: no code up to it is taken again.",
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
