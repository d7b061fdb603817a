"""Who may come in: users, and the tokens that prove who they are."""

import asyncio
import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from piccolo.apps.user.tables import BaseUser
from piccolo.columns import Boolean, Email, ForeignKey, OnDelete, Secret, Timestamptz, Varchar
from piccolo.columns.combination import WhereRaw
from piccolo.columns.defaults.timestamptz import TimestamptzOffset
from piccolo.columns.readable import Readable
from piccolo.constraints import Check

from apps.shared.errors import Invalid
from apps.shared.tables import ChangingRecord, index, keeps_updated_at

SENTENCES = {
    "users_email_check": "An email has the form name@host.",
    "users_email_key": "There is a user with this email already.",
    "sessions_token_hash_key": "There is a session with this token already.",
    "sessions_token_hash_check": "A token is stored as the 64 hexadecimal digits of its SHA-256.",
}

SESSION_LENGTH = timedelta(hours=1)
MAX_SESSION_LENGTH = timedelta(days=7)


class User(ChangingRecord, BaseUser, tablename="users"):  # type: ignore[misc]  # Our key is a UUID.
    """A person. Also the admin's user table, so it keeps the names and verbs Piccolo Admin uses."""

    email = Email(length=255, default=None, help_text="What the person signs in with.")
    password = Secret(length=255, default=None)  # type: ignore[no-untyped-call]  # Piccolo.
    active = Boolean(default=True, help_text="Whether the person may sign in.")
    admin = Boolean(default=False, help_text="Whether the person may use the admin.")
    superuser = Boolean(
        default=False, help_text="Whether the person may manage other users and their passwords."
    )
    last_login = Timestamptz(null=True, default=None, required=False)
    username = property(lambda self: self.email)
    first_name = None  # type: ignore[assignment]  # A column less.
    last_name = None  # type: ignore[assignment]  # A column less.

    users_email_check = Check("email ~ '^[^@[:space:]]+@[^@[:space:]]+$'")

    extras = (
        index("users", "email", "lower(email)", unique=True),
        keeps_updated_at("users"),
    )

    _min_password_length = 8

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s", columns=[cls.email])

    @classmethod
    async def login(cls, username: str, password: str) -> UUID | None:  # type: ignore[override]  # Our key is a UUID.
        """The user's id, or None. It takes as long for an email that nobody has.

        The hash takes some 200 ms and is worked out beside the event loop.
        """
        if len(username) > 255 or not 0 < len(password) <= cls._max_password_length:
            return None
        row = await cls.select(cls.id, cls.password, cls.active).where(with_email(username)).first()
        if row is None:
            await asyncio.to_thread(cls.hash_password, password)
            return None
        _, iterations, salt, _ = cls.split_stored_password(row["password"])
        hashed = await asyncio.to_thread(cls.hash_password, password, salt, int(iterations))
        if not secrets.compare_digest(hashed, row["password"]) or not row["active"]:
            return None
        await cls.update({cls.last_login: datetime.now(UTC)}).where(cls.id == row["id"])
        return UUID(str(row["id"]))

    @classmethod
    async def create_user(cls, username: str, password: str, **extra_params: Any) -> Self:
        """Raises Invalid for a password that is too short or too long."""
        user = cls(email=username, password=await cls._hashed(password), **extra_params)
        await user.save()
        return user

    @classmethod
    async def update_password(cls, user: UUID | str, password: str) -> None:  # type: ignore[override]  # As above.
        """`user` is an id or an email. Raises Invalid as `create_user` does."""
        hashed = await cls._hashed(password)
        who = cls.id == user if isinstance(user, UUID) else with_email(user)
        await cls.update({cls.password: hashed}).where(who)

    @classmethod
    async def _hashed(cls, password: str) -> str:
        try:
            cls._validate_password(password)
        except ValueError as error:
            raise Invalid(str(error), fields={"password": str(error)}) from None
        return await asyncio.to_thread(cls.hash_password, password)


def with_email(email: str) -> WhereRaw:
    """Whatever the case of its letters; an index serves it."""
    return WhereRaw("lower(email) = lower({})", email)


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class Session(ChangingRecord, tablename="sessions"):
    """A token that somebody holds. The admin's cookie is one, and so is a bearer token of REST.

    Only the token's SHA-256 is stored. The verbs are those that Piccolo Admin calls.
    """

    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False, index=True)
    token_hash = Varchar(length=64, default=None, unique=True, secret=True)
    name = Varchar(
        length=100, null=True, default=None, help_text="Set for an API token that its owner named."
    )
    expires_at = Timestamptz(default=TimestamptzOffset(hours=1), index=True)
    max_expires_at = Timestamptz(
        default=TimestamptzOffset(days=7), help_text="Use prolongs a session, but not past this."
    )
    last_used_at = Timestamptz(null=True, default=None)

    sessions_token_hash_check = Check("token_hash ~ '^[0-9a-f]+$' AND length(token_hash) = 64")

    extras = (keeps_updated_at("sessions"),)

    token: str
    """The token in clear, in memory only, on the session that was just made."""

    @classmethod
    async def create_session(
        cls,
        user_id: UUID,
        expiry_date: datetime | None = None,
        max_expiry_date: datetime | None = None,
    ) -> Self:
        """The dates may be naive local time, as Piccolo Admin gives them."""
        await cls.remove_expired()
        token = secrets.token_urlsafe(32)
        now = datetime.now(UTC)
        session = cls(
            user_id=user_id,
            token_hash=token_hash(token),
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
        """Whose token it is; None when nobody's, or when it has expired.

        `increase_expiry` prolongs a session that has less than that left.
        """
        now = datetime.now(UTC)
        row = (
            await cls.select(cls.id, cls.user_id, cls.expires_at, cls.max_expires_at)
            .where(
                cls.token_hash == token_hash(token),
                cls.expires_at > now,
                cls.max_expires_at > now,
            )
            .first()
        )
        if row is None:
            return None
        if increase_expiry and row["expires_at"] - now < increase_expiry:
            expires_at = min(row["expires_at"] + increase_expiry, row["max_expires_at"])
            await cls.update({cls.expires_at: expires_at, cls.last_used_at: now}).where(
                cls.id == row["id"]
            )
        return UUID(str(row["user_id"]))

    @classmethod
    async def remove_expired(cls) -> int:
        """Answers how many. Each sign-in does it, so that they do not pile up."""
        now = datetime.now(UTC)
        expired = (cls.expires_at <= now) | (cls.max_expires_at <= now)
        return len(await cls.delete().where(expired).returning(cls.id))

    @classmethod
    async def remove_session(cls, token: str) -> None:
        await cls.delete().where(cls.token_hash == token_hash(token))
