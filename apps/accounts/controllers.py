from litestar import Controller, post
from litestar.params import JSONBody

from apps.accounts.middleware import PUBLIC
from apps.accounts.schemas import Login, Token
from apps.accounts.services import sign_in
from apps.shared.problems import problems


class AuthController(Controller):
    path = "/api/auth"
    tags = ["Accounts"]

    @post(
        "/login",
        opt=PUBLIC,
        status_code=200,
        summary="Sign in",
        security=[{}],
        responses=problems(),
    )
    async def login(self, data: JSONBody[Login]) -> Token:
        """Answers a bearer token, good for seven days."""
        return await sign_in(data.email, data.password)
