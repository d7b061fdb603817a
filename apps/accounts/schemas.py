from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

Password = Annotated[str, Meta(max_length=128)]
NewPassword = Annotated[str, Meta(extra_json_schema={"minLength": 8, "maxLength": 128})]
"""Its length is checked with the other password rules, which answers 422 rather than 400."""
TokenName = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
Instant = Annotated[datetime, Meta(tz=True)]


class Login(msgspec.Struct, forbid_unknown_fields=True):
    email: Annotated[str, Meta(max_length=255)]
    password: Password
    mfa_code: Annotated[
        str,
        Meta(
            max_length=64,
            description="For two-step sign-in: the six-digit code of the authenticator app, or a "
            "recovery code.",
        ),
    ] = ""


class Token(msgspec.Struct):
    """Shown once; send it as `Authorization: Bearer <token>` until `expires_at`."""

    token: str
    expires_at: datetime


class Account(msgspec.Struct):
    """Your account."""

    id: UUID
    email: str
    admin: bool
    superuser: bool
    last_login: datetime | None


class PasswordChange(msgspec.Struct, forbid_unknown_fields=True):
    current_password: Password
    new_password: NewPassword


class ApiTokenCreate(msgspec.Struct, forbid_unknown_fields=True):
    name: TokenName
    expires_at: Annotated[Instant, Meta(description="In the future, within ten years.")]


class CreatedApiToken(msgspec.Struct):
    """`token` is shown once; send it as `Authorization: Bearer <token>` until `expires_at`."""

    id: UUID
    name: str
    expires_at: datetime
    token: str


class ApiToken(msgspec.Struct):
    id: UUID
    name: str
    created_at: datetime
    expires_at: datetime
    last_used_at: Annotated[datetime | None, Meta(description="To the minute.")]


class ApiTokens(msgspec.Struct):
    items: Annotated[list[ApiToken], Meta(max_length=100)]


class SignedInSession(msgspec.Struct):
    """A sign-in, over REST or in the admin."""

    id: UUID
    created_at: datetime
    last_used_at: Annotated[datetime | None, Meta(description="To the minute.")]
    expires_at: datetime
    is_this_one: Annotated[bool, Meta(description="Whether this request uses it.")]


class SignedInSessions(msgspec.Struct):
    items: Annotated[list[SignedInSession], Meta(max_length=100)]
