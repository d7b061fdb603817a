"""Users, and tokens for their programs."""

from datetime import UTC, datetime, timedelta

from pydantic import Field
from starlette.requests import Request

from apps.accounts.repositories import UserRepository
from apps.accounts.services import no_user
from apps.accounts.tables import token_hash
from apps.accounts.tokens import make_token
from apps.shared.errors import Invalid
from piccolo_project.admin.forms.shared import (
    Fields,
    Line,
    Secret,
    caller_of,
    for_superusers,
    form,
)
from piccolo_project.web.sessions import SESSION_COOKIE

LONGEST_NAME, LONGEST_DAYS = 100, 3652


class NewUser(Fields):
    email: Line = Field("", description="What the person signs in with.")
    password: Secret = Field("", description="8 to 128 characters.")
    administrator: bool = Field(
        False, description="The person may use the admin, and see and write everything."
    )


class NewToken(Fields):
    email: Line = Field("", description="Of the user it is for; empty: for yourself.")
    name: Line = Field("", description="What the token is for.")
    days: int = Field(90, description=f"How long it is good, up to {LONGEST_DAYS}.")


async def create_user(request: Request, data: NewUser) -> str:
    for_superusers(request, "Only a superuser may make a user: so it is for the table of users.")
    user = await UserRepository().create(
        email=data.email, password=data.password, admin=data.administrator
    )
    return f"Made the {'administrator' if user.admin else 'user'} {user.email}."


async def create_token(request: Request, data: NewToken) -> str:
    if not 0 < len(data.name) <= LONGEST_NAME:
        raise Invalid(f"A name says what the token is for, in {LONGEST_NAME} characters at most.")
    if not 1 <= data.days <= LONGEST_DAYS:
        raise Invalid(f"Days are a whole number from 1 to {LONGEST_DAYS}.")
    caller = caller_of(request)
    user_id = caller.id
    if data.email.lower() not in ("", caller.email.lower()):
        for_superusers(request, "Only a superuser may make a token for somebody else.")
        user = await UserRepository().get_by_email(data.email)
        if user is None:
            raise no_user(data.email)
        user_id = user.id
    expires_at = datetime.now(UTC) + timedelta(days=data.days)
    used = token_hash(request.cookies.get(SESSION_COOKIE, ""))
    made = await make_token(user_id, data.name, expires_at, used)
    until = f"{made.expires_at:%Y-%m-%d %H:%M} UTC"
    return f"{made.token}\nGood until {until}. Keep it: it is not shown again."


USER_FORM = form("Create a user", NewUser, create_user, "Makes a user who may sign in.")
TOKEN_FORM = form(
    "Create an API token",
    NewToken,
    create_token,
    "Makes a token for a program, to be sent as Authorization: Bearer <token>.",
)
