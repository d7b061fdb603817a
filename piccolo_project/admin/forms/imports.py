"""Importing what lies on the server."""

import asyncio
from pathlib import Path

from pydantic import Field
from starlette.requests import Request

from apps.catalog.imports.report import ImportReport
from apps.catalog.imports.service import LibraryImport, allowed_folder, existing_folder
from apps.catalog.lists.importing import ListImport, existing_file
from apps.catalog.lists.report import ListReport
from apps.catalog.tasks import IMPORT_FOLDER, IMPORT_LIST
from apps.processing.runner import Note
from apps.shared.errors import Invalid
from apps.shared.settings import get_settings
from piccolo_project.admin.forms.shared import Fields, Line, form
from piccolo_project.admin.forms.work import begun

DRY_RUN = "Say what would change, and change nothing."


class Folder(Fields):
    folder: Line = Field("", description="A folder of the server, within IMPORT_ROOTS.")
    dry_run: bool = Field(False, description=DRY_RUN)
    restore: bool = Field(
        False, description="Read every file again, and bring deleted transcripts back."
    )


class List(Fields):
    file: Line = Field("", description="A file of the server, within IMPORT_ROOTS.")
    dry_run: bool = Field(False, description=DRY_RUN)


async def import_folder(request: Request, data: Folder) -> str:
    folder = await asyncio.to_thread(existing_folder, named(data.folder, "folder"))
    importing = LibraryImport(folder, dry_run=data.dry_run, restore=data.restore)

    async def run(note: Note) -> ImportReport:
        return await importing.run(
            lambda done, total: note(f"{done:,} of {total:,} videos", done / max(total, 1))
        )

    payload = {"folder": str(folder), "dry_run": data.dry_run, "restore": data.restore}
    return await begun(IMPORT_FOLDER, payload, run)


async def import_list(request: Request, data: List) -> str:
    file = await asyncio.to_thread(existing_file, named(data.file, "file"))
    importing = ListImport(file, dry_run=data.dry_run)

    async def run(note: Note) -> ListReport:
        return await importing.run()

    return await begun(IMPORT_LIST, {"file": str(file), "dry_run": data.dry_run}, run)


def named(place: str, what: str) -> Path:
    """Raises Invalid and Forbidden."""
    if not place:
        raise Invalid(f"Name the {what}.")
    return allowed_folder(place, get_settings().import_roots, what)


FOLDER_FORM = form(
    "Import a folder",
    Folder,
    import_folder,
    "Brings in a folder of yt-dlp downloads: channels, videos and their subtitles. It may be done "
    "again at any time: what a person has edited stays edited.",
)
LIST_FORM = form(
    "Import a list",
    List,
    import_list,
    "Brings in a list: a download archive of yt-dlp, the subscriptions.csv of Google Takeout, or "
    "OPML. What is in the library already stays as it is.",
)
