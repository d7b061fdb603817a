"""Two-step sign-in in the admin: switched on, asked for, and switched off."""

import re
from typing import Any
from xml.etree import ElementTree

import httpx
import pyotp
import pytest

from apps.accounts import two_step
from apps.accounts.tables import AuthenticatorSecret, Session, User
from apps.shared.secrets import encrypt_secret, locate_secret
from tests.accounts.test_two_step import STEP
from tests.factories import PASSWORD, make_authenticator

PAGE = "/api/mfa-setup/"
SIGN_IN = "/public/login/"
KEY = re.compile("<code>([A-Z2-7]{32})</code>")
RECOVERY_CODE = re.compile("<code>((?:[a-z2-7]{4}-){3}[a-z2-7]{4})</code>")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes take no time, and the half minute does not pass."""
    monkeypatch.setattr(User, "_pbkdf2_iteration_count", 1)
    monkeypatch.setattr(two_step, "get_current_step", lambda: STEP)


@pytest.fixture
async def signed_in(visitor: httpx.AsyncClient, admin_user: User) -> httpx.AsyncClient:
    visitor.cookies["id"] = (await Session.create_session(admin_user.id)).token
    return visitor


async def act(client: httpx.AsyncClient, action: str, **fields: str) -> httpx.Response:
    """As the page's form does, with its token in a field."""
    form = {"action": action, **fields, "csrftoken": client.cookies["csrftoken"]}
    answer = await client.post(PAGE, data=form, headers={"X-CSRFToken": ""})
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer


async def begin(client: httpx.AsyncClient) -> pyotp.TOTP:
    answer = await act(client, "begin", password=PASSWORD)
    assert answer.status_code == 200, answer.text
    [key] = KEY.findall(answer.text)
    return pyotp.TOTP(key)


async def switch_on(client: httpx.AsyncClient) -> tuple[pyotp.TOTP, list[str]]:
    app = await begin(client)
    answer = await act(client, "confirm", code=app.generate_otp(STEP - 1))
    assert answer.status_code == 200
    return app, RECOVERY_CODE.findall(answer.text)


async def sign_in(
    client: httpx.AsyncClient, user: User, password: str = PASSWORD, **more: object
) -> httpx.Response:
    """In another browser."""
    client.cookies.delete("id")
    return await client.post(SIGN_IN, json={"username": user.email, "password": password, **more})


def told(answer: httpx.Response) -> tuple[int, object]:
    return answer.status_code, answer.json().get("detail")


async def test_it_is_asked_for_from_the_first_right_code_on(
    signed_in: httpx.AsyncClient, admin_user: User
) -> None:
    assert "Two-step sign-in is off." in (await signed_in.get(PAGE)).text
    app = await begin(signed_in)
    session = signed_in.cookies["id"]
    # Whoever closes the page now signs in as before.
    assert (await sign_in(signed_in, admin_user)).status_code == 200
    await admin_user.refresh()
    before = admin_user.last_login
    signed_in.cookies["id"] = session
    wrong = await act(signed_in, "confirm", code="abcdef")
    assert (wrong.status_code, "two-step sign-in is still off" in wrong.text) == (422, True)
    assert "Six-digit code" in wrong.text
    right = await act(signed_in, "confirm", code=app.generate_otp(STEP - 1))
    codes = RECOVERY_CODE.findall(right.text)
    assert len(codes) == 8
    page = (await signed_in.get(PAGE)).text
    assert "On since " in page
    assert "You have 8 recovery codes left." in page
    assert not {*codes, app.secret} & set(re.findall(r"[\w-]+", page))

    assert told(await sign_in(signed_in, admin_user)) == (401, "MFA code required")
    assert told(await sign_in(signed_in, admin_user, mfa_code="")) == (401, "MFA code required")
    used = app.generate_otp(STEP - 1)
    assert told(await sign_in(signed_in, admin_user, mfa_code=used)) == (401, "MFA failed")
    assert "id" not in signed_in.cookies
    await admin_user.refresh()
    assert admin_user.last_login == before
    code = app.generate_otp(STEP)
    assert told(await sign_in(signed_in, admin_user, "wrong", mfa_code=code))[1] == "Login failed"
    assert (await sign_in(signed_in, admin_user, mfa_code=code)).status_code == 200
    assert (await signed_in.get("/api/user/")).json()["username"] == admin_user.email
    await admin_user.refresh()
    assert before is not None
    assert admin_user.last_login is not None
    assert admin_user.last_login > before


async def test_a_recovery_code_stands_in_for_the_phone(
    signed_in: httpx.AsyncClient, admin_user: User
) -> None:
    _, codes = await switch_on(signed_in)
    assert (await sign_in(signed_in, admin_user, mfa_code=codes[3])).status_code == 200
    assert "You have 7 recovery codes left." in (await signed_in.get(PAGE)).text
    again = await sign_in(signed_in, admin_user, mfa_code=codes[3])
    assert told(again) == (401, "MFA failed")


REFUSALS = [
    ({"password": "wrong", "code": "right"}, "The password is wrong."),
    ({"code": "right"}, "The password is wrong."),
    ({"password": PASSWORD}, "The code is wrong or has already been used."),
    ({"password": PASSWORD, "code": "used"}, "The code is wrong or has already been used."),
    (
        {"password": PASSWORD, "code": "k3vb-q2xd-7mfa-p5ho"},
        "The code is wrong or has already been used.",
    ),
]


async def test_it_is_switched_off_with_the_password_and_a_code(
    signed_in: httpx.AsyncClient, admin_user: User
) -> None:
    """So that a stolen session and a password that somebody gave away are not enough."""
    app, _ = await switch_on(signed_in)
    page = (await signed_in.get(PAGE)).text
    assert "Code from the app, or a recovery code" in page
    assert "Lost your phone? Use a recovery code." in page
    assert "<code>piccolo accounts disable-mfa</code>" in page
    stored = await AuthenticatorSecret.select()
    codes = {"right": app.generate_otp(STEP), "used": app.generate_otp(STEP - 1)}
    for fields, sentence in REFUSALS:
        sent = {name: codes.get(value, value) for name, value in fields.items()}
        wrong = await act(signed_in, "turn_off", **sent)
        assert wrong.status_code == 403
        assert f'<p class="bad" role="alert">{sentence}' in wrong.text
        assert "Turn off" in wrong.text
    assert await AuthenticatorSecret.select() == stored
    right = {"password": PASSWORD, "code": codes["right"]}
    answer = await act(signed_in, "turn_off", **right)
    assert (answer.status_code, "Two-step sign-in is off." in answer.text) == (200, True)
    assert (await sign_in(signed_in, admin_user)).status_code == 200


async def test_without_the_phone_a_recovery_code_switches_it_off(
    signed_in: httpx.AsyncClient, admin_user: User
) -> None:
    _, codes = await switch_on(signed_in)
    answer = await act(signed_in, "turn_off", password=PASSWORD, code=codes[0])
    assert (answer.status_code, "Two-step sign-in is off." in answer.text) == (200, True)
    assert not await two_step.is_enabled(admin_user.id)


async def test_the_page_asks_for_the_password_first(
    signed_in: httpx.AsyncClient, admin_user: User
) -> None:
    answer = await act(signed_in, "begin", password="wrong")
    assert (answer.status_code, "The password is wrong." in answer.text) == (403, True)
    assert await AuthenticatorSecret.count() == 0
    await switch_on(signed_in)
    again = await act(signed_in, "begin", password=PASSWORD)
    assert (again.status_code, "is already on" in again.text) == (409, True)
    assert KEY.search(again.text) is None


async def test_the_picture_is_the_address_for_the_app(signed_in: httpx.AsyncClient) -> None:
    text = (await act(signed_in, "begin", password=PASSWORD)).text
    [picture] = re.findall(r"<svg.*</svg>", text)
    shapes = [each.tag.rpartition("}")[2] for each in ElementTree.fromstring(picture)]
    assert shapes == ["rect", "path"]
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")


async def test_what_a_page_sends_is_a_signed_in_administrators(
    visitor: httpx.AsyncClient, admin_user: User
) -> None:
    form = {"action": "begin", "password": PASSWORD}
    assert (await visitor.get(PAGE)).status_code == 401
    person = await visitor.get(f"{PAGE}?a=b", headers={"Accept": "text/html,*/*"})
    assert person.status_code == 303
    assert person.headers["location"] == "/admin/?next=%2Fadmin%2Fapi%2Fmfa-setup%2F%3Fa%3Db"
    assert (await visitor.post(PAGE, data=form)).status_code == 401
    visitor.cookies["id"] = (await Session.create_session(admin_user.id)).token
    forged = await visitor.post(PAGE, data=form, headers={"X-CSRFToken": "a guess"})
    assert forged.status_code == 403
    assert await AuthenticatorSecret.count() == 0


async def test_an_unknown_action_does_nothing(signed_in: httpx.AsyncClient) -> None:
    answer = await act(signed_in, "revoke", password=PASSWORD)
    assert (answer.status_code, "Two-step sign-in is off." in answer.text) == (200, True)


def assert_limited(answer: httpx.Response) -> None:
    assert answer.status_code == 429
    wait = int(answer.headers["retry-after"])
    assert f"Too many attempts. Try again in {wait} s." in answer.text


@pytest.mark.parametrize(
    ("action", "field"),
    [("begin", "password"), ("confirm", "code"), ("turn_off", "password")],
)
async def test_what_is_tried_on_the_page_counts(
    signed_in: httpx.AsyncClient,
    admin_user: User,
    settle: Any,
    action: str,
    field: str,
) -> None:
    settle(LOGIN_ATTEMPTS=3)
    for _ in range(3):
        assert (await act(signed_in, action, **{field: "wrong"})).status_code in {403, 422}
    assert_limited(await act(signed_in, action, **{field: PASSWORD}))
    is_limited = (await sign_in(signed_in, admin_user)).status_code == 429
    assert is_limited is (field == "password")


async def test_a_wrong_code_is_an_attempt_wherever_it_is_tried(
    signed_in: httpx.AsyncClient, admin_user: User, settle: Any
) -> None:
    """The right password does not make it good, though it is sent each time."""
    app, _ = await switch_on(signed_in)
    settle(LOGIN_ATTEMPTS=2)
    session = signed_in.cookies["id"]
    wrong = {"password": PASSWORD, "code": app.generate_otp(STEP - 1)}
    assert (await act(signed_in, "turn_off", **wrong)).status_code == 403
    assert told(await sign_in(signed_in, admin_user, mfa_code="wrong")) == (401, "MFA failed")
    signed_in.cookies["id"] = session
    right = {"password": PASSWORD, "code": app.generate_otp(STEP)}
    assert_limited(await act(signed_in, "turn_off", **right))
    assert_limited(await sign_in(signed_in, admin_user, mfa_code=right["code"]))
    assert await two_step.is_enabled(admin_user.id)


async def test_one_attempt_is_enough_for_who_knows_both(
    signed_in: httpx.AsyncClient, admin_user: User, settle: Any
) -> None:
    """The page sends the password alone, and then again with a code."""
    app, _ = await switch_on(signed_in)
    settle(LOGIN_ATTEMPTS=1)
    for step in (STEP, STEP + 1):
        assert told(await sign_in(signed_in, admin_user)) == (401, "MFA code required")
        entered = await sign_in(signed_in, admin_user, mfa_code=app.generate_otp(step))
        assert entered.status_code == 200


async def test_a_code_that_is_no_text_is_refused(
    visitor: httpx.AsyncClient, admin_user: User
) -> None:
    answer = await sign_in(visitor, admin_user, mfa_code=123456)
    status, sentence = told(answer)
    assert status == 400
    assert str(sentence).startswith("Send username, password and, if asked for, mfa_code")


async def test_the_listing_shows_who_and_since_when_and_no_secret(
    signed_in: httpx.AsyncClient, admin_user: User
) -> None:
    row = await make_authenticator(user_id=admin_user.id)
    stored = encrypt_secret(
        "JBSWY3DPEHPK3PXP", locate_secret("authenticator_secrets", "secret", row.id)
    )
    row.secret, row.recovery_codes = stored, ["a" * 64]
    await row.save()
    listed = await signed_in.get("/api/tables/authenticator_secrets/")
    opened = await signed_in.get(f"/api/tables/authenticator_secrets/{row.id}/")
    assert listed.json()["rows"][0]["user_id"] == str(admin_user.id)
    for answer in (listed, opened):
        assert answer.status_code == 200
        assert stored not in answer.text
        assert "a" * 64 not in answer.text
    change = {"revoked_at": "2026-01-01T00:00:00Z"}
    address = f"/api/tables/authenticator_secrets/{row.id}/"
    assert (await signed_in.patch(address, json=change)).status_code in {405, 422}
    assert (await signed_in.delete(address)).status_code in {405, 422}
    [kept] = await AuthenticatorSecret.objects()
    assert kept.secret == stored
    assert kept.revoked_at is None
