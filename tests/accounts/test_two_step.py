"""Two-step sign-in: codes of an authenticator app, and the recovery codes in their place."""

import asyncio
import re
from collections.abc import Callable

import asyncpg
import httpx
import pyotp
import pytest

from apps.accounts import two_step
from apps.accounts.services import confirm_two_step, disable_two_step, verify_password
from apps.accounts.tables import AuthenticatorSecret, Session, User, hash_token
from apps.shared.errors import Conflict, Forbidden, Invalid, TooManyRequests
from apps.shared.secrets import decrypt_secret, locate_secret
from tests.accounts.conftest import Hold
from tests.accounts.test_signing_in import assert_refused, bearer
from tests.database import execute, fetch, value
from tests.factories import CIPHERTEXT, PASSWORD, make_authenticator, make_user

LOGIN = "/api/auth/login"
INSERT = """
INSERT INTO authenticator_secrets (user_id, secret, recovery_codes, recovery_codes_used_at)
VALUES ($1, $2, '{}', '{}')"""
STEP = 59_000_000
WRONG = "The code is wrong or has already been used."
NEEDED = (
    "Two-step sign-in is on: also send the code from your authenticator app, or a recovery code, "
    "as mfa_code."
)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets the half minute that it is."""

    def choose(step: int) -> None:
        monkeypatch.setattr(two_step, "get_current_step", lambda: step)

    choose(STEP)
    return choose


class Phone:
    """An authenticator app, and the sheet of recovery codes beside it."""

    def __init__(self, app: pyotp.TOTP, recovery_codes: list[str]) -> None:
        self.app = app
        self.recovery_codes = recovery_codes

    def code(self, step: int) -> str:
        return str(self.app.generate_otp(step))

    def wrong(self) -> str:
        """None of those that are right about now."""
        right = {self.code(STEP + near) for near in range(-3, 4)}
        return next(code for code in map("{:06}".format, range(9)) if code not in right)


@pytest.fixture
async def phone(me: User, clock: object) -> Phone:
    """Two-step sign-in is on for `me`, with the code of the step before last."""
    app = await two_step.begin_setup(me)
    codes = await two_step.confirm_setup(me.id, str(app.generate_otp(STEP - 1)))
    return Phone(app, codes)


async def sign_in(client: httpx.AsyncClient, code: object = None, **body: object) -> httpx.Response:
    values = {"email": "me@example.org", "password": PASSWORD, **body}
    return await client.post(LOGIN, json=values | ({} if code is None else {"mfa_code": code}))


def assert_no_code(answer: httpx.Response, sentence: str) -> None:
    assert_refused(answer)
    assert answer.json()["detail"] == sentence
    assert answer.json()["errors"] == [{"field": "mfa_code", "message": sentence}]


async def test_the_password_alone_lets_nobody_in(
    anonymous: httpx.AsyncClient, phone: Phone
) -> None:
    assert_no_code(await sign_in(anonymous), NEEDED)
    assert_no_code(await sign_in(anonymous, phone.wrong()), WRONG)
    assert await Session.count() == 0
    assert await value("SELECT last_login FROM users") is None
    answer = await sign_in(anonymous, phone.code(STEP))
    assert answer.status_code == 200
    headers = bearer(answer.json()["token"])
    assert (await anonymous.get("/api/auth/me", headers=headers)).status_code == 200


async def test_who_does_not_know_the_password_is_asked_for_no_code(
    anonymous: httpx.AsyncClient, phone: Phone
) -> None:
    wrong = await sign_in(anonymous, phone.code(STEP), password="wrong password")
    unknown = await sign_in(anonymous, email="you@example.org", password="wrong password")
    assert wrong.text == unknown.text
    assert "mfa_code" not in wrong.text
    # Nor has that used the code up.
    assert (await sign_in(anonymous, phone.code(STEP))).status_code == 200


async def test_a_code_that_nobody_asks_for_does_no_harm(
    anonymous: httpx.AsyncClient, me: User
) -> None:
    assert (await sign_in(anonymous, "000000")).status_code == 200


@pytest.mark.parametrize(
    ("early", "lets_in"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
async def test_a_phones_clock_may_be_half_a_minute_off(
    phone: Phone, me: User, clock: Callable[[int], None], early: int, lets_in: bool
) -> None:
    clock(STEP + 10)
    assert await two_step.accept_code(me.id, phone.code(STEP + 10 + early)) is lets_in


@pytest.mark.parametrize("grouped", ["{} {}", " {}-{} ", "{}{}"])
async def test_a_code_may_be_typed_as_it_is_shown(phone: Phone, me: User, grouped: str) -> None:
    code = phone.code(STEP)
    assert await two_step.accept_code(me.id, grouped.format(code[:3], code[3:]))


@pytest.mark.parametrize("code", ["", "12345", "1234567", "\ud800", "١٢٣٤٥٦", "x" * 10_000])
async def test_what_is_no_code_lets_nobody_in(phone: Phone, me: User, code: str) -> None:
    assert not await two_step.accept_code(me.id, code)


async def test_a_code_lets_in_once_and_so_do_those_before_it(phone: Phone, me: User) -> None:
    assert await two_step.accept_code(me.id, phone.code(STEP))
    assert not await two_step.accept_code(me.id, phone.code(STEP))
    assert not await two_step.accept_code(me.id, phone.code(STEP - 1))
    assert await two_step.accept_code(me.id, phone.code(STEP + 1))


async def test_of_two_requests_with_one_code_one_gets_in(
    anonymous: httpx.AsyncClient, phone: Phone, hold: Hold
) -> None:
    for code in (phone.code(STEP), phone.recovery_codes[0]):
        async with hold("SELECT FROM authenticator_secrets FOR UPDATE", until=2):
            both = [asyncio.create_task(sign_in(anonymous, code)) for _ in range(2)]
        answers = sorted([await each for each in both], key=lambda each: each.status_code)
        assert [each.status_code for each in answers] == [200, 401]
        assert_no_code(answers[1], WRONG)


async def test_each_recovery_code_lets_in_once(anonymous: httpx.AsyncClient, phone: Phone) -> None:
    first, second, *others = phone.recovery_codes
    assert len({first, second, *others}) == 8
    assert (await sign_in(anonymous, first)).status_code == 200
    assert_no_code(await sign_in(anonymous, first), WRONG)
    assert (await sign_in(anonymous, f" {second.upper().replace('-', ' ')}")).status_code == 200
    [row] = await AuthenticatorSecret.objects()
    assert len(row.recovery_codes) == 6
    assert len(row.recovery_codes_used_at) == 2
    assert row.last_used_at >= max(row.recovery_codes_used_at)


async def test_no_code_or_secret_is_stored_in_clear(phone: Phone) -> None:
    [row] = await fetch("SELECT *, authenticator_secrets::text AS all FROM authenticator_secrets")
    assert decrypt_secret(
        row["secret"], locate_secret("authenticator_secrets", "secret", row["id"])
    ) == (phone.app.secret)
    plain = [each.replace("-", "") for each in phone.recovery_codes]
    assert row["recovery_codes"] == [hash_token(each) for each in plain]
    for hidden in (phone.app.secret, phone.code(STEP - 1), *plain, *phone.recovery_codes):
        assert hidden not in row["all"]


async def test_nothing_is_asked_before_a_first_code_was_right(
    anonymous: httpx.AsyncClient, me: User, clock: object
) -> None:
    app = await two_step.begin_setup(me)
    assert (await sign_in(anonymous)).status_code == 200
    with pytest.raises(Invalid, match=r"not the app.s current code"):
        await two_step.confirm_setup(me.id, Phone(app, []).wrong())
    assert not await two_step.accept_code(me.id, str(app.generate_otp(STEP)))
    assert (await sign_in(anonymous)).status_code == 200
    await two_step.confirm_setup(me.id, str(app.generate_otp(STEP)))
    # The code that switched it on is used.
    assert_no_code(await sign_in(anonymous, str(app.generate_otp(STEP))), WRONG)


async def test_beginning_anew_forgets_what_was_begun(me: User, clock: object) -> None:
    before, after = await two_step.begin_setup(me), await two_step.begin_setup(me)
    assert await AuthenticatorSecret.count() == 1
    with pytest.raises(Invalid):
        await two_step.confirm_setup(me.id, str(before.generate_otp(STEP)))
    assert len(await two_step.confirm_setup(me.id, str(after.generate_otp(STEP)))) == 8
    with pytest.raises(Conflict, match=re.escape("Two-step sign-in is already on")):
        await two_step.begin_setup(me)


async def test_of_two_who_begin_at_once_the_second_is_told_so(me: User, hold: Hold) -> None:
    async with hold(INSERT, me.id, CIPHERTEXT):
        second = asyncio.create_task(two_step.begin_setup(me))
    with pytest.raises(Conflict, match="already on or being set up"):
        await second


async def test_switched_off_it_keeps_its_times_and_no_secret(
    anonymous: httpx.AsyncClient, phone: Phone, me: User
) -> None:
    assert await two_step.disable_authenticator(me.id)
    assert not await two_step.disable_authenticator(me.id)
    [row] = await AuthenticatorSecret.objects()
    assert row.secret is None
    assert row.recovery_codes == []
    assert row.revoked_at >= row.confirmed_at
    assert (await sign_in(anonymous)).status_code == 200
    assert not await two_step.accept_code(me.id, phone.code(STEP))
    assert not await two_step.accept_code(me.id, phone.recovery_codes[0])
    app = await two_step.begin_setup(me)
    await two_step.confirm_setup(me.id, str(app.generate_otp(STEP)))
    assert await AuthenticatorSecret.count() == 2


async def test_anothers_codes_let_nobody_in(phone: Phone, clock: object) -> None:
    other = await make_user()
    app = await two_step.begin_setup(other)
    await two_step.confirm_setup(other.id, str(app.generate_otp(STEP - 1)))
    assert not await two_step.accept_code(other.id, phone.recovery_codes[0])
    assert app.secret != phone.app.secret


async def test_a_secret_of_another_row_is_refused(
    anonymous: httpx.AsyncClient, phone: Phone
) -> None:
    """It is bound to its row, whoever writes to the database."""
    other = await make_user(email="you@example.org")
    stolen = await value("SELECT secret FROM authenticator_secrets")
    row = await make_authenticator(user_id=other.id, secret=stolen)
    await execute("UPDATE authenticator_secrets SET confirmed_at = now() WHERE id = $1", row.id)
    answer = await sign_in(anonymous, phone.code(STEP), email="you@example.org")
    assert answer.status_code == 503
    assert answer.json()["title"] == "Secret unreadable"


async def test_codes_are_counted_as_passwords_are(
    anonymous: httpx.AsyncClient, phone: Phone, settle: Callable[..., None]
) -> None:
    """The right password does not begin their count anew; a right code does."""
    settle(LOGIN_ATTEMPTS=2)
    assert_no_code(await sign_in(anonymous, phone.wrong()), WRONG)
    assert (await sign_in(anonymous, phone.code(STEP))).status_code == 200
    for code in (phone.wrong(), "a-wrong-recovery-code"):
        assert_no_code(await sign_in(anonymous, code), WRONG)
        assert_no_code(await sign_in(anonymous), NEEDED)
    answer = await sign_in(anonymous, phone.code(STEP + 1))
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 300


async def change(client: httpx.AsyncClient, current: str = PASSWORD) -> httpx.Response:
    body = {"current_password": current, "new_password": PASSWORD}
    return await client.post("/api/auth/password", json=body)


async def test_who_knows_the_password_begins_no_count_of_codes_anew(
    mine: httpx.AsyncClient, phone: Phone, me: User, settle: Callable[..., None], quick: None
) -> None:
    """With a stolen session, wherever a password alone is asked for."""
    settle(LOGIN_ATTEMPTS=2)
    for _ in range(2):
        assert_no_code(await sign_in(mine, phone.wrong()), WRONG)
        assert (await change(mine)).status_code == 204
        await verify_password(me.id, PASSWORD, "203.0.113.9")
    assert (await sign_in(mine, phone.code(STEP))).status_code == 429
    with pytest.raises(TooManyRequests):
        await disable_two_step(me.id, PASSWORD, phone.code(STEP), "203.0.113.9")
    assert await two_step.is_enabled(me.id)


async def test_who_has_the_phone_begins_no_count_of_passwords_anew(
    mine: httpx.AsyncClient, me: User, clock: object, settle: Callable[..., None]
) -> None:
    settle(LOGIN_ATTEMPTS=2)
    app = await two_step.begin_setup(me)
    assert (await change(mine, "wrong")).status_code == 403
    await confirm_two_step(me.id, str(app.generate_otp(STEP)), "203.0.113.9")
    assert (await change(mine, "wrong")).status_code == 403
    assert (await change(mine)).status_code == 429


async def test_one_attempt_is_enough_for_who_knows_both(
    anonymous: httpx.AsyncClient, phone: Phone, settle: Callable[..., None]
) -> None:
    """First the password, which says that a code is needed, and then both."""
    settle(LOGIN_ATTEMPTS=1)
    for step in (STEP, STEP + 1):
        assert_no_code(await sign_in(anonymous), NEEDED)
        assert (await sign_in(anonymous, phone.code(step))).status_code == 200
    assert_no_code(await sign_in(anonymous, phone.wrong()), WRONG)
    assert (await sign_in(anonymous, phone.recovery_codes[0])).status_code == 429


@pytest.mark.parametrize("is_recovery", [False, True])
async def test_it_is_switched_off_with_the_password_and_a_code(
    phone: Phone, me: User, settle: Callable[..., None], is_recovery: bool
) -> None:
    code = phone.recovery_codes[0] if is_recovery else phone.code(STEP)
    for password, other, sentence in [
        ("wrong", code, "The password is wrong."),
        (PASSWORD, "", WRONG),
        (PASSWORD, phone.wrong(), WRONG),
        (PASSWORD, phone.code(STEP - 1), WRONG),
    ]:
        before = await fetch("SELECT * FROM authenticator_secrets")
        with pytest.raises(Forbidden) as refusal:
            await disable_two_step(me.id, password, other, "203.0.113.9")
        assert refusal.value.message == sentence
        assert await fetch("SELECT * FROM authenticator_secrets") == before
    await disable_two_step(me.id, PASSWORD, code, "203.0.113.9")
    assert not await two_step.is_enabled(me.id)
    # It is off already: in another window, say.
    await disable_two_step(me.id, PASSWORD, "", "203.0.113.9")


async def test_six_digits_cannot_be_tried_out(
    anonymous: httpx.AsyncClient, phone: Phone, settle: Callable[..., None]
) -> None:
    settle(LOGIN_ATTEMPTS=5)
    tried = []
    for number in range(40):
        tried.append((await sign_in(anonymous, f"{number:06}")).status_code)
    assert tried.count(429) == 35
    assert tried[5:] == [429] * 35


async def test_the_password_and_tokens_go_on_as_before(
    mine: httpx.AsyncClient, phone: Phone, quick: None
) -> None:
    body = {"name": "backup", "expires_at": "2030-01-01T00:00:00Z"}
    token = (await mine.post("/api/auth/tokens", json=body)).json()["token"]
    change = {"current_password": PASSWORD, "new_password": "a second password"}
    assert (await mine.post("/api/auth/password", json=change)).status_code == 204
    assert (await mine.get("/api/auth/me", headers=bearer(token))).status_code == 200
    assert_no_code(await sign_in(mine, password="a second password"), NEEDED)
    code = phone.code(STEP)
    assert (await sign_in(mine, code, password="a second password")).status_code == 200


@pytest.mark.parametrize("code", [123456, ["123456"], "1" * 65])
async def test_a_malformed_code_names_the_field(
    anonymous: httpx.AsyncClient, me: User, code: object
) -> None:
    answer = await sign_in(anonymous, code)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "mfa_code"


REFUSED = [
    ("secret = 'in clear'", "authenticator_secrets_secret_check"),
    ("secret = NULL", "authenticator_secrets_revoked_check"),
    ("revoked_at = now()", "authenticator_secrets_revoked_check"),
]


@pytest.mark.parametrize(("change", "constraint"), REFUSED)
async def test_the_database_refuses(change: str, constraint: str) -> None:
    await make_authenticator()
    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await execute(f"UPDATE authenticator_secrets SET {change}")
    assert refusal.value.constraint_name == constraint


async def test_one_person_has_one_that_holds(me: User) -> None:
    await make_authenticator(user_id=me.id)
    with pytest.raises(asyncpg.UniqueViolationError) as refusal:
        await execute(INSERT, me.id, CIPHERTEXT)
    assert refusal.value.constraint_name == "authenticator_secrets_valid_key"
    await execute("UPDATE authenticator_secrets SET revoked_at = now(), secret = NULL")
    await execute(INSERT, me.id, CIPHERTEXT)
