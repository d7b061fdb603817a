"""Creating users and API tokens."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import Field
from starlette.requests import Request

from apps.accounts.callers import Caller
from apps.accounts.repositories import UserRepository
from apps.accounts.services import user_not_found
from apps.accounts.tables import hash_token
from apps.accounts.tokens import create_api_token
from apps.shared.errors import Invalid
from apps.shared.http.guards import check_superuser
from piccolo_project.admin.forms.shared import (
    FormFields,
    SecretField,
    TextField,
    get_caller,
    make_form,
)
from piccolo_project.web.sessions import SESSION_COOKIE

MAX_NAME_LENGTH, MAX_DAYS = 100, 3652


class UserFields(FormFields):
    email: TextField = Field("", description="The person signs in with it.")
    password: SecretField = Field("", description="8 to 128 characters.")
    administrator: bool = Field(
        False, description="Can use the admin, and read and change everything."
    )


class TokenFields(FormFields):
    email: TextField = Field(
        "", description="The user's email. Leave empty to create a token for yourself."
    )
    name: TextField = Field("", description='What the token is for, such as "backup script".')
    days: int = Field(90, description=f"How many days it stays valid, up to {MAX_DAYS}.")


async def create_user(request: Request, data: UserFields) -> str:
    user = await UserRepository().create(
        email=data.email, password=data.password, admin=data.administrator
    )
    return f"Created the {'administrator' if user.admin else 'user'} {user.email}."


async def create_token(request: Request, data: TokenFields) -> str:
    if not 0 < len(data.name) <= MAX_NAME_LENGTH:
        raise Invalid(f"Give the token a name of 1 to {MAX_NAME_LENGTH} characters.")
    if not 1 <= data.days <= MAX_DAYS:
        raise Invalid(f"Days must be a whole number from 1 to {MAX_DAYS}.")
    user_id = await find_token_owner(get_caller(request), data.email)
    expires_at = datetime.now(UTC) + timedelta(days=data.days)
    own_session = hash_token(request.cookies.get(SESSION_COOKIE, ""))
    made = await create_api_token(user_id, data.name, expires_at, own_session)
    until = f"{made.expires_at:%Y-%m-%d %H:%M} UTC"
    return f"{made.token}\nValid until {until}. Copy it now: it is not shown again."


async def find_token_owner(caller: Caller, email: str) -> UUID:
    """Raises Forbidden and NotFound."""
    if email.lower() in ("", caller.email.lower()):
        return caller.id
    check_superuser(caller, "Only a superuser can create tokens for other users.")
    user = await UserRepository().get_by_email(email)
    if user is None:
        raise user_not_found(email)
    return user.id


USER_FORM = make_form(
    "Create a user",
    UserFields,
    create_user,
    "Creates a user who can sign in.",
    superusers_only="Only a superuser can create users.",
)
TOKEN_FORM = make_form(
    "Create an API token",
    TokenFields,
    create_token,
    "Creates a token for a program, which sends it as Authorization: Bearer <token>.",
)
