"""`/backups`: what can be gone back to, each to be downloaded."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from litestar import HttpMethod, Request, get, route
from litestar.params import FromPath
from litestar.response import Template
from litestar.types import ASGIApp
from starlette.responses import FileResponse

from apps.accounts.services import Caller
from apps.media.controllers import UNCOMPRESSED
from apps.operations.backups.archive import peek
from apps.operations.backups.folder import backup_folder, list_backups
from apps.operations.backups.manifest import Manifest, NotABackup, megabytes
from apps.shared.errors import Forbidden, NotFound

SHOWN = 100
SUPERUSERS_ONLY = (
    "Only a superuser may make or download a backup: it holds what no administrator sees, such as "
    "everybody's password hashes, and a new one takes the place of the oldest."
)


class Backup(NamedTuple):
    """`manifest` is none where the file is not whole."""

    name: str
    made_at: datetime
    size: str
    manifest: Manifest | None


@get("/backups", include_in_schema=False)
async def backups(request: Request[Caller, Any, Any]) -> Template:
    for_superusers(request.user)
    folder = backup_folder()
    files = await asyncio.to_thread(list_backups, folder)
    found = [await asyncio.to_thread(look_at, file) for file in files[:SHOWN]]
    context = {
        "folder": folder,
        "backups": [each for each in found if each],
        "others": max(0, len(files) - SHOWN),
    }
    return Template("backups.html", context=context)


@route(
    "/backups/{name:str}",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    opt={UNCOMPRESSED: True},
    include_in_schema=False,
)
async def download(request: Request[Caller, Any, Any], name: FromPath[str]) -> ASGIApp:
    """Piece by piece, and from the place where a download was cut off."""
    for_superusers(request.user)
    file = await asyncio.to_thread(whole_backup, name)
    return FileResponse(  # type: ignore[return-value]  # Starlette's types.
        file,
        media_type="application/zip",
        filename=file.name,
        headers={"Cache-Control": "private, no-store"},
    )


def for_superusers(caller: Caller) -> None:
    """Raises Forbidden."""
    if not caller.superuser:
        raise Forbidden(SUPERUSERS_ONLY)


def whole_backup(name: str) -> Path:
    """One of the folder's own. Raises NotFound."""
    for file in list_backups(backup_folder()):
        if file.name == name and (found := look_at(file)) and found.manifest:
            return file
    raise NotFound(f"There is no backup {name} that is whole.")


def look_at(file: Path) -> Backup | None:
    """None when it is no file, or gone meanwhile. The dump in it is not read."""
    try:
        status = file.lstat()
        manifest = peek(file) if file.is_file() and not file.is_symlink() else None
    except NotABackup:
        manifest = None
    except OSError:
        return None
    made_at = manifest.made_at if manifest else datetime.fromtimestamp(status.st_mtime, UTC)
    return Backup(file.name, made_at, megabytes(status.st_size), manifest)
