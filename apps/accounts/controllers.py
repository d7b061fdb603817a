from uuid import UUID

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from apps.accounts.middleware import PUBLIC, get_bearer_token, get_client_address
from apps.accounts.schemas import (
    Account,
    ApiTokenCreate,
    ApiTokens,
    CreatedApiToken,
    Login,
    PasswordChange,
    SignedInSessions,
    Token,
)
from apps.accounts.services import (
    change_password,
    get_account,
    sign_in,
    sign_out,
)
from apps.accounts.tables import hash_token
from apps.accounts.tokens import (
    create_api_token,
    end_session,
    list_api_tokens,
    list_signed_in_sessions,
    revoke_api_token,
)
from apps.shared.http.controllers import RestController
from apps.shared.http.problems import problem_responses
from apps.shared.http.requests import AppRequest, reject_coercion


class AuthController(RestController):
    path = "/api/auth"
    tags = ["Accounts"]

    @post(
        "/login",
        opt=PUBLIC,
        status_code=200,
        summary="Sign in",
        security=[{}],
        responses=problem_responses(422, 429),
    )
    async def login(self, request: AppRequest, data: JSONBody[Login]) -> Token:
        """Returns a bearer token that is valid for seven days.

        With two-step sign-in on, also send a code as `mfa_code`: `errors` names that field if it is
        missing or wrong.
        """
        return await sign_in(
            data.email, data.password, get_client_address(request.scope), data.mfa_code
        )

    @post("/logout", status_code=204, summary="Sign out", responses=problem_responses())
    async def logout(self, request: AppRequest) -> None:
        """Revokes the request's token, be it a session or an API token."""
        await sign_out(hash_token(get_bearer_token(request)))

    @get("/me", summary="Get your account", responses=problem_responses())
    async def me(self, request: AppRequest) -> Account:
        return await get_account(request.user)

    @post(
        "/password",
        status_code=204,
        summary="Change your password",
        responses=problem_responses(403, 422, 429),
    )
    async def change_password(self, request: AppRequest, data: JSONBody[PasswordChange]) -> None:
        """Ends your other sessions, including the admin's. Your API tokens stay valid."""
        await change_password(
            request.user.id,
            data.current_password,
            data.new_password,
            kept=hash_token(get_bearer_token(request)),
            address=get_client_address(request.scope),
        )

    @post("/tokens", summary="Create an API token", responses=problem_responses(409, 422))
    async def create_token(
        self, request: AppRequest, data: JSONBody[ApiTokenCreate]
    ) -> CreatedApiToken:
        """The token is shown only once. You can have up to 100, each with a name of its own."""
        await reject_coercion(request, data)
        used = hash_token(get_bearer_token(request))
        return await create_api_token(request.user.id, data.name, data.expires_at, used)

    @get("/tokens", summary="List your API tokens", responses=problem_responses())
    async def list_tokens(self, request: AppRequest) -> ApiTokens:
        """Valid ones only, newest first."""
        return await list_api_tokens(request.user.id)

    @delete("/tokens/{key:uuid}", summary="Revoke an API token", responses=problem_responses(404))
    async def revoke_api_token(self, request: AppRequest, key: FromPath[UUID]) -> None:
        await revoke_api_token(request.user.id, key)

    @get("/sessions", summary="List your sessions", responses=problem_responses())
    async def list_sessions(self, request: AppRequest) -> SignedInSessions:
        """Where you are signed in, over REST and in the admin: newest first, up to 100."""
        return await list_signed_in_sessions(request.user.id, hash_token(get_bearer_token(request)))

    @delete("/sessions/{key:uuid}", summary="End a session", responses=problem_responses(404))
    async def end_session(self, request: AppRequest, key: FromPath[UUID]) -> None:
        """Whoever uses it has to sign in again."""
        await end_session(request.user.id, key)


ROUTES: list[ControllerRouterHandler] = [AuthController]
