"""Refreshes the overview and the review."""

from starlette.requests import Request

from apps.overview.services import RefreshResult, refresh_overview
from apps.overview.tasks import REFRESH
from apps.processing.runner import ProgressCallback
from piccolo_project.admin.forms.jobs import start_job
from piccolo_project.admin.forms.shared import NoFields, make_form


async def refresh_now(request: Request, data: NoFields) -> str:
    return await start_job(REFRESH, {}, run_refresh)


async def run_refresh(note: ProgressCallback) -> RefreshResult:
    return await refresh_overview() or RefreshResult(0, [])


FORM = make_form(
    "Refresh the overview",
    NoFields,
    refresh_now,
    "Updates the overview and the review now. They also refresh on their own every few minutes.",
)
