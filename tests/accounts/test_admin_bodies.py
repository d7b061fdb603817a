"""Whatever is sent to where the admin takes passwords and codes, it is answered with a sentence."""

import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from litestar import Litestar

from apps.accounts.tables import Session, User
from tests.database import fetch
from tests.factories import PASSWORD

LOGIN, LOGOUT = "/public/login/", "/public/logout/"
CHANGE, TWO_STEP = "/api/change-password/", "/api/mfa-setup/"
STATE = """
SELECT (SELECT array_agg(u) FROM users u), (SELECT count(*) FROM sessions),
    (SELECT count(*) FROM authenticator_secrets)"""

NEW = "a second password"
ENTERING = {"username": "admin@example.org", "password": PASSWORD, "mfa_code": "123456"}
PASSWORDS = {"current_password": PASSWORD, "new_password": NEW, "confirm_new_password": NEW}
STEP = {"action": "begin", "password": PASSWORD, "code": "123456"}
MEGABYTE = "x" * (1 << 20)

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PARTS = {"Content-Type": "multipart/form-data; boundary=b"}
WHOLE: list[dict[str, Any]] = [
    {},
    *({"json": each} for each in (None, 7, True, "text", [], [ENTERING], {}, {"x": 1})),
    {"content": b"{", "headers": JSON},
    {"content": b"\xff\xfe", "headers": JSON},
    {"content": b'{"username": "\\ud800", "password": "\\ud800"}', "headers": JSON},
    {"content": b"[" * 100_000, "headers": JSON},
    {"content": b"{" + b'"a":' * 100_000, "headers": JSON},
    {"json": MEGABYTE},
    {"data": ENTERING},
    {"data": PASSWORDS},
    {"content": b"%ff=%00&=&&;", "headers": FORM},
    {"content": MEGABYTE.encode(), "headers": FORM},
    {"content": MEGABYTE.encode(), "headers": PARTS},
    {"content": b"nothing of the kind", "headers": PARTS},
    {"content": b"--b\r\nContent-Disposition: form-data\r\n\r\n\r\n--b--\r\n", "headers": PARTS},
    {"content": b"--b", "headers": {"Content-Type": "multipart/form-data"}},
    {"files": {f"f{number}": (None, "") for number in range(1001)}},
    {"files": {"password": ("a file", b"\0" * 1000), "code": ("a file", b"")}},
]
"""For every address."""


def in_each_field(fields: dict[str, str]) -> list[dict[str, Any]]:
    odd: tuple[Any, ...] = (
        None,
        7,
        1e308,
        True,
        [],
        ["x"],
        {},
        {"a": 1},
        "",
        MEGABYTE,
        "a\0b",
        "\u202e",
    )
    return [{"json": {**fields, name: each}} for name in fields for each in odd] + [
        {"json": {other: text for other, text in fields.items() if other != name}}
        for name in fields
        if name != "mfa_code"
    ]


def in_each_form_field() -> list[dict[str, Any]]:
    odd = ("", MEGABYTE, "a\0b", "\u202e", "switch_off", "confirm")
    kinds: list[dict[str, Any]] = [
        {"data": {**STEP, "password": "wrong", name: each}} for name in STEP for each in odd
    ]
    return kinds + [{"files": {name: (None, each)}} for name in STEP for each in odd]


CASES = {
    LOGIN: WHOLE + in_each_field(ENTERING),
    LOGOUT: WHOLE,
    CHANGE: WHOLE + in_each_field(PASSWORDS),
    TWO_STEP: WHOLE + in_each_form_field(),
}


@pytest.fixture
async def visitor(application: Litestar, quick: None) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=application)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost/admin") as client:
        await client.get("/")
        yield client


def is_told(address: str, answer: httpx.Response) -> bool:
    """A page that has nothing to do is shown as it is, and to sign out needs no body at all."""
    if answer.status_code == 200:
        return address == LOGOUT or (
            address == TWO_STEP and "Two-step sign-in is off." in answer.text
        )
    return 400 <= answer.status_code < 500 and len(answer.text) > 10


@pytest.mark.parametrize("address", CASES)
@pytest.mark.parametrize("is_signed_in", [True, False])
async def test_odd_bodies_change_nothing_and_are_told_so(
    visitor: httpx.AsyncClient,
    admin_user: User,
    settle: Any,
    caplog: pytest.LogCaptureFixture,
    address: str,
    is_signed_in: bool,
) -> None:
    settle(LOGIN_ATTEMPTS=10_000)
    session = await Session.create_session(admin_user.id)
    before = await fetch(STATE)
    for sent in CASES[address]:
        if is_signed_in and address != LOGOUT:
            visitor.cookies["id"] = session.token
        for token in (visitor.cookies["csrftoken"], ""):
            headers = {**sent.get("headers", {}), "X-CSRFToken": token}
            answer = await visitor.post(address, **{**sent, "headers": headers})
            told = f"{str(sent)[:100]}: {answer.status_code} {answer.text[:200]}"
            assert is_told(address, answer), told
            assert "Traceback" not in answer.text, told
    assert await fetch(STATE) == before
    assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("address", [LOGIN, CHANGE])
async def test_a_body_has_no_more_than_it_needs(
    visitor: httpx.AsyncClient, admin_user: User, quick: None, address: str
) -> None:
    """Anybody may send one, and what they send would be read into memory."""
    fields = {LOGIN: {"username": admin_user.email, "password": PASSWORD}, CHANGE: PASSWORDS}
    visitor.cookies["id"] = (await Session.create_session(admin_user.id)).token
    headers = {"X-CSRFToken": visitor.cookies["csrftoken"]}
    for size in (20_000, 10_000):
        body = {"other": "x" * size, **fields[address]}
        answer = await visitor.post(address, json=body, headers=headers)
        assert ("Send " in answer.text) is (size == 20_000), answer.text
