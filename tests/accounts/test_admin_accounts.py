"""The same users and sessions in the admin."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from litestar import Litestar

from apps.accounts.tables import Session, User
from tests.accounts.test_signing_in import assert_refused, bearer, sign_in
from tests.factories import PASSWORD, make_user

NEW = "a second password"


@pytest.fixture
async def admin(application: Litestar, admin_user: User) -> AsyncIterator[httpx.AsyncClient]:
    """Signed in to the admin."""
    transport = httpx.ASGITransport(app=application)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost/admin") as visitor:
        await visitor.get("/")
        visitor.headers["X-CSRFToken"] = visitor.cookies["csrftoken"]
        body = {"username": admin_user.email, "password": PASSWORD}
        assert (await visitor.post("/public/login/", json=body)).status_code == 200
        yield visitor


async def test_a_new_password_in_the_admin_ends_every_session_and_no_api_token(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, admin_user: User, quick: None
) -> None:
    rest = await Session.create_session(admin_user.id)
    stranger = await Session.create_session((await make_user()).id)
    later = datetime.now(UTC) + timedelta(days=1)
    script = await Session.create_session(admin_user.id, later, later, "an API token")
    assert (await anonymous.get("/api/auth/me", headers=bearer(rest.token))).status_code == 200
    body = {"current_password": PASSWORD, "new_password": NEW, "confirm_new_password": NEW}
    answer = await admin.post("/api/change-password/", json=body)
    assert answer.status_code == 303
    assert {row.id for row in await Session.objects()} == {stranger.id, script.id}
    assert (await anonymous.get("/api/auth/me", headers=bearer(script.token))).status_code == 200
    assert_refused(await anonymous.get("/api/auth/me", headers=bearer(rest.token)))
    assert (await sign_in(anonymous, admin_user.email, NEW)).status_code == 200


async def test_a_new_password_over_rest_ends_the_admins_session(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, admin_user: User, quick: None
) -> None:
    assert (await admin.get("/api/tables/")).status_code == 200
    token = (await Session.create_session(admin_user.id)).token
    body = {"current_password": PASSWORD, "new_password": NEW}
    answer = await anonymous.post("/api/auth/password", json=body, headers=bearer(token))
    assert answer.status_code == 204
    assert (await admin.get("/api/tables/")).status_code == 401


async def test_the_admin_makes_users_and_gives_them_passwords(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, quick: None
) -> None:
    body = {"email": "new@example.org", "password": PASSWORD, "superuser": True}
    answer = await admin.post("/api/tables/users/", json=body)
    assert answer.status_code == 201, answer.text
    user = await User.objects().get(User.email == "new@example.org")
    assert user is not None
    assert (user.active, user.admin, user.superuser) == (True, False, True)
    changed = await admin.patch(f"/api/tables/users/{user.id}/", json={"password": NEW})
    assert changed.status_code == 200
    assert_refused(await sign_in(anonymous, "new@example.org", PASSWORD))
    assert (await sign_in(anonymous, "new@example.org", NEW)).status_code == 200


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"password": "short"}, "The password is too short. (min 8)"),
        ({"email": "OLD@example.org"}, "There is a user with this email already."),
    ],
)
async def test_a_user_the_admin_cannot_make_is_told_in_a_sentence(
    admin: httpx.AsyncClient, quick: None, values: dict[str, str], sentence: str
) -> None:
    await make_user(email="old@example.org")
    body = {"email": "new@example.org", "password": PASSWORD, **values}
    answer = await admin.post("/api/tables/users/", json=body)
    assert (answer.status_code, answer.json()) == (422, {"custom_form_error": sentence})
    assert await User.count() == 2


async def test_who_is_made_inactive_in_the_admin_is_out_at_once(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    user = await make_user()
    later = datetime.now(UTC) + timedelta(days=1)
    token = (await Session.create_session(user.id, later, later, "backup")).token
    answer = await admin.patch(f"/api/tables/users/{user.id}/", json={"active": False})
    assert answer.status_code == 200
    assert_refused(await anonymous.get("/api/auth/me", headers=bearer(token)))


async def test_an_email_of_a_host_without_a_public_name_is_listed(admin: httpx.AsyncClient) -> None:
    """Such as that of the first administrator."""
    await make_user(email="admin@reelbase.local")
    rows = (await admin.get("/api/tables/users/")).json()["rows"]
    assert "admin@reelbase.local" in [row["email"] for row in rows]
    body = {"email": "somebody@localhost", "password": PASSWORD}
    assert (await admin.post("/api/tables/users/", json=body)).status_code == 201
