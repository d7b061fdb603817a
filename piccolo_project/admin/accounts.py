"""Signing in to the admin and out of it, and another password: the services of REST, in the form
that Piccolo Admin's page sends and shows."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta
from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from apps.accounts.middleware import address_of
from apps.accounts.schemas import Password
from apps.accounts.services import change_password, let_in, sign_out
from apps.accounts.tables import MAX_SESSION_LENGTH, token_hash
from apps.shared.db.errors import translate_error
from apps.shared.errors import BadRequest, Invalid, Unauthenticated
from piccolo_project.admin.bodies import read_body
from piccolo_project.web.sessions import SESSION_COOKIE

ENTERING = (
    "A username and a password are needed, and an mfa_code where it is asked for: texts of at most "
    "255, 128 and 64 characters."
)
PASSWORDS = (
    "A current_password, a new_password and the same as confirm_new_password are needed: texts of "
    "at most 128 characters."
)

MOST_BYTES = 16 << 10

Shape = TypeVar("Shape", bound=msgspec.Struct)
Post = Callable[[Any, Request], Awaitable[Response]]


class Entering(msgspec.Struct):
    username: Annotated[str, Meta(max_length=255)]
    password: Password
    mfa_code: Annotated[str, Meta(max_length=64)] | None = None


class Passwords(msgspec.Struct):
    current_password: Password
    new_password: str
    confirm_new_password: str


async def read(request: Request, shape: type[Shape], sentence: str) -> Shape:
    """Raises BadRequest, with the sentence where a field is missing, no text, or too long.

    Anybody may send a body: what is not asked for is not even made.
    """
    body = await read_body(request, MOST_BYTES, sentence)
    try:
        return msgspec.json.decode(body, type=shape)
    except (ValueError, RecursionError):
        raise BadRequest(sentence) from None


def in_sentences(post: Post) -> Post:
    """The page shows an answer's `detail`."""

    async def answer(endpoint: Any, request: Request) -> Response:
        try:
            return await post(endpoint, request)
        except Exception as error:
            known = translate_error(error)
            if known is None:
                raise
            return JSONResponse({"detail": known.message}, known.status, known.headers)

    return answer


class SignIn(HTTPEndpoint):
    async def get(self, request: Request) -> Response:
        """The page is the admin's own."""
        return RedirectResponse("/admin/", 303)

    @in_sentences
    async def post(self, request: Request) -> Response:
        sent = await read(request, Entering, ENTERING)
        code = sent.mfa_code or ""
        try:
            session = await let_in(sent.username, sent.password, address_of(request.scope), code)
        except Unauthenticated as refusal:
            raise Unauthenticated(in_words_of_the_page(refusal, code)) from None
        answer = JSONResponse({"message": "Signed in."})
        longest = int(MAX_SESSION_LENGTH.total_seconds())
        answer.set_cookie(
            SESSION_COOKIE, session.token, max_age=longest, httponly=True, samesite="lax"
        )
        return answer


def in_words_of_the_page(refusal: Unauthenticated, code: str) -> str:
    """It asks for a code when it is told the second."""
    if "mfa_code" not in refusal.fields:
        return "Login failed"
    return "MFA failed" if code else "MFA code required"


class SignOut(HTTPEndpoint):
    async def post(self, request: Request) -> Response:
        await sign_out(token_hash(request.cookies.get(SESSION_COOKIE, "")))
        return without_session("Signed out.")


class ChangePassword(HTTPEndpoint):
    """Its user is a signed-in administrator, who signs in anew with it."""

    @in_sentences
    async def post(self, request: Request) -> Response:
        sent = await read(request, Passwords, PASSWORDS)
        if sent.new_password != sent.confirm_new_password:
            raise Invalid("The two new passwords differ.")
        await change_password(
            request.user.user.id,
            sent.current_password,
            sent.new_password,
            address=address_of(request.scope),
        )
        return without_session("The password is another one: sign in with it.")


def without_session(message: str) -> Response:
    answer = JSONResponse({"message": message})
    answer.delete_cookie(SESSION_COOKIE)
    return answer
