"""Backing up now."""

import time

from starlette.requests import Request

from apps.configuration.registry import BACKUPS_KEPT
from apps.configuration.services import configuration
from piccolo_project.admin.forms.shared import Nothing, for_superusers, form
from piccolo_project.admin.forms.work import begun
from piccolo_project.backups import making
from piccolo_project.backups.commands import about_keys
from piccolo_project.pages.backups import SUPERUSERS_ONLY
from piccolo_project.work.kinds import BACKUP
from piccolo_project.work.outcomes import BackupReport
from piccolo_project.work.running import Note


async def back_up(request: Request, data: Nothing) -> str:
    for_superusers(request, SUPERUSERS_ONLY)
    return await begun(BACKUP, {}, make_backup)


async def make_backup(note: Note) -> BackupReport:
    started = time.monotonic()
    made = await making.backup(configuration().get(BACKUPS_KEPT), lambda text: note(text, None))
    manifest = made.manifest
    return BackupReport(
        name=made.file.name,
        bytes=made.file.stat().st_size,
        rows=manifest.rows,
        tables=len(manifest.tables),
        made_at=manifest.made_at,
        seconds=round(time.monotonic() - started, 3),
        removed=[file.name for file in made.removed],
        keys=list(about_keys(manifest)),
    )


FORM = form(
    "Back up now",
    Nothing,
    back_up,
    "Writes the whole database to one file in the folder of backups, while others go on working. "
    "Then it can be downloaded.",
)
