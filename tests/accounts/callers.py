"""Those who ask: nobody, a user, another user and an administrator."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID

import httpx
from litestar import Litestar

from apps.accounts.tables import Session
from tests.factories import QUICK_HASH, make_user


class Callers:
    """`ids` of those who are users, and a client for each of them and for nobody."""

    def __init__(self) -> None:
        self.ids: dict[str, UUID | None] = {"everybody": None}
        self.clients: dict[str, httpx.AsyncClient] = {}

    def __getitem__(self, name: str) -> httpx.AsyncClient:
        return self.clients[name]

    def id(self, name: str) -> UUID:
        found = self.ids[name]
        assert found is not None
        return found


@asynccontextmanager
async def signed_in(application: Litestar) -> AsyncIterator[Callers]:
    callers = Callers()
    transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with AsyncExitStack() as stack:
        for name in ("nobody", "user", "other", "administrator"):
            headers = {}
            if name != "nobody":
                user = await make_user(admin=name == "administrator")
                session = await Session.create_session(user.id)
                headers["Authorization"] = f"Bearer {session.token}"
                callers.ids[name] = user.id
            callers.clients[name] = await stack.enter_async_context(
                httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers)
            )
        yield callers


def told(answer: httpx.Response, row_id: object, *secrets: str) -> str:
    """The status, with a `+` when the row's id is in the body; a refusal is a sentence.

    The sentence of a 404 repeats the key that was sent, which tells nothing.
    """
    text = answer.text
    assert not [secret for secret in (*secrets, QUICK_HASH) if secret in text], text
    if answer.status_code >= 400:
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem.pop("detail").endswith(".")
        text = str(problem)
    return f"{answer.status_code}{'+' if str(row_id) in text else ''}"


def same(hidden: httpx.Response, key: object, unknown: httpx.Response, other: object) -> None:
    """Both answers are one but for the key that was sent, and the request's own id."""
    assert hidden.status_code == unknown.status_code
    assert hidden.text.replace(str(key), "KEY") == unknown.text.replace(str(other), "KEY")
    own = {"content-length": "", "x-request-id": ""}
    assert {**hidden.headers, **own} == {**unknown.headers, **own}
