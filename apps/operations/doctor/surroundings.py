"""Checks of backups, disk space and settings."""

import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from piccolo.conf.apps import Finder

from apps.configuration.layers import Layer, resolve_layers
from apps.configuration.registry import SETTINGS
from apps.configuration.services import get_configuration, read_channel, read_database
from apps.operations.backups.archive import read_manifest
from apps.operations.backups.folder import get_backup_folder, get_free_bytes, list_backups
from apps.operations.backups.manifest import NotABackup
from apps.operations.doctor.database import SIZE, fetch_rows, require_migrations
from apps.operations.doctor.report import ProblemsFound, raise_if_any
from apps.shared.settings import SettingsError, get_settings
from apps.shared.version import VERSION

OLDEST_BACKUP = timedelta(days=7)
CLOCKS_DIFFER = timedelta(hours=1)

CHANNELS = "SELECT DISTINCT channel_id FROM channel_configuration ORDER BY channel_id"
STRANGERS = """
SELECT key FROM (SELECT key FROM system_configuration UNION SELECT key FROM channel_configuration)
AS keys WHERE NOT key = ANY($1) ORDER BY key"""


async def check_version() -> str:
    return f"Reelbase {VERSION}, Python {sys.version.split()[0]}"


async def check_disk() -> str:
    """A backup needs less space than the database, and a restore as much."""
    needed = await _database_bytes()
    places = {"backups": get_backup_folder()}
    if not get_settings().database_url:
        places["the database"] = get_settings().data_dir.expanduser().absolute()
    free = {what: (folder, get_free_bytes(folder)) for what, folder in places.items()}
    raise_if_any(
        f"{folder}, for {what}, has {there / 1e6:,.0f} MB free, but the database takes "
        f"{needed / 1e6:,.0f} MB: free up that much space, or choose another disk."
        for what, (folder, there) in free.items()
        if there < needed
    )
    return ", ".join(f"{there / 1e9:,.1f} GB for {what}" for what, (_, there) in free.items())


async def _database_bytes() -> int:
    """0 if unavailable: free space is reported anyway."""
    try:
        return int((await fetch_rows(SIZE))[0][0])
    except Exception:
        return 0


async def check_backups() -> str:
    folder = get_backup_folder()
    made_at = next(_list_creation_times(list_backups(folder)), None)
    if made_at is None:
        if await _has_library():
            raise ProblemsFound(f"There are none in {folder}: run `piccolo project backup`.")
        return f"None in {folder}, and nothing to back up"
    age = datetime.now(UTC) - made_at
    if age < -CLOCKS_DIFFER:
        raise ProblemsFound(
            f"The newest in {folder} is dated {made_at:%Y-%m-%d %H:%M} UTC, which is in the "
            "future: correct the clock, and move that file elsewhere."
        )
    if age > OLDEST_BACKUP:
        raise ProblemsFound(
            f"The newest in {folder} is {age.days} days old: run `piccolo project backup`, and "
            "schedule it daily."
        )
    return f"The newest in {folder} is from {made_at:%Y-%m-%d %H:%M} UTC"


def _list_creation_times(files: list[Path]) -> Iterator[datetime]:
    """Of intact ones."""
    for file in files:
        with suppress(NotABackup):
            yield read_manifest(file).made_at


async def _has_library() -> bool:
    """A new installation has only accounts."""
    await require_migrations()
    tables = [
        table._meta.tablename
        for app in Finder().get_app_registry().app_configs.values()
        if app.app_name != "accounts"
        for table in app.table_classes
    ]
    any_row = " OR ".join(f"EXISTS (SELECT FROM {table})" for table in tables)
    return bool((await fetch_rows(f"SELECT {any_row}"))[0][0])


async def check_configuration() -> str:
    try:
        fixed = get_configuration().fixed
    except SettingsError as error:
        raise ProblemsFound(*str(error).splitlines()) from None
    await require_migrations()
    database = await read_database()
    faults = resolve_layers({**fixed, Layer.database: database}).faults
    found = [f"{fault} The next layer's value is in effect." for fault in faults]
    for (channel_id,) in await fetch_rows(CHANNELS):
        own = (await read_channel(channel_id, fixed, database)).faults
        found += [f"Channel {channel_id}: {fault}" for fault in own if fault not in faults]
    for (key,) in await fetch_rows(STRANGERS, list(SETTINGS)):
        found.append(f"There is no setting {key}: delete the row.")
    raise_if_any(found)
    return f"{len(SETTINGS)} settings, all valid"
