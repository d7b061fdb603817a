"""Whether there is room for another database beside the present one."""

from apps.operations.backups.folder import free_bytes
from apps.operations.backups.manifest import Manifest, megabytes
from apps.shared.db.embedded import EmbeddedPostgres
from apps.shared.db.engine import get_engine
from apps.shared.errors import DomainError


class NoRoom(DomainError):
    """The disk of the embedded server is too small for another database."""


def require_room(manifest: Manifest) -> None:
    """Raises NoRoom. Of another server's disk nobody can ask."""
    address = get_engine().address
    if isinstance(address, EmbeddedPostgres):
        folder = address.folder.parent
        free = free_bytes(folder)
        if free < manifest.database_bytes:
            raise NoRoom(
                f"{folder} has {megabytes(free)} free, and the database that was backed up took "
                f"{megabytes(manifest.database_bytes)}: make room for it beside the present one."
            )
