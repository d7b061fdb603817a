"""Importing files that are on the server."""

import asyncio
from pathlib import Path

from pydantic import Field
from starlette.requests import Request

from apps.catalog.imports.folder_import import FolderImport
from apps.catalog.imports.locations import check_import_root, resolve_folder
from apps.catalog.imports.report import ImportReport
from apps.catalog.lists.importing import ListImport, resolve_list_file
from apps.catalog.lists.report import ListReport
from apps.catalog.tasks import IMPORT_FOLDER, IMPORT_LIST
from apps.processing.runner import ProgressCallback
from apps.shared.errors import Invalid
from apps.shared.settings import get_settings
from piccolo_project.admin.forms.jobs import start_job
from piccolo_project.admin.forms.shared import FormFields, TextField, make_form

DRY_RUN_HELP = "Show what would change without changing anything."


class FolderFields(FormFields):
    folder: TextField = Field("", description="A folder on the server, inside IMPORT_ROOTS.")
    dry_run: bool = Field(False, description=DRY_RUN_HELP)
    restore: bool = Field(
        False, description="Read every file again and restore deleted transcripts."
    )


class ListFields(FormFields):
    file: TextField = Field("", description="A file on the server, inside IMPORT_ROOTS.")
    dry_run: bool = Field(False, description=DRY_RUN_HELP)


async def import_folder(request: Request, data: FolderFields) -> str:
    folder = await asyncio.to_thread(resolve_folder, check_place(data.folder, "folder"))
    importing = FolderImport(folder, dry_run=data.dry_run, restore=data.restore)

    async def run(note: ProgressCallback) -> ImportReport:
        return await importing.run(
            lambda done, total: note(f"{done:,} of {total:,} videos", done / max(total, 1))
        )

    payload = {"folder": str(folder), "dry_run": data.dry_run, "restore": data.restore}
    return await start_job(IMPORT_FOLDER, payload, run)


async def import_list(request: Request, data: ListFields) -> str:
    file = await asyncio.to_thread(resolve_list_file, check_place(data.file, "file"))
    importing = ListImport(file, dry_run=data.dry_run)

    async def run(note: ProgressCallback) -> ListReport:
        return await importing.run()

    return await start_job(IMPORT_LIST, {"file": str(file), "dry_run": data.dry_run}, run)


def check_place(place: str, what: str) -> Path:
    """Raises Invalid and Forbidden."""
    if not place:
        raise Invalid(f"Enter the {what}.")
    return check_import_root(place, get_settings().import_roots, what)


FOLDER_FORM = make_form(
    "Import a folder",
    FolderFields,
    import_folder,
    "Imports a folder of yt-dlp downloads: channels, videos and subtitles. Run it again whenever "
    "there is more. It never overwrites your edits.",
)
LIST_FORM = make_form(
    "Import a list",
    ListFields,
    import_list,
    "Imports a yt-dlp download archive, subscriptions.csv from Google Takeout, or OPML. What is "
    "already in the library stays as it is.",
)
