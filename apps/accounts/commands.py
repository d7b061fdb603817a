"""Commands for users and their tokens."""

import asyncio
import sys
from collections.abc import Coroutine, Sequence
from getpass import getpass
from typing import Any, TypeVar

from piccolo.conf.apps import Command

from apps.accounts.repositories import MAX_USERS, UserRepository
from apps.accounts.services import disable_two_step_for, reset_password
from apps.accounts.tables import User
from apps.accounts.tokens import create_api_token_for
from apps.shared.logs import configure_logs
from apps.shared.settings import get_settings
from apps.shared.terminal import exit_on_error

T = TypeVar("T")

COLUMNS = ("Email", "Active", "Admin", "Superuser", "Last sign-in")


def create_user(email: str, admin: bool = False, password: str | None = None) -> None:
    """
    Creates a user. Prompts for the password, or reads it from standard input.

    :param email:
        The user's email address.
    :param admin:
        Whether the person may use the admin, and read and write everything.
    :param password:
        At least 8 characters. Other users of this machine can see it while the command runs.

    """
    password = read_password(password)
    user = run_command(UserRepository().create(email=str(email), password=password, admin=admin))
    print(f"Created the {'administrator' if user.admin else 'user'} {user.email}.")


def reset_user_password(email: str, password: str | None = None) -> None:
    """
    Sets a user's password and ends all their sessions and API tokens.

    :param email:
        The user's email address.
    :param password:
        At least 8 characters. Other users of this machine can see it while the command runs.

    """
    run_command(reset_password(str(email), read_password(password)))
    print(f"Changed the password of {email} and ended all sessions and API tokens.")


def disable_mfa(email: str) -> None:
    """
    Turns off two-step sign-in for a user who has lost both the phone and the recovery codes.

    :param email:
        The user's email address.

    """
    run_command(disable_two_step_for(str(email)))
    print(f"Turned off two-step sign-in for {email}.")


def list_users(limit: int | str = 100, offset: int | str = 0) -> None:
    """
    Lists the users by email.

    :param limit:
        How many users to show, up to 1000.
    :param offset:
        How many users to skip.

    """
    first = parse_whole_number("offset", offset, 0, 2**31)
    size = parse_whole_number("limit", limit, 1, MAX_USERS)
    found = run_command(UserRepository().list_by_email(size + 1, first))
    rows = [COLUMNS, *(format_user(user) for user in found[:size])]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(map(str.ljust, row, widths)).rstrip())
    if len(found) > size:
        print(f"More: --offset={first + size}")


def create_token(email: str, name: str, days: int | str = 90) -> None:
    """
    Creates an API token for a user and prints it. It is not shown again.

    :param email:
        The user's email address.
    :param name:
        What the token is for.
    :param days:
        How long it is good, up to 3652.

    """
    made = run_command(
        create_api_token_for(str(email), str(name), parse_whole_number("days", days, 1, 3652))
    )
    print(made.token)
    print(
        f"Valid until {made.expires_at:%Y-%m-%d %H:%M} UTC. It is not shown again.", file=sys.stderr
    )


def read_password(given: str | bool | None) -> str:
    if isinstance(given, bool):  # What Piccolo passes for an option without a value.
        sys.exit("--password needs a value. Leave it out to be prompted.")
    if given is not None:
        return given
    try:
        if not sys.stdin.isatty():
            return sys.stdin.readline().rstrip("\r\n")
        password = getpass("Password: ")
        again = getpass("Repeat password: ")
    except UnicodeDecodeError:
        sys.exit("The password must be UTF-8 text.")
    except (EOFError, KeyboardInterrupt):
        sys.exit("\nNo password given. Nothing was changed.")
    if password != again:
        sys.exit("The passwords do not match. Nothing was changed.")
    return password


def parse_whole_number(name: str, given: int | str, least: int, most: int) -> int:
    try:
        number = int(given)
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        sys.exit(f"--{name} must be a whole number from {least} to {most}.")
    return number


def run_command(work: Coroutine[Any, Any, T]) -> T:
    """Runs it to completion, or exits with code 1 and one sentence."""
    configure_logs(get_settings())
    with exit_on_error():
        return asyncio.run(work)


def format_user(user: User) -> Sequence[str]:
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
