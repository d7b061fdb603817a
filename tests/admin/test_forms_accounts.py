"""Users and tokens, made by form."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from apps.accounts.tables import User, hash_token
from tests.admin.forms import Forms
from tests.database import execute, fetch, value
from tests.factories import make_user

USER, TOKEN = "create-a-user", "create-an-api-token"
PASSWORD = " correct horse "


@pytest.mark.parametrize(("administrator", "noun"), [("true", "administrator"), ("false", "user")])
async def test_a_user_is_made_who_may_sign_in(
    forms: Forms,
    anonymous: httpx.AsyncClient,
    administrator: str,
    noun: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    said = await forms.done(
        USER, email=" New@Example.org ", password=PASSWORD, administrator=administrator
    )
    assert said == f"Created the {noun} New@Example.org."
    body = {"email": "new@example.org", "password": PASSWORD}
    assert (await anonymous.post("/api/auth/login", json=body)).status_code == 200
    (made,) = await fetch("SELECT * FROM users WHERE email = 'New@Example.org'")
    assert (made["active"], made["admin"], made["superuser"]) == (True, noun != "user", False)
    assert "correct horse" not in caplog.text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"password": PASSWORD}, "An email has the form name@host."),
        ({"email": "a b@c", "password": PASSWORD}, "An email has the form name@host."),
        ({"email": "TAKEN@example.org", "password": PASSWORD}, "A user with this email already"),
        ({"email": "a@b"}, "A password must be provided."),
        ({"email": "a@b", "password": "1234567"}, "The password is too short."),
        ({"email": "a@b", "password": "x" * 129}, "The password is too long."),
        ({"email": "a@b" * 200, "password": PASSWORD}, "A value cannot be stored: it is too long"),
    ],
)
async def test_users_that_are_refused(
    forms: Forms, fields: dict[str, Any], sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    await make_user(email="taken@example.org")
    before = await fetch("SELECT * FROM users ORDER BY id")
    assert (await forms.refused(USER, **fields)).startswith(sentence)
    assert await fetch("SELECT * FROM users ORDER BY id") == before
    assert fields.get("password", "?") not in caplog.text


async def test_only_a_superuser_makes_users(librarian: Forms) -> None:
    said = await librarian.refused(USER, email="a@b", password=PASSWORD)
    assert said == "Only a superuser can create users."
    assert await value("SELECT count(*) FROM users") == 1


def token_in(message: str) -> str:
    token, until = message.splitlines()
    assert until.startswith("Valid until ")
    assert until.endswith(" UTC. Copy it now: it is not shown again.")
    return token


@pytest.mark.parametrize("email", ["", "Librarian@example.org"])
async def test_a_token_for_oneself(
    librarian: Forms, anonymous: httpx.AsyncClient, email: str, caplog: pytest.LogCaptureFixture
) -> None:
    token = token_in(await librarian.done(TOKEN, email=email, name="script", days="7"))
    headers = {"Authorization": f"Bearer {token}"}
    assert (await anonymous.get("/api/auth/me", headers=headers)).json()["email"] == (
        "librarian@example.org"
    )
    (row,) = await fetch("SELECT * FROM sessions WHERE name = 'script'")
    assert row["token_hash"] == hash_token(token)
    left = row["expires_at"] - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < left < timedelta(days=7)
    assert token not in caplog.text


async def test_a_token_for_somebody_else(
    forms: Forms, librarian: Forms, anonymous: httpx.AsyncClient
) -> None:
    user = await make_user()
    fields = {"email": user.email.upper(), "name": "script"}
    token = token_in(await forms.done(TOKEN, **fields))
    headers = {"Authorization": f"Bearer {token}"}
    assert (await anonymous.get("/api/auth/me", headers=headers)).json()["email"] == user.email
    said = await librarian.refused(TOKEN, **fields)
    assert said == "Only a superuser can create tokens for other users."
    assert await value("SELECT count(*) FROM sessions WHERE name IS NOT NULL") == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Give the token a name of 1 to 100 characters."),
        ({"name": " "}, "Give the token a name of 1 to 100 characters."),
        ({"name": "x" * 101}, "Give the token a name of 1 to 100 characters."),
        ({"name": "a", "days": 0}, "Days must be a whole number from 1 to 3652."),
        ({"name": "a", "days": 3653}, "Days must be a whole number from 1 to 3652."),
        ({"name": "a", "days": 10**30}, "Days must be a whole number from 1 to 3652."),
        (
            {"name": "a", "email": "nobody@example.org"},
            "There is no user with the email nobody@example.org.",
        ),
    ],
)
async def test_tokens_that_are_refused(forms: Forms, fields: dict[str, Any], sentence: str) -> None:
    assert await forms.refused(TOKEN, **fields) == sentence
    assert await value("SELECT count(*) FROM sessions WHERE name IS NOT NULL") == 0


async def test_a_form_that_is_sent_twice_makes_one_token(forms: Forms) -> None:
    await forms.done(TOKEN, name="script")
    said = await forms.refused(TOKEN, name=" script ")
    assert said == "You already have an API token of this name. Choose another, or revoke it."
    assert await value("SELECT count(*) FROM sessions WHERE name = 'script'") == 1


async def test_a_hundred_and_no_more(forms: Forms, admin_user: User) -> None:
    await execute(
        "INSERT INTO sessions (user_id, token_hash, name, expires_at, max_expires_at) "
        "SELECT $1, lpad(to_hex(n), 64, '0'), n::text, 'infinity', 'infinity' "
        "FROM generate_series(1, 99) n",
        admin_user.id,
    )
    await forms.done(TOKEN, name="the last")
    said = await forms.refused(TOKEN, name="one more")
    assert said == "You already have 100 API tokens. Revoke one first."
