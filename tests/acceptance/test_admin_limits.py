"""The admin's own forms try passwords no more often than REST does."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from apps.accounts.attempts import get_attempt_limiter
from apps.accounts.tables import Session, User
from apps.shared.settings import get_settings
from tests.factories import PASSWORD, make_user
from tests.processes import free_port, uvicorn, wait_for
from tests.shared.conftest import shared_url

SIGN_IN = "/public/login/"
CHANGE = "/api/change-password/"
NEW = "a second password"


@pytest.fixture(autouse=True)
def three_attempts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LOGIN_ATTEMPTS", "3")
    monkeypatch.setattr(User, "_pbkdf2_iteration_count", 1)
    get_settings.cache_clear()
    get_attempt_limiter.cache_clear()
    yield
    monkeypatch.undo()
    get_settings.cache_clear()
    get_attempt_limiter.cache_clear()


async def try_in(client: httpx.AsyncClient, email: str, password: str = "wrong") -> httpx.Response:
    return await client.post(SIGN_IN, json={"username": email, "password": password})


def assert_limited(answer: httpx.Response) -> None:
    assert answer.status_code == 429
    wait = int(answer.headers["retry-after"])
    assert 290 < wait <= 300
    assert answer.json()["detail"] == f"Too many attempts. Try again in {wait} s."


@pytest.mark.parametrize("email", ["known@example.org", "nobody@example.org"])
async def test_the_fourth_guess_is_refused_though_it_is_right(
    visitor: httpx.AsyncClient, email: str
) -> None:
    await make_user(email="known@example.org", admin=True)
    for each in range(3):
        written = email.upper() if each % 2 else email
        assert (await try_in(visitor, written)).status_code == 401
    assert_limited(await try_in(visitor, email, PASSWORD))
    assert await Session.count() == 0


async def test_the_admin_and_rest_count_together(
    visitor: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    user = await make_user(admin=True)
    body = {"email": user.email, "password": "wrong"}
    assert (await try_in(visitor, user.email)).status_code == 401
    for _ in range(2):
        assert (await anonymous.post("/api/auth/login", json=body)).status_code == 401
    assert_limited(await try_in(visitor, user.email, PASSWORD))
    assert_limited(await anonymous.post("/api/auth/login", json={**body, "password": PASSWORD}))


async def test_who_signs_in_starts_anew(visitor: httpx.AsyncClient) -> None:
    user = await make_user(admin=True)
    for _ in range(2):
        for _ in range(2):
            assert (await try_in(visitor, user.email)).status_code == 401
        assert (await try_in(visitor, user.email, PASSWORD)).status_code == 200


async def test_the_current_password_cannot_be_guessed(visitor: httpx.AsyncClient) -> None:
    user = await make_user(admin=True)
    assert (await try_in(visitor, user.email, PASSWORD)).status_code == 200
    body = {"current_password": "wrong", "new_password": NEW, "confirm_new_password": NEW}
    for _ in range(3):
        answer = await visitor.post(CHANGE, json=body)
        assert answer.status_code == 403
        assert answer.json() == {"detail": "The current password is wrong."}
    assert_limited(await visitor.post(CHANGE, json={**body, "current_password": PASSWORD}))
    assert_limited(await try_in(visitor, user.email, PASSWORD))


async def test_a_password_that_was_changed_starts_anew(visitor: httpx.AsyncClient) -> None:
    user = await make_user(admin=True)
    assert (await try_in(visitor, user.email, PASSWORD)).status_code == 200
    body = {"current_password": "wrong", "new_password": NEW, "confirm_new_password": NEW}
    for _ in range(2):
        assert (await visitor.post(CHANGE, json=body)).status_code == 403
    changed = await visitor.post(CHANGE, json={**body, "current_password": PASSWORD})
    assert changed.status_code == 200
    for _ in range(3):
        assert (await try_in(visitor, user.email)).status_code == 401


UNREADABLE: list[dict[str, Any]] = [
    {"data": {"username": "known@example.org", "password": PASSWORD}},
    {"files": {"username": (None, "known@example.org"), "password": (None, PASSWORD)}},
    {"content": b"[" * 16_000, "headers": {"Content-Type": "application/json"}},
    {"json": ["known@example.org", PASSWORD]},
    {"json": {"username": ["known@example.org"], "password": PASSWORD}},
    {"json": {"username": "known@example.org", "password": "x" * 129}},
    {"json": {"username": "x" * 256, "password": PASSWORD}},
]


@pytest.mark.parametrize("sent", UNREADABLE)
async def test_only_an_object_of_json_with_short_texts_is_read(
    visitor: httpx.AsyncClient, sent: dict[str, Any]
) -> None:
    await make_user(email="known@example.org", admin=True)
    answer = await visitor.post(SIGN_IN, **sent)
    assert answer.status_code == 400
    assert answer.json()["detail"].endswith(".")
    assert await Session.count() == 0


async def test_without_a_session_nothing_is_counted(visitor: httpx.AsyncClient) -> None:
    for _ in range(4):
        assert (await visitor.post(CHANGE, json={})).status_code == 401


async def test_looking_at_the_sign_in_page_is_no_attempt(visitor: httpx.AsyncClient) -> None:
    """Piccolo's own limit counts page views, and ends with the program."""
    user = await make_user(admin=True)
    for path, status in [(SIGN_IN, 303), ("/", 200)] * 120:
        assert (await visitor.get(path)).status_code == status
    assert (await try_in(visitor, user.email, PASSWORD)).status_code == 200
    for _ in range(40):
        assert (await visitor.get("/api/mfa-setup/")).status_code == 200


@pytest.mark.filterwarnings("error")
async def test_nobody_is_warned_of_cookies_that_are_in_order(visitor: httpx.AsyncClient) -> None:
    user = await make_user(admin=True)
    assert (await try_in(visitor, user.email, PASSWORD)).status_code == 200


async def test_the_limit_passes_by_itself_in_the_running_program() -> None:
    """With two workers, each of which counts alone, until both have had enough."""
    user = await make_user(admin=True)
    chosen = {"LOGIN_ATTEMPTS": 1, "LOGIN_WINDOW": 3, "WEB_CONCURRENCY": 2}
    with uvicorn(free_port(), DATABASE_URL=await shared_url(), **chosen) as program:
        program.wait_for_status("/health/ready", 200)

        def try_password(given: str) -> httpx.Response:
            """On a new connection, which either worker may take."""
            with httpx.Client(base_url=f"{program.url}/admin", timeout=20) as client:
                client.get("/")
                client.headers["X-CSRFToken"] = client.cookies["csrftoken"]
                return client.post(SIGN_IN, json={"username": user.email, "password": given})

        def refused() -> httpx.Response | None:
            answer = try_password("a wrong password")
            assert answer.status_code in {401, 429}
            return answer if answer.status_code == 429 else None

        answer = wait_for(refused, "a refusal", 40)
        wait = int(answer.headers["retry-after"])
        assert 1 <= wait <= 3
        assert answer.json()["detail"] == f"Too many attempts. Try again in {wait} s."
        wait_for(lambda: try_password(PASSWORD).status_code == 200, "the window to pass", 40)
