from uuid import UUID

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from apps.accounts.middleware import PUBLIC, address_of, bearer_token
from apps.accounts.schemas import (
    Account,
    ApiTokenCreate,
    ApiTokenMade,
    ApiTokens,
    Login,
    PasswordChange,
    SignedInSessions,
    Token,
)
from apps.accounts.services import (
    account_of,
    change_password,
    sign_in,
    sign_out,
)
from apps.accounts.tables import token_hash
from apps.accounts.tokens import (
    delete_token,
    end_own_session,
    make_token,
    sessions_of,
    tokens_of,
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
        """Answers a bearer token, good for seven days.

        Who has switched two-step sign-in on sends a code as `mfa_code` too. Without it, or with a
        wrong one, `errors` name that field.
        """
        return await sign_in(data.email, data.password, address_of(request.scope), data.mfa_code)

    @post("/logout", status_code=204, summary="Sign out", responses=problem_responses())
    async def logout(self, request: AppRequest) -> None:
        """Ends what the token that is sent stands for, be it a session or an API token."""
        await sign_out(token_hash(bearer_token(request)))

    @get("/me", summary="Who you are", responses=problem_responses())
    async def me(self, request: AppRequest) -> Account:
        return await account_of(request.user)

    @post(
        "/password",
        status_code=204,
        summary="Change your password",
        responses=problem_responses(403, 422, 429),
    )
    async def change_password(self, request: AppRequest, data: JSONBody[PasswordChange]) -> None:
        """Ends your other sessions, the admin's too. API tokens stay: delete them one by one."""
        await change_password(
            request.user.id,
            data.current_password,
            data.new_password,
            kept=token_hash(bearer_token(request)),
            address=address_of(request.scope),
        )

    @post("/tokens", summary="Make an API token", responses=problem_responses(409, 422))
    async def create_token(
        self, request: AppRequest, data: JSONBody[ApiTokenCreate]
    ) -> ApiTokenMade:
        """For a program, which keeps it; it is shown once.

        One person may have a hundred, each of another name.
        """
        await reject_coercion(request, data)
        used = token_hash(bearer_token(request))
        return await make_token(request.user.id, data.name, data.expires_at, used)

    @get("/tokens", summary="Your API tokens", responses=problem_responses())
    async def list_tokens(self, request: AppRequest) -> ApiTokens:
        """Those that are good, newest first."""
        return await tokens_of(request.user.id)

    @delete(
        "/tokens/{key:uuid}", summary="Take an API token back", responses=problem_responses(404)
    )
    async def delete_token(self, request: AppRequest, key: FromPath[UUID]) -> None:
        await delete_token(request.user.id, key)

    @get("/sessions", summary="Your sessions", responses=problem_responses())
    async def list_sessions(self, request: AppRequest) -> SignedInSessions:
        """Where you are signed in, over REST and in the admin; newest first, up to a hundred."""
        return await sessions_of(request.user.id, token_hash(bearer_token(request)))

    @delete("/sessions/{key:uuid}", summary="End a session", responses=problem_responses(404))
    async def end_session(self, request: AppRequest, key: FromPath[UUID]) -> None:
        """Whoever holds it has to sign in again."""
        await end_own_session(request.user.id, key)


ROUTES: list[ControllerRouterHandler] = [AuthController]
