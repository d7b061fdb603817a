"""`piccolo accounts …`, as a person runs it."""

import contextlib
import os
import pty
import subprocess
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.accounts import two_step
from apps.accounts.callers import find_caller
from apps.accounts.commands import format_user, parse_whole_number
from apps.accounts.repositories import MAX_TOKENS, UserRepository
from apps.accounts.services import reset_password
from apps.accounts.tables import Session, User, hash_token
from apps.accounts.tokens import create_api_token_for
from apps.shared.errors import Conflict, Invalid, NotFound
from tests.accounts.test_api_tokens import fill
from tests.commands import run_command
from tests.factories import PASSWORD, make_authenticator, make_user
from tests.processes import PATIENCE, PICCOLO, environment, open_process
from tests.shared.conftest import shared_url

EMAIL = "me@example.org"
UNKNOWN = "There is no user with the email you@example.org."


async def accounts(*arguments: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    return await run_command("accounts", *arguments, **{"LOG_LEVEL": "DEBUG", **settings})


def own_lines(output: str) -> list[str]:
    """Without the log's."""
    return [line for line in output.splitlines() if not line.startswith("20")]


async def test_a_user_is_made_with_the_password_of_standard_input() -> None:
    done = await accounts("create-user", EMAIL, stdin="pässword one\r\nmore\n".encode())
    assert (done.returncode, done.stdout) == (0, f"Created the user {EMAIL}.\n")
    assert "pässword" not in done.stderr
    user = await User.objects().get(User.email == EMAIL)
    assert user is not None
    assert (user.active, user.admin, user.superuser) == (True, False, False)
    assert await User.login(EMAIL, "pässword one") == user.id


async def test_an_administrator_is_made_with_a_given_password() -> None:
    done = await accounts("create-user", "--admin", "--password", "0012345678", EMAIL)
    assert (done.returncode, done.stdout) == (0, f"Created the administrator {EMAIL}.\n")
    assert "0012345678" not in done.stderr
    user = await User.objects().get(User.email == EMAIL)
    assert user is not None
    assert (user.admin, await User.login(EMAIL, "0012345678")) == (True, user.id)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["create-user", "ME@example.org"], "A user with this email already exists."),
        (["create-user", "nobody", "--password=long enough"], "An email has the form name@host."),
        (
            ["create-user", "you@example.org", "--password=short"],
            "The password is too short. (min 8)",
        ),
        (["create-user", "you@example.org", "--password"], "--password needs a value."),
        (["reset-password", "you@example.org"], UNKNOWN),
        (["create-token", "you@example.org", "backup"], UNKNOWN),
        (["disable-mfa", "you@example.org"], UNKNOWN),
        (
            ["disable-mfa", "ME@example.org"],
            "me@example.org does not use two-step sign-in.",
        ),
        (
            ["create-token", EMAIL, "backup", "--days", "ten"],
            "--days must be a whole number from 1 to",
        ),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
async def test_what_is_wrong_is_one_sentence(arguments: list[str], sentence: str) -> None:
    user = await make_user(email=EMAIL)
    before = await User.select(*User.all_columns())
    done = await accounts(*arguments, stdin=b"long enough\n", LOG_LEVEL="WARNING")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(sentence)
    assert len(done.stderr.splitlines()) == 1
    assert await User.select(*User.all_columns()) == before
    assert await Session.exists().where(Session.user_id == user.id) is False


async def test_who_has_lost_phone_and_codes_is_let_in_again() -> None:
    user = await make_user(email=EMAIL)
    row = await make_authenticator(user_id=user.id, confirmed_at=datetime.now(UTC))
    assert await two_step.is_enabled(user.id)
    done = await accounts("disable-mfa", "Me@example.org")
    assert (done.returncode, done.stdout) == (
        0,
        "Turned off two-step sign-in for Me@example.org.\n",
    )
    assert not await two_step.is_enabled(user.id)
    await row.refresh()
    assert row.secret is None


async def test_a_database_that_is_not_there_is_one_sentence() -> None:
    url = "postgresql://nobody:hush@127.0.0.1:1/none"
    done = await accounts("list", DATABASE_URL=url, LOG_LEVEL="WARNING")
    assert done.returncode == 1
    assert done.stderr.startswith("The database cannot be reached")
    assert len(done.stderr.splitlines()) == 1
    assert "hush" not in done.stderr


@pytest.mark.parametrize(("again", "code"), [("pässword two", 0), ("another", 1)])
async def test_at_a_terminal_the_password_is_asked_for_twice_without_echo(
    again: str, code: int
) -> None:
    await make_user(email=EMAIL)
    ours, theirs = pty.openpty()
    answers = {b"Password: ": "pässword two", b"Repeat password: ": again}
    with open_process(
        [*PICCOLO, "accounts", "reset-password", EMAIL],
        env=environment(DATABASE_URL=await shared_url()),
        cwd="/",
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as program:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # The program has ended.
            while part := os.read(ours, 1000):
                shown += part
                for question in [each for each in answers if shown.endswith(each)]:
                    os.write(ours, answers.pop(question).encode() + b"\n")
        os.close(ours)
        assert program.wait(PATIENCE) == code
    assert answers == {}
    assert "ssword two" not in shown.decode()
    assert ("The passwords do not match." in shown.decode()) == bool(code)
    assert (await User.login(EMAIL, "pässword two") is None) == bool(code)


async def test_the_users_are_listed_by_email() -> None:
    seen = datetime(2026, 1, 31, 12, 30, tzinfo=UTC)
    await make_user(email="Bob@example.org", last_login=seen, admin=True)
    await make_user(email="al@example.org", active=False)
    await make_user(email="cy@example.org", superuser=True)
    done = await accounts("list", "--limit", "2")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "Email            Active  Admin  Superuser  Last sign-in",
        "al@example.org   no      no     no         never",
        "Bob@example.org  yes     yes    no         2026-01-31 12:30 UTC",
        "More: --offset=2",
    ]
    rest = await UserRepository().list_by_email(10, 2)
    assert [format_user(user) for user in rest] == [("cy@example.org", "yes", "no", "yes", "never")]


async def test_a_token_is_printed_once() -> None:
    user = await make_user(email=EMAIL)
    done = await accounts("create-token", EMAIL.upper(), "backup", "--days=30")
    assert done.returncode == 0
    [token] = done.stdout.split()
    assert token not in done.stderr
    [line] = own_lines(done.stderr) or [done.stderr]
    [session] = await Session.objects()
    assert (session.user_id, session.name) == (user.id, "backup")
    assert line == f"Valid until {session.expires_at:%Y-%m-%d %H:%M} UTC. It is not shown again."
    lasts = session.expires_at - datetime.now(UTC)
    assert timedelta(days=29, hours=23) < lasts < timedelta(days=30)
    caller = await find_caller(hash_token(token))
    assert caller is not None
    assert caller.id == user.id


async def test_a_reset_password_ends_sessions_and_api_tokens(quick: None) -> None:
    user, other = await make_user(email=EMAIL), await make_user()
    await Session.create_session(user.id)
    await create_api_token_for(EMAIL, "backup", 1)
    kept = await Session.create_session(other.id)
    await reset_password(EMAIL.upper(), "another password")
    assert [row.id for row in await Session.objects()] == [kept.id]
    assert await User.login(EMAIL, "another password") == user.id


async def test_what_cannot_be_done_changes_nothing(quick: None) -> None:
    user = await make_user(email=EMAIL)
    session = await Session.create_session(user.id)
    with pytest.raises(Invalid):
        await reset_password(EMAIL, "short")
    with pytest.raises(NotFound):
        await reset_password("you@example.org", "long enough")
    with pytest.raises(Invalid):
        await create_api_token_for(EMAIL, "backup", 4000)
    await fill(user, MAX_TOKENS)
    with pytest.raises(Conflict):
        await create_api_token_for(EMAIL, "backup", 1)
    assert await User.login(EMAIL, PASSWORD) == user.id
    assert await Session.get_user_id(session.token) == user.id


@pytest.mark.parametrize("given", ["", "ten", "1.5", 0, 11, "-1"])
def test_a_number_that_is_none_is_told_with_its_bounds(given: str | int) -> None:
    with pytest.raises(SystemExit, match=r"^--limit must be a whole number from 1 to 10\.$"):
        parse_whole_number("limit", given, 1, 10)
