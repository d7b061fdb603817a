"""The same users and sessions in the admin."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from apps.accounts.tables import Session, User
from tests.accounts.test_signing_in import assert_refused, bearer, sign_in
from tests.database import execute
from tests.factories import PASSWORD, make_user

NEW = "a second password"
PASSWORDS = {"current_password": PASSWORD, "new_password": NEW, "confirm_new_password": NEW}


@pytest.fixture
async def admin(visitor: httpx.AsyncClient, admin_user: User) -> httpx.AsyncClient:
    """Signed in to the admin."""
    body = {"username": admin_user.email, "password": PASSWORD}
    assert (await visitor.post("/public/login/", json=body)).status_code == 200
    return visitor


async def test_a_new_password_in_the_admin_ends_every_session_and_no_api_token(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, admin_user: User, quick: None
) -> None:
    rest = await Session.create_session(admin_user.id)
    stranger = await Session.create_session((await make_user()).id)
    later = datetime.now(UTC) + timedelta(days=1)
    script = await Session.create_session(admin_user.id, later, later, "an API token")
    assert (await anonymous.get("/api/auth/me", headers=bearer(rest.token))).status_code == 200
    answer = await admin.post("/api/change-password/", json=PASSWORDS)
    assert (answer.status_code, admin.cookies.get("id")) == (200, None)
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


@pytest.mark.parametrize(
    ("values", "status", "sentence"),
    [
        ({"current_password": "wrong"}, 403, "The current password is wrong."),
        ({"confirm_new_password": "another"}, 422, "The new passwords do not match."),
        (
            {"new_password": "short", "confirm_new_password": "short"},
            422,
            "The password is too short. (min 8)",
        ),
    ],
)
async def test_a_password_that_is_not_changed_is_told_in_a_sentence(
    admin: httpx.AsyncClient,
    admin_user: User,
    quick: None,
    values: dict[str, str],
    status: int,
    sentence: str,
) -> None:
    answer = await admin.post("/api/change-password/", json={**PASSWORDS, **values})
    assert (answer.status_code, answer.json()) == (status, {"detail": sentence})
    assert await User.login(admin_user.email, PASSWORD) == admin_user.id
    assert (await admin.get("/api/tables/")).status_code == 200


async def test_who_signs_out_of_the_admin_is_out_at_once(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    token = admin.cookies["id"]
    assert (await anonymous.get("/api/auth/me", headers=bearer(token))).status_code == 200
    answer = await admin.post("/public/logout/")
    assert (answer.status_code, admin.cookies.get("id")) == (200, None)
    assert_refused(await anonymous.get("/api/auth/me", headers=bearer(token)))
    assert await Session.count() == 0


async def test_who_signs_in_to_the_admin_has_a_session_that_use_prolongs(
    admin: httpx.AsyncClient, admin_user: User
) -> None:
    [session] = await Session.objects()
    assert session.user_id == admin_user.id
    assert session.name is None
    made = session.created_at
    assert timedelta(minutes=59) < session.expires_at - made <= timedelta(hours=1)
    assert timedelta(days=6, hours=23) < session.max_expires_at - made <= timedelta(days=7)
    await admin_user.refresh()
    assert admin_user.last_login is not None
    assert (await admin.get("/public/login/")).headers["location"] == "/admin/"


async def test_without_a_session_nobody_has_signed_in(
    admin: httpx.AsyncClient, admin_user: User
) -> None:
    """The time of the last sign-in moves with the session, or not at all."""
    await execute("UPDATE users SET last_login = NULL")
    await execute("ALTER TABLE sessions ADD CONSTRAINT none_check CHECK (false) NOT VALID")
    try:
        body = {"username": admin_user.email, "password": PASSWORD}
        answer = await admin.post("/public/login/", json=body)
    finally:
        await execute("ALTER TABLE sessions DROP CONSTRAINT none_check")
    assert (answer.status_code, "set-cookie" in answer.headers) == (422, False)
    await admin_user.refresh()
    assert admin_user.last_login is None


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
        ({"email": "OLD@example.org"}, "A user with this email already exists."),
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
