"""The keys of stored secrets from the terminal."""

import sys

from piccolo.conf.apps import Command
from rich.console import Console
from rich.progress import Progress

from apps.configuration.rotation.service import count_by_key, rotate_all
from apps.shared.db.engine import get_engine
from apps.shared.db.migrations import check_migrated
from apps.shared.secret_keys import GENERATE_KEY_COMMAND, KeyFile
from apps.shared.secrets import load_keys
from apps.shared.settings import get_settings
from apps.shared.terminal import check_flag, exit_on_error, exit_on_interrupt


async def rotate_keys(new_key: bool = False) -> None:
    """
    Encrypts every stored secret anew, with the newest key.

    The program may serve meanwhile. It may be stopped and run again at any time: what has the
    newest key stays as it is. The exit code is 1 when a secret cannot be read.

    :param new_key:
        Make a new key first, in the key file of the embedded database.

    """
    check_flag("new-key", new_key)
    async with exit_on_interrupt("Interrupted. Run it again to go on."):
        with exit_on_error():
            await get_engine().start_connection_pool(min_size=1, max_size=1)
            await check_migrated()
            if new_key:
                print(make_new_key())
            rotated, unreadable = await rotate_with_progress()
            print(await summary(rotated, unreadable))
    if unreadable:
        sys.exit(1)


def make_new_key() -> str:
    settings = get_settings()
    if settings.secret_keys or settings.database_url:
        sys.exit(
            "--new-key is only for the embedded database's key file. Here, put a new key first in "
            f"SECRET_KEYS (`{GENERATE_KEY_COMMAND}` prints one), restart the program, and run this "
            "command without --new-key."
        )
    file = KeyFile(settings.data_dir)
    newest = file.add_key()[0].id
    return f"{file.path} has a new key, {newest}. No backup has it: keep a copy elsewhere."


async def rotate_with_progress() -> tuple[int, int]:
    """How many secrets were encrypted anew, and how many cannot be read, which are told of."""
    newest = next((key.id for key in load_keys()), "")
    counts = await count_by_key()
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    rotated = unreadable = 0
    with Progress(console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("Encrypting", total=sum(counts.values()) - counts.get(newest, 0))
        async for batch in rotate_all():
            for sentence in batch.unreadable:
                console.print(sentence, markup=False)
            rotated += batch.rotated
            unreadable += len(batch.unreadable)
            bar.update(task, completed=rotated + unreadable)
    return rotated, unreadable


async def summary(rotated: int, unreadable: int) -> str:
    counts = await count_by_key()
    known = [key.id for key in load_keys()]
    lines = [f"Secrets: {sum(counts.values())}. Encrypted anew: {rotated}."]
    if unreadable:
        lines.append(f"Not readable, and left as they are: {unreadable}.")
    if known:
        lines.append(f"The newest key is {known[0]}.")
    for old in known[1:]:
        if old not in counts:
            lines.append(
                f"No secret needs the key {old} any more, but backups from before may: keep it "
                "as long as you keep those."
            )
    return "\n".join(lines)


COMMANDS = [Command(rotate_keys, command_name="rotate-keys")]
