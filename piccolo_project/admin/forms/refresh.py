"""Refreshes the overview and the review."""

from starlette.requests import Request

from apps.overview.services import Refreshed, refresh
from apps.overview.tasks import REFRESH
from apps.processing.runner import Note
from piccolo_project.admin.forms.shared import Nothing, form
from piccolo_project.admin.forms.work import begun


async def look_again(request: Request, data: Nothing) -> str:
    return await begun(REFRESH, {}, look)


async def look(note: Note) -> Refreshed:
    return await refresh() or Refreshed(0, [])


FORM = form(
    "Refresh the overview",
    Nothing,
    look_again,
    "Updates the overview and the review now. They also refresh on their own every few minutes.",
)
