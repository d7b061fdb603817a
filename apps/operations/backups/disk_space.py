"""Checks that there is disk space for a second database."""

from apps.operations.backups.folder import get_free_bytes
from apps.operations.backups.manifest import Manifest, format_megabytes
from apps.shared.db.embedded import EmbeddedPostgres
from apps.shared.db.engine import get_engine
from apps.shared.errors import DomainError


class NotEnoughRoom(DomainError):
    """The embedded server's disk is too full for a second database."""


def check_room(manifest: Manifest) -> None:
    """Raises NotEnoughRoom. Other servers' disks cannot be checked."""
    address = get_engine().address
    if isinstance(address, EmbeddedPostgres):
        folder = address.folder.parent
        free = get_free_bytes(folder)
        if free < manifest.database_bytes:
            raise NotEnoughRoom(
                f"{folder} has {format_megabytes(free)} free, but the database needs "
                f"{format_megabytes(manifest.database_bytes)}: free up space for a second one."
            )
