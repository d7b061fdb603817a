"""`/backups`: every backup in the folder, each as a download."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from litestar import HttpMethod, get, route
from litestar.params import FromPath
from litestar.response import Template
from litestar.types import ASGIApp
from starlette.responses import FileResponse

from apps.media.controllers import UNCOMPRESSED
from apps.operations.backups.archive import read_manifest
from apps.operations.backups.folder import get_backup_folder, list_backups
from apps.operations.backups.manifest import Manifest, NotABackup, format_megabytes
from apps.shared.errors import NotFound
from apps.shared.http.guards import requires_superuser

MAX_LISTED = 100
SUPERUSERS_ONLY = (
    "Only a superuser can make or download backups. A backup contains what administrators cannot "
    "see, such as password hashes, and a new one replaces the oldest."
)


class Backup(NamedTuple):
    """`manifest` is None if the file is damaged or not a backup."""

    name: str
    made_at: datetime
    size: str
    manifest: Manifest | None


@get("/backups", include_in_schema=False, guards=[requires_superuser(SUPERUSERS_ONLY)])
async def show_backups() -> Template:
    folder = get_backup_folder()
    files = await asyncio.to_thread(list_backups, folder)
    found = [await asyncio.to_thread(read_backup, file) for file in files[:MAX_LISTED]]
    context = {
        "folder": folder,
        "backups": [each for each in found if each],
        "others": max(0, len(files) - MAX_LISTED),
    }
    return Template("backups.html", context=context)


@route(
    "/backups/{name:str}",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    opt={UNCOMPRESSED: True},
    include_in_schema=False,
    guards=[requires_superuser(SUPERUSERS_ONLY)],
)
async def download_backup(name: FromPath[str]) -> ASGIApp:
    """Streams the file. A Range header resumes an interrupted download."""
    file = await asyncio.to_thread(find_valid_backup, name)
    return FileResponse(  # type: ignore[return-value]  # Starlette's types.
        file,
        media_type="application/zip",
        filename=file.name,
        headers={"Cache-Control": "private, no-store"},
    )


def find_valid_backup(name: str) -> Path:
    """Looks only in the backup folder. Raises NotFound."""
    for file in list_backups(get_backup_folder()):
        if file.name == name and (found := read_backup(file)) and found.manifest:
            return file
    raise NotFound(f"There is no valid backup named {name}.")


def read_backup(file: Path) -> Backup | None:
    """Reads the manifest but not the dump. None if the file is gone or not a file."""
    try:
        status = file.lstat()
        manifest = read_manifest(file) if file.is_file() and not file.is_symlink() else None
    except NotABackup:
        manifest = None
    except OSError:
        return None
    made_at = manifest.made_at if manifest else datetime.fromtimestamp(status.st_mtime, UTC)
    return Backup(file.name, made_at, format_megabytes(status.st_size), manifest)
