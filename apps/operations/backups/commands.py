"""Commands for backups."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from piccolo.conf.apps import Command
from rich.console import Console

from apps.configuration.registry import BACKUPS_KEPT
from apps.operations.backups import creation, restoration, verification
from apps.operations.backups.manifest import Manifest, format_megabytes
from apps.operations.backups.startup_settings import read_setting
from apps.shared.db.diagnosis import explain_database_error
from apps.shared.settings import get_settings
from apps.shared.terminal import check_flag, exit_on_interrupt

LINE_SECONDS = 10


async def backup_database(output: str | None = None) -> None:
    """
    Backs up the database to one file. The program can keep serving meanwhile.

    :param output:
        The file to write. Otherwise it goes to the backup folder, which keeps the newest backups.

    """
    async with exit_on_failure():
        started = time.monotonic()
        with show_progress() as tell:
            if output is None:
                made = await creation.create_backup(await read_setting(BACKUPS_KEPT), tell)
            else:
                made = await creation.create_backup_at(parse_path(output), tell)
        print(made.file)
        print(f"{format_summary(made.file, made.manifest)}, in {time.monotonic() - started:.1f} s")
        for removed in made.removed:
            print(f"Removed the oldest backup, {removed}.")
        for line in describe_keys(made.manifest):
            print(line)


async def verify_backup(file: str) -> None:
    """
    Verifies a backup by restoring it into a temporary database and comparing all rows.

    The exit code is 1 if the backup is damaged or differs after restoring.

    :param file:
        The backup.

    """
    async with exit_on_failure():
        started = time.monotonic()
        path = parse_path(file)
        with show_progress() as tell:
            manifest = await verification.verify_backup(path, tell)
        print(f"{path} is intact: all rows match.")
        print(f"{format_summary(path, manifest)}, in {time.monotonic() - started:.1f} s")


async def restore_backup(file: str, yes: bool = False, discard_old: bool = False) -> None:
    """
    Replaces the current database with a backup. The program can keep serving meanwhile.

    The backup is restored into a second database and all rows are compared before it replaces the
    current one. The exit code is 1 if the database was not replaced.

    :param file:
        The backup.
    :param yes:
        Do not ask for confirmation.
    :param discard_old:
        Drop the current database afterwards instead of keeping it until the next restore.

    """
    check_flag("yes", yes)
    check_flag("discard-old", discard_old)
    async with exit_on_failure():
        started = time.monotonic()
        with show_progress() as tell:
            done = await restoration.restore_file(
                parse_path(file),
                give_consent if yes else ask_for_consent,
                discard_old=discard_old,
                say=print_line,
                report=tell,
            )
        if not done:
            sys.exit("Nothing was changed.")
        print(f"Finished in {time.monotonic() - started:.1f} s.")


async def give_consent() -> bool:
    return True


async def ask_for_consent() -> bool:
    """Waits without blocking, so that Ctrl-C works."""
    if not sys.stdin.isatty():
        sys.exit("There is no terminal to ask for confirmation: add --yes to restore without it.")
    print("Replace it with the backup? [y/N] ", end="", flush=True)
    typed = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin, typed.set)
    try:
        await typed.wait()
    finally:
        asyncio.get_running_loop().remove_reader(sys.stdin)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def print_line(line: str) -> None:
    print(line, flush=True)


def parse_path(file: str | bool) -> Path:
    # Piccolo passes True for an option without a value.
    if file is True or not str(file):
        sys.exit("Give the file's name.")
    return Path(str(file)).expanduser().absolute()


def format_summary(file: Path, manifest: Manifest) -> str:
    return (
        f"{format_megabytes(file.stat().st_size)}, {len(manifest.tables)} tables, "
        f"{manifest.rows:,} rows, created {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC "
        f"by Reelbase {manifest.program}"
    )


def describe_keys(manifest: Manifest) -> Iterator[str]:
    if manifest.keys:
        settings = get_settings()
        where = "SECRET_KEYS" if settings.secret_keys else f"{settings.data_dir / 'secret.key'}"
        yield (
            f"The secrets in it are encrypted, and it does not contain their keys "
            f"({', '.join(manifest.keys)}): keep a copy of {where} elsewhere."
        )


@contextmanager
def show_progress() -> Iterator[Callable[[str], None]]:
    """Updates a line on a terminal; otherwise prints one now and then."""
    console = Console(stderr=True)
    if console.is_terminal:
        status = console.status("")

        def show(text: str) -> None:
            status.update(text)
            status.start()  # Not earlier: there may be a prompt first.

        try:
            yield show
        finally:
            status.stop()
        return
    told = time.monotonic()

    def now_and_then(text: str) -> None:
        nonlocal told
        if time.monotonic() - told > LINE_SECONDS:
            told = time.monotonic()
            console.print(text)

    yield now_and_then


@asynccontextmanager
async def exit_on_failure() -> AsyncIterator[None]:
    """Exits with code 1 and one sentence on any error. Closes the database connections."""
    async with exit_on_interrupt("Interrupted."):
        try:
            yield
        except Exception as error:
            sys.exit(explain_database_error(error))


COMMANDS = [
    Command(backup_database, command_name="backup"),
    Command(verify_backup, command_name="verify"),
    Command(restore_backup, command_name="restore"),
]
