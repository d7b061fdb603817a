"""What the tests of accounts share."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import pytest

import piccolo_conf
from apps.accounts.attempts import get_attempt_limiter
from apps.accounts.tables import Session, User
from apps.shared.settings import get_settings
from tests.database import value
from tests.factories import make_user

WAITING = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
Hold = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.fixture(autouse=True)
def no_attempts_yet() -> None:
    get_attempt_limiter.cache_clear()


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that were hashed."""
    seen: list[str] = []
    original = User.hash_password

    def note(password: str, *rest: Any) -> str:
        seen.append(password)
        return original(password, *rest)

    monkeypatch.setattr(User, "hash_password", note)
    return seen


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """New passwords are hashed with one round."""
    monkeypatch.setattr(User, "_pbkdf2_iteration_count", 1)


@pytest.fixture
def settle(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Other settings for this test."""

    def choose(**values: object) -> None:
        for name, chosen in values.items():
            monkeypatch.setenv(name, str(chosen))
        get_settings.cache_clear()
        get_attempt_limiter.cache_clear()

    yield choose
    monkeypatch.undo()
    get_settings.cache_clear()
    get_attempt_limiter.cache_clear()


@pytest.fixture
async def me() -> User:
    return await make_user(email="me@example.org")


@pytest.fixture
async def mine(anonymous: httpx.AsyncClient, me: User) -> httpx.AsyncClient:
    """Signed in as `me`, who is no administrator."""
    session = await Session.create_session(me.id)
    anonymous.headers["Authorization"] = f"Bearer {session.token}"
    return anonymous


async def wait_until_blocked(number: int = 1) -> None:
    async with asyncio.timeout(60):
        while await value(WAITING) < number:
            await asyncio.sleep(0.005)


@pytest.fixture
def hold() -> Hold:
    """Takes locks, and lets go of them once so many others wait for them."""

    @asynccontextmanager
    async def holding(query: str, *values: Any, until: int = 1) -> AsyncIterator[Any]:
        async with piccolo_conf.DB.connection() as connection, connection.transaction():
            await connection.execute(query, *values)
            yield connection
            await wait_until_blocked(until)

    return holding


LOCK_USER = "SELECT FROM users WHERE id = $1 FOR UPDATE"
