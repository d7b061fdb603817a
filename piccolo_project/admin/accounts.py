"""Sign-in, sign-out and password change in the format of Piccolo Admin's page.

The services are the same as REST's.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta
from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from apps.accounts.middleware import get_client_address
from apps.accounts.schemas import Password
from apps.accounts.services import change_password, open_session, sign_out
from apps.accounts.tables import MAX_SESSION_LENGTH, hash_token
from apps.shared.db.errors import translate_error
from apps.shared.errors import BadRequest, Invalid, Unauthenticated
from piccolo_project.admin.bodies import read_body
from piccolo_project.web.sessions import SESSION_COOKIE

SIGN_IN_FORMAT = (
    "Send username, password and, if asked for, mfa_code: text of at most 255, 128 and 64 "
    "characters."
)
CHANGE_FORMAT = (
    "Send current_password, new_password and confirm_new_password: text of at most 128 characters."
)

MAX_BODY_BYTES = 16 << 10

Shape = TypeVar("Shape", bound=msgspec.Struct)
Post = Callable[[Any, Request], Awaitable[Response]]


class SignInBody(msgspec.Struct):
    username: Annotated[str, Meta(max_length=255)]
    password: Password
    mfa_code: Annotated[str, Meta(max_length=64)] | None = None


class PasswordChangeBody(msgspec.Struct):
    current_password: Password
    new_password: str
    confirm_new_password: str


async def parse_body(request: Request, shape: type[Shape], message: str) -> Shape:
    """Raises BadRequest with the message if a field is missing, not text, or too long.

    Anybody can send a body, so unknown fields are skipped, not built.
    """
    body = await read_body(request, MAX_BODY_BYTES, message)
    try:
        return msgspec.json.decode(body, type=shape)
    except (ValueError, RecursionError):
        raise BadRequest(message) from None


def report_errors(post: Post) -> Post:
    """Sends the error message as `detail`, which the page shows."""

    async def respond(endpoint: Any, request: Request) -> Response:
        try:
            return await post(endpoint, request)
        except Exception as error:
            known = translate_error(error)
            if known is None:
                raise
            return JSONResponse({"detail": known.message}, known.status, known.headers)

    return respond


class SignIn(HTTPEndpoint):
    async def get(self, request: Request) -> Response:
        """The admin has its own sign-in page."""
        return RedirectResponse("/admin/", 303)

    @report_errors
    async def post(self, request: Request) -> Response:
        body = await parse_body(request, SignInBody, SIGN_IN_FORMAT)
        code = body.mfa_code or ""
        try:
            session = await open_session(
                body.username, body.password, get_client_address(request.scope), code
            )
        except Unauthenticated as refusal:
            raise Unauthenticated(sign_in_error(refusal, code)) from None
        response = JSONResponse({"message": "Signed in."})
        longest = int(MAX_SESSION_LENGTH.total_seconds())
        response.set_cookie(
            SESSION_COOKIE, session.token, max_age=longest, httponly=True, samesite="lax"
        )
        return response


def sign_in_error(refusal: Unauthenticated, code: str) -> str:
    """Piccolo Admin's wording. On "MFA code required" its page asks for a code."""
    if "mfa_code" not in refusal.fields:
        return "Login failed"
    return "MFA failed" if code else "MFA code required"


class SignOut(HTTPEndpoint):
    async def post(self, request: Request) -> Response:
        await sign_out(hash_token(request.cookies.get(SESSION_COOKIE, "")))
        return clear_session("Signed out.")


class ChangePassword(HTTPEndpoint):
    """For a signed-in administrator, who must then sign in with the new password."""

    @report_errors
    async def post(self, request: Request) -> Response:
        body = await parse_body(request, PasswordChangeBody, CHANGE_FORMAT)
        if body.new_password != body.confirm_new_password:
            raise Invalid("The new passwords do not match.")
        await change_password(
            request.user.user.id,
            body.current_password,
            body.new_password,
            address=get_client_address(request.scope),
        )
        return clear_session("Password changed. Sign in with the new password.")


def clear_session(message: str) -> Response:
    response = JSONResponse({"message": message})
    response.delete_cookie(SESSION_COOKIE)
    return response
