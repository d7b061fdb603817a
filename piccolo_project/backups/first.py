"""A backup before a migration, so that there is a way back."""

from apps.configuration.registry import BACKUP_BEFORE_MIGRATION, BACKUPS_KEPT
from apps.shared.engine import engine
from piccolo_project.backups.checksums import has_rows
from piccolo_project.backups.choices import chosen
from piccolo_project.backups.making import backup


async def backup_first() -> None:
    """Of a database with data, unless the setting says no. Raises what `backup` does."""
    async with engine().connection() as connection:
        if not await has_rows(connection):
            return
    if not await chosen(BACKUP_BEFORE_MIGRATION):
        return
    print("Making a backup before the migration.", flush=True)
    made = await backup(await chosen(BACKUPS_KEPT))
    print(f"The backup is {made.file}", flush=True)
