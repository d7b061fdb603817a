"""Whether there is room for another database beside the present one."""

from apps.shared.embedded import EmbeddedPostgres
from apps.shared.engine import engine
from apps.shared.errors import DomainError
from piccolo_project.backups.folder import free_bytes
from piccolo_project.backups.manifest import Manifest, megabytes


class NoRoom(DomainError):
    """The disk of the embedded server is too small for another database."""


def require_room(manifest: Manifest) -> None:
    """Raises NoRoom. Of another server's disk nobody can ask."""
    address = engine().address
    if isinstance(address, EmbeddedPostgres):
        folder = address.folder.parent
        free = free_bytes(folder)
        if free < manifest.database_bytes:
            raise NoRoom(
                f"{folder} has {megabytes(free)} free, and the database that was backed up took "
                f"{megabytes(manifest.database_bytes)}: make room for it beside the present one."
            )
