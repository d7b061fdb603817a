"""A backup before a migration, so that there is a way back."""

from contextlib import suppress
from pathlib import Path

from apps.configuration.registry import BACKUP_BEFORE_MIGRATION, BACKUPS_KEPT
from apps.shared.engine import engine
from piccolo_project.backups import folder as folders
from piccolo_project.backups.checking import check, compare
from piccolo_project.backups.checksums import has_rows
from piccolo_project.backups.choices import chosen
from piccolo_project.backups.databases import connect
from piccolo_project.backups.making import backup
from piccolo_project.backups.manifest import NotABackup


async def backup_first() -> None:
    """Of a database with data, unless the setting says no. Raises what `backup` does."""
    async with engine().connection() as connection:
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
    connection = await connect(await engine().address.dsn())
    try:
        for file in folders.list_backups(folders.backup_folder()):
            with suppress(NotABackup):
                different = await compare(await check(file), connection)
                return None if different else file
    finally:
        connection.terminate()
    return None
