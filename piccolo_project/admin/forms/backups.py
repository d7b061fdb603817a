"""Making a backup."""

from starlette.requests import Request

from apps.operations.backups.tasks import BACKUP, make_backup
from piccolo_project.admin.forms.jobs import start_job
from piccolo_project.admin.forms.shared import NoFields, make_form
from piccolo_project.web.backups import SUPERUSERS_ONLY


async def back_up(request: Request, data: NoFields) -> str:
    return await start_job(BACKUP, {}, make_backup)


FORM = make_form(
    "Back up now",
    NoFields,
    back_up,
    "Saves the whole database to one file in the backup folder, ready to download. Reelbase stays "
    "available meanwhile.",
    superusers_only=SUPERUSERS_ONLY,
)
