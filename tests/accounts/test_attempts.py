"""How often a password may be tried, and that a guess costs the same whatever it meets."""

import asyncio
import logging
import threading
from typing import Any

import httpx
import pytest
from litestar import Litestar

from apps.accounts.attempts import ADDRESS_FACTOR, AttemptLimiter, get_network
from apps.accounts.tables import HASHING, User
from tests.accounts.test_signing_in import assert_refused, sign_in
from tests.factories import PASSWORD, make_user


@pytest.fixture(autouse=True)
def quick_hashes(quick: None) -> None: ...


def client_at(application: Litestar, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=application, client=(address, 1))  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")


def assert_limited(answer: httpx.Response, seconds: int = 300) -> None:
    assert answer.status_code == 429
    assert answer.headers["content-type"] == "application/problem+json"
    wait = int(answer.headers["retry-after"])
    assert seconds - 10 < wait <= seconds or wait == 1
    assert answer.json() == {
        "type": "about:blank",
        "title": "Too many requests",
        "status": 429,
        "detail": f"Too many attempts. Try again in {wait} s.",
    }


async def test_any_refused_guess_costs_one_hash(
    anonymous: httpx.AsyncClient, hashes: list[str]
) -> None:
    user, inactive = await make_user(), await make_user(active=False)
    await sign_in(anonymous, user.email, "guess 1")
    await sign_in(anonymous, "nobody@example.org", "guess 2")
    await sign_in(anonymous, inactive.email, "guess 3")
    await sign_in(anonymous, inactive.email, PASSWORD)
    await sign_in(anonymous, "e" * 255, "guess 5")
    assert hashes == ["guess 1", "guess 2", "guess 3", PASSWORD, "guess 5"]


async def test_a_few_hashes_run_at_once_and_the_program_goes_on(
    mine: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = [await make_user() for _ in range(9)]
    go_on, lock, counts = threading.Event(), threading.Lock(), {"now": 0, "most": 0}
    original = User.hash_password

    def slow(*arguments: Any) -> str:
        with lock:
            counts["now"] += 1
            counts["most"] = max(counts.values())
        assert go_on.wait(60)
        with lock:
            counts["now"] -= 1
        return original(*arguments)

    monkeypatch.setattr(User, "hash_password", slow)
    guesses = [asyncio.create_task(sign_in(mine, user.email, PASSWORD)) for user in users]
    async with asyncio.timeout(60):
        while HASHING._work_queue.qsize() < 5:
            await asyncio.sleep(0.005)
    guesses[0].cancel()
    assert (await mine.get("/api/auth/me")).status_code == 200
    assert counts == {"now": 4, "most": 4}
    go_on.set()
    assert [(await each).status_code for each in guesses[1:]] == [200] * 8
    assert counts["most"] == 4


@pytest.mark.parametrize("email", ["known@example.org", "nobody@example.org"])
async def test_the_eleventh_guess_is_not_even_looked_at(
    anonymous: httpx.AsyncClient, hashes: list[str], email: str
) -> None:
    await make_user(email="known@example.org")
    for each in range(10):
        written = email.upper() if each % 2 else email
        assert_refused(await sign_in(anonymous, written, "wrong"))
    for guess in ("wrong", PASSWORD):
        assert_limited(await sign_in(anonymous, email, guess))
    assert hashes == ["wrong"] * 10
    await make_user(email="other@example.org")
    assert (await sign_in(anonymous, "other@example.org", PASSWORD)).status_code == 200


async def test_other_letters_of_the_same_email_are_the_same_account(
    anonymous: httpx.AsyncClient,
) -> None:
    """PostgreSQL takes the Kelvin sign for a k."""
    user = await make_user(email="kim@example.org")
    for each in range(10):
        written = "\u212aim@example.org" if each % 2 else user.email
        assert_refused(await sign_in(anonymous, written, "wrong"))
    assert_limited(await sign_in(anonymous, user.email, PASSWORD))


async def test_guesses_at_the_same_moment_are_all_counted(anonymous: httpx.AsyncClient) -> None:
    user = await make_user()
    answers = await asyncio.gather(*(sign_in(anonymous, user.email, "wrong") for _ in range(25)))
    assert sorted(answer.status_code for answer in answers) == [401] * 10 + [429] * 15


async def test_who_signs_in_starts_anew(anonymous: httpx.AsyncClient) -> None:
    user = await make_user()
    for _ in range(3):
        for _ in range(9):
            assert_refused(await sign_in(anonymous, user.email, "wrong"))
        assert (await sign_in(anonymous, user.email, PASSWORD)).status_code == 200


async def test_the_limit_passes_by_itself(anonymous: httpx.AsyncClient, settle: Any) -> None:
    settle(LOGIN_ATTEMPTS=2, LOGIN_WINDOW=1)
    user = await make_user()
    statuses = [(await sign_in(anonymous, user.email, "wrong")).status_code for _ in range(2)]
    limited = await sign_in(anonymous, user.email, PASSWORD)
    assert (statuses, limited.status_code, limited.headers["retry-after"]) == ([401] * 2, 429, "1")
    await asyncio.sleep(int(limited.headers["retry-after"]))
    assert (await sign_in(anonymous, user.email, PASSWORD)).status_code == 200


async def test_an_address_may_try_ten_times_as_often_and_then_harms_nobody(
    application: Litestar, settle: Any
) -> None:
    settle(LOGIN_ATTEMPTS=1)
    user = await make_user()
    async with client_at(application, "203.0.113.9") as guesser:
        for number in range(ADDRESS_FACTOR):
            forwarded = {"X-Forwarded-For": f"198.51.100.{number}"}
            body = {"email": f"n{number}@example.org", "password": "wrong"}
            assert_refused(await guesser.post("/api/auth/login", json=body, headers=forwarded))
        body = {"email": user.email, "password": "wrong"}
        forwarded = {"X-Forwarded-For": "198.51.100.99"}
        assert_limited(await guesser.post("/api/auth/login", json=body, headers=forwarded))
    async with client_at(application, "203.0.113.10") as other:
        assert (await sign_in(other, user.email, PASSWORD)).status_code == 200


async def test_the_current_password_cannot_be_guessed_either(
    mine: httpx.AsyncClient, me: User
) -> None:
    body = {"current_password": "wrong", "new_password": "a second password"}
    for _ in range(10):
        assert (await mine.post("/api/auth/password", json=body)).status_code == 403
    assert_limited(await mine.post("/api/auth/password", json={**body, "new_password": PASSWORD}))
    assert_limited(await sign_in(mine, me.email, PASSWORD))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_whose_address_it_is(address: str, network: str) -> None:
    assert get_network(address) == network


@pytest.mark.parametrize(
    "url", ["redis://127.0.0.1:1/0", "unix:///nowhere/redis.sock", "redis://host:port", "redis://["]
)
async def test_without_the_redis_that_is_set_the_process_counts_and_says_so_once(
    anonymous: httpx.AsyncClient, settle: Any, caplog: pytest.LogCaptureFixture, url: str
) -> None:
    settle(REDIS_URL=url, LOGIN_ATTEMPTS=2)
    user = await make_user()
    assert (await sign_in(anonymous, user.email, PASSWORD)).status_code == 200
    for _ in range(2):
        assert_refused(await sign_in(anonymous, user.email, "wrong"))
    assert_limited(await sign_in(anonymous, user.email, PASSWORD))
    said = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.getMessage().split(" (")[0] for record in said] == ["Redis failed"]
    assert url not in caplog.text


async def test_what_is_kept_of_unknown_accounts_goes_with_the_window() -> None:
    counted = AttemptLimiter(1, 1)
    for number in range(5):
        await counted.count(f"{number}@example.org", "203.0.113.9")
    storage: Any = counted.own.storage
    assert len(storage.storage) == 6
    await asyncio.sleep(1)
    await counted.count("last@example.org", "203.0.113.9")
    assert storage.timer is not None
    await storage.timer
    assert len(storage.storage) == 2
