"""Backs up the database before a migration."""

from contextlib import suppress
from pathlib import Path

from apps.configuration.registry import BACKUP_BEFORE_MIGRATION, BACKUPS_KEPT
from apps.operations.backups import folder as folders
from apps.operations.backups.checksums import has_rows
from apps.operations.backups.creation import create_backup
from apps.operations.backups.databases import connect_unhurried
from apps.operations.backups.manifest import NotABackup
from apps.operations.backups.startup_settings import read_setting
from apps.operations.backups.verification import check_file, find_differences
from apps.shared.db.engine import get_engine


async def backup_first() -> None:
    """Skips empty databases, and respects BACKUP_BEFORE_MIGRATION. Raises as backups do."""
    async with get_engine().connection() as connection:
        if not await has_rows(connection):
            return
    if not await read_setting(BACKUP_BEFORE_MIGRATION):
        return
    print("Backing up the database before migrating it.", flush=True)
    file = await _find_identical()
    if file is None:
        file = (await create_backup(await read_setting(BACKUPS_KEPT))).file
    print(f"Backup: {file}", flush=True)


async def _find_identical() -> Path | None:
    """The newest intact backup, if the database has not changed since.

    A supervisor retries a failing migration over and over: a new backup each time would soon push
    out all older ones.
    """
    connection = await connect_unhurried(await get_engine().address.dsn())
    try:
        for file in folders.list_backups(folders.get_backup_folder()):
            with suppress(NotABackup):
                different = await find_differences(await check_file(file), connection)
                return None if different else file
    finally:
        connection.terminate()
    return None
