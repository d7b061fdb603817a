"""Backups from the terminal."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from piccolo.conf.apps import Command
from rich.console import Console

from apps.configuration.registry import BACKUPS_KEPT
from apps.operations.backups import checking, making, restoring
from apps.operations.backups.choices import chosen
from apps.operations.backups.manifest import Manifest, megabytes
from apps.shared.db.diagnosis import explain_database_error
from apps.shared.settings import get_settings
from apps.shared.terminal import check_flag, exit_on_interrupt

LINE_SECONDS = 10


async def backup(output: str | None = None) -> None:
    """
    Writes the whole database to one file, while the program may go on serving.

    :param output:
        The file, instead of one in the folder of backups, of which the newest are kept.

    """
    async with told_in_sentences():
        started = time.monotonic()
        with telling() as tell:
            if output is None:
                made = await making.backup(await chosen(BACKUPS_KEPT), tell)
            else:
                made = await making.backup_to(named(output), tell)
        print(made.file)
        print(f"{summary(made.file, made.manifest)}, in {time.monotonic() - started:.1f} s")
        for removed in made.removed:
            print(f"Removed {removed}, which was one more than are kept.")
        for line in about_keys(made.manifest):
            print(line)


async def verify(file: str) -> None:
    """
    Restores a backup into a database of its own, compares all rows, and drops that again.

    The exit code is 1 when it is damaged or does not restore to what was backed up.

    :param file:
        The backup.

    """
    async with told_in_sentences():
        started = time.monotonic()
        path = named(file)
        with telling() as tell:
            manifest = await checking.verify(path, tell)
        print(f"{path} restores to what was backed up.")
        print(f"{summary(path, manifest)}, in {time.monotonic() - started:.1f} s")


async def restore(file: str, yes: bool = False, discard_old: bool = False) -> None:
    """
    Puts a backup in place of the present database, while the program may go on serving.

    Nothing is touched before the whole file was checked, and the present database is replaced
    only by one that was compared with what was backed up. The exit code is 1 when it is not.

    :param file:
        The backup.
    :param yes:
        Do not ask.
    :param discard_old:
        Drop the present database afterwards, instead of keeping it until the next restore.

    """
    check_flag("yes", yes)
    check_flag("discard-old", discard_old)
    async with told_in_sentences():
        started = time.monotonic()
        with telling() as tell:
            done = await restoring.restore(
                named(file),
                consent if yes else asked,
                discard_old=discard_old,
                say=said,
                report=tell,
            )
        if not done:
            sys.exit("Nothing was changed.")
        print(f"It took {time.monotonic() - started:.1f} s.")


async def consent() -> bool:
    return True


async def asked() -> bool:
    """Without blocking, so that Ctrl-C ends the question as well."""
    if not sys.stdin.isatty():
        sys.exit("Nobody can be asked here: add --yes to restore without a question.")
    print("Put the backup in its place? [y/N] ", end="", flush=True)
    typed = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin, typed.set)
    try:
        await typed.wait()
    finally:
        asyncio.get_running_loop().remove_reader(sys.stdin)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def said(line: str) -> None:
    print(line, flush=True)


def named(file: str | bool) -> Path:
    # Piccolo takes an option without a value for True.
    if file is True or not str(file):
        sys.exit("Name the file.")
    return Path(str(file)).expanduser().absolute()


def summary(file: Path, manifest: Manifest) -> str:
    return (
        f"{megabytes(file.stat().st_size)}, {len(manifest.tables)} tables, {manifest.rows:,} rows, "
        f"of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC by Reelbase {manifest.program}"
    )


def about_keys(manifest: Manifest) -> Iterator[str]:
    if manifest.keys:
        settings = get_settings()
        where = "SECRET_KEYS" if settings.secret_keys else f"{settings.data_dir / 'secret.key'}"
        yield (
            f"The secrets in it are encrypted, and their keys ({', '.join(manifest.keys)}) are not "
            f"in it: keep a copy of {where} somewhere else."
        )


@contextmanager
def telling() -> Iterator[Callable[[str], None]]:
    """A line that changes; where that is no terminal, one now and then."""
    console = Console(stderr=True)
    if console.is_terminal:
        status = console.status("")

        def show(text: str) -> None:
            status.update(text)
            status.start()  # Not before: a question may come first.

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
async def told_in_sentences() -> AsyncIterator[None]:
    """Whatever is wrong is one sentence, and exit code 1. At the end the database is given back."""
    async with exit_on_interrupt("Interrupted."):
        try:
            yield
        except Exception as error:
            sys.exit(explain_database_error(error))


COMMANDS = [Command(backup), Command(verify), Command(restore)]
