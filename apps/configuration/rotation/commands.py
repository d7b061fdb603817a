"""The command that rotates encryption keys."""

import sys

from piccolo.conf.apps import Command
from rich.console import Console
from rich.progress import Progress

from apps.configuration.rotation.service import count_secrets_by_key, rotate_secrets
from apps.shared.db.engine import get_engine
from apps.shared.db.migrations import check_migrated
from apps.shared.secret_keys import GENERATE_KEY_COMMAND, KeyFile
from apps.shared.secrets import load_keys
from apps.shared.settings import get_settings
from apps.shared.terminal import check_flag, exit_on_error, exit_on_interrupt


async def rotate_keys(new_key: bool = False) -> None:
    """
    Reencrypts every stored secret with the newest key.

    The program can keep serving meanwhile. You can stop this and run it again at any time: it skips
    secrets that have the newest key already. The exit code is 1 if a secret cannot be decrypted.

    :param new_key:
        First add a new key to the embedded database's key file.

    """
    check_flag("new-key", new_key)
    async with exit_on_interrupt("Interrupted. Run it again to continue."):
        with exit_on_error():
            await get_engine().start_connection_pool(min_size=1, max_size=1)
            await check_migrated()
            if new_key:
                print(create_key())
            rotated, unreadable = await rotate_with_progress()
            print(await format_summary(rotated, unreadable))
    if unreadable:
        sys.exit(1)


def create_key() -> str:
    settings = get_settings()
    if settings.secret_keys or settings.database_url:
        sys.exit(
            "--new-key is only for the embedded database's key file. Here, put a new key first in "
            f"SECRET_KEYS (`{GENERATE_KEY_COMMAND}` prints one), restart the program, and run this "
            "command without --new-key."
        )
    file = KeyFile(settings.data_dir)
    newest = file.add_key()[0].id
    return f"Added the key {newest} to {file.path}. Backups omit it: keep a copy elsewhere."


async def rotate_with_progress() -> tuple[int, int]:
    """Returns how many secrets were reencrypted, and how many were unreadable."""
    newest = next((key.id for key in load_keys()), "")
    counts = await count_secrets_by_key()
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    rotated = unreadable = 0
    with Progress(console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("Reencrypting", total=sum(counts.values()) - counts.get(newest, 0))
        async for batch in rotate_secrets():
            for sentence in batch.unreadable:
                console.print(sentence, markup=False)
            rotated += batch.rotated
            unreadable += len(batch.unreadable)
            bar.update(task, completed=rotated + unreadable)
    return rotated, unreadable


async def format_summary(rotated: int, unreadable: int) -> str:
    counts = await count_secrets_by_key()
    known = [key.id for key in load_keys()]
    lines = [f"Secrets: {sum(counts.values())}. Reencrypted: {rotated}."]
    if unreadable:
        lines.append(f"Unreadable and left unchanged: {unreadable}.")
    if known:
        lines.append(f"The newest key is {known[0]}.")
    for old in known[1:]:
        if old not in counts:
            lines.append(
                f"No secret needs the key {old} any more, but older backups may: keep it as "
                "long as you keep them."
            )
    return "\n".join(lines)


COMMANDS = [Command(rotate_keys, command_name="rotate-keys")]
