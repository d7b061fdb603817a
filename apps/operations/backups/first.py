"""A backup before a migration, so that there is a way back."""

from contextlib import suppress
from pathlib import Path

from apps.configuration.registry import BACKUP_BEFORE_MIGRATION, BACKUPS_KEPT
from apps.operations.backups import folder as folders
from apps.operations.backups.checking import check, compare
from apps.operations.backups.checksums import has_rows
from apps.operations.backups.choices import chosen
from apps.operations.backups.databases import connect
from apps.operations.backups.making import backup
from apps.operations.backups.manifest import NotABackup
from apps.shared.db.engine import get_engine


async def backup_first() -> None:
    """Of a database with data, unless the setting says no. Raises what `backup` does."""
    async with get_engine().connection() as connection:
        if not await has_rows(connection):
            return
    if not await chosen(BACKUP_BEFORE_MIGRATION):
        return
    print("Making a backup before the migration.", flush=True)
    file = await _of_the_same()
    if file is None:
        file = (await backup(await chosen(BACKUPS_KEPT))).file
    print(f"The backup is {file}", flush=True)


async def _of_the_same() -> Path | None:
    """The newest whole one, when it has just what the database has.

    A migration that fails is tried again and again by whatever starts the program anew: with a
    backup each time, all that are kept would soon be of today.
    """
    connection = await connect(await get_engine().address.dsn())
    try:
        for file in folders.list_backups(folders.backup_folder()):
            with suppress(NotABackup):
                different = await compare(await check(file), connection)
                return None if different else file
    finally:
        connection.terminate()
    return None
