"""Users and their tokens from the terminal."""

import asyncio
import sys
from collections.abc import Coroutine, Sequence
from getpass import getpass
from typing import Any, TypeVar

from piccolo.conf.apps import Command

from apps.accounts.repositories import MAX_USERS, UserRepository
from apps.accounts.services import disable_two_step_of, reset_password
from apps.accounts.tables import User
from apps.accounts.tokens import make_token_for
from apps.shared.logs import configure_logs
from apps.shared.settings import get_settings
from apps.shared.terminal import exit_on_error

Result = TypeVar("Result")

COLUMNS = ("Email", "Active", "Admin", "Superuser", "Last sign-in")


def create_user(email: str, admin: bool = False, password: str | None = None) -> None:
    """
    Makes a user who may sign in. The password is asked for, or read from standard input.

    :param email:
        What the person signs in with.
    :param admin:
        The person may use the admin, and see and write everything.
    :param password:
        At least 8 characters. Other users of this machine can see it while the command runs.

    """
    chosen = asked_password(password)
    user = finish(UserRepository().create(email=str(email), password=chosen, admin=admin))
    print(f"Made the {'administrator' if user.admin else 'user'} {user.email}.")


def reset_user_password(email: str, password: str | None = None) -> None:
    """
    Gives a user another password, and ends all their sessions and API tokens.

    :param email:
        What the person signs in with.
    :param password:
        At least 8 characters. Other users of this machine can see it while the command runs.

    """
    finish(reset_password(str(email), asked_password(password)))
    print(f"{email} has another password. All sessions and API tokens have ended.")


def disable_mfa(email: str) -> None:
    """
    Switches two-step sign-in off for a user who has lost both the phone and the recovery codes.

    :param email:
        What the person signs in with.

    """
    finish(disable_two_step_of(str(email)))
    print(f"{email} signs in with the password alone.")


def list_users(limit: int | str = 100, offset: int | str = 0) -> None:
    """
    Lists the users by email.

    :param limit:
        How many to show, up to 1000.
    :param offset:
        How many to pass by.

    """
    first = whole("offset", offset, 0, 2**31)
    size = whole("limit", limit, 1, MAX_USERS)
    found = finish(UserRepository().page_by_email(size + 1, first))
    rows = [COLUMNS, *(row_of(user) for user in found[:size])]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(map(str.ljust, row, widths)).rstrip())
    if len(found) > size:
        print(f"More: --offset={first + size}")


def create_token(email: str, name: str, days: int | str = 90) -> None:
    """
    Makes an API token for a user and prints it. It is not shown again.

    :param email:
        What the person signs in with.
    :param name:
        What the token is for.
    :param days:
        How long it is good, up to 3652.

    """
    made = finish(make_token_for(str(email), str(name), whole("days", days, 1, 3652)))
    print(made.token)
    print(f"Good until {made.expires_at:%Y-%m-%d %H:%M} UTC; not shown again.", file=sys.stderr)


def asked_password(given: str | bool | None) -> str:
    if isinstance(given, bool):  # So Piccolo takes an option without a value.
        sys.exit("--password needs a value; without it the password is asked for.")
    if given is not None:
        return given
    try:
        if not sys.stdin.isatty():
            return sys.stdin.readline().rstrip("\r\n")
        chosen = getpass("Password: ")
        again = getpass("The same again: ")
    except UnicodeDecodeError:
        sys.exit("The password must be text in UTF-8.")
    except (EOFError, KeyboardInterrupt):
        sys.exit("\nNo password was given, and nothing was changed.")
    if chosen != again:
        sys.exit("The two passwords differ. Nothing was changed.")
    return chosen


def whole(name: str, given: int | str, least: int, most: int) -> int:
    try:
        number = int(given)
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        sys.exit(f"--{name} is a whole number from {least} to {most}.")
    return number


def finish(work: Coroutine[Any, Any, Result]) -> Result:
    """What `work` answers; whatever is wrong is one sentence and exit code 1."""
    configure_logs(get_settings())
    with exit_on_error():
        return asyncio.run(work)


def row_of(user: User) -> Sequence[str]:
    flags = ["yes" if flag else "no" for flag in (user.active, user.admin, user.superuser)]
    last = f"{user.last_login:%Y-%m-%d %H:%M} UTC" if user.last_login else "never"
    return (user.email, *flags, last)


COMMANDS = [
    Command(create_user, command_name="create-user"),
    Command(reset_user_password, command_name="reset-password"),
    Command(list_users, command_name="list"),
    Command(create_token, command_name="create-token"),
    Command(disable_mfa, command_name="disable-mfa"),
]
