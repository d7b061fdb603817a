"""Backing up now."""

from starlette.requests import Request

from apps.operations.backups.tasks import BACKUP, make_backup
from piccolo_project.admin.forms.shared import Nothing, for_superusers, form
from piccolo_project.admin.forms.work import begun
from piccolo_project.web.backups import SUPERUSERS_ONLY


async def back_up(request: Request, data: Nothing) -> str:
    for_superusers(request, SUPERUSERS_ONLY)
    return await begun(BACKUP, {}, make_backup)


FORM = form(
    "Back up now",
    Nothing,
    back_up,
    "Writes the whole database to one file in the folder of backups, while others go on working. "
    "Then it can be downloaded.",
)
