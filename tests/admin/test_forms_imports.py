"""Imports begun by form: what comes of them is what REST makes, and it is seen while it runs."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from json import loads
from pathlib import Path
from typing import Any

import asyncpg
import pytest

import piccolo_conf
from apps.accounts.tables import User
from apps.catalog.imports.locks import import_lock
from apps.processing import runner
from apps.shared.settings import get_settings
from piccolo_project.admin.forms import jobs
from tests.admin.forms import Forms
from tests.catalog.downloads import content, run_import, write_video
from tests.database import counts, fetch, value
from tests.shared.conftest import shared_url

FOLDER, LIST = "import-a-folder", "import-a-list"
BROKEN = "{"


async def stored() -> dict[str, tuple[int, str]]:
    async with piccolo_conf.DB.connection() as connection:
        return await content(connection)


async def the_job() -> dict[str, Any]:
    (row,) = await fetch("SELECT * FROM processing_jobs")
    return row


async def test_a_folder_is_imported_as_over_rest(librarian: Forms, root: Path) -> None:
    write_video(root / "talks")
    (root / "talks" / "x.info.json").write_text(BROKEN)

    said = await librarian.done(FOLDER, folder=f" {root}/talks ", dry_run="false")

    job = await the_job()
    lines = said.splitlines()
    assert re.fullmatch(rf"Imported {root}/talks in \d+\.\d s\.", lines[0])
    assert lines[1:] == [
        "Videos: 1 new, 0 updated, 0 unchanged",
        "Channels: 1 new, 0 updated, 0 unchanged",
        "Transcripts: 1 new, 0 updated, 0 unchanged",
        "Chunks: 1 new",
        f"1 could not be imported. Details: /jobs/{job['id']}",
    ]
    assert (job["job_type"], job["status"]) == ("import_folder", "completed")
    asked = {"folder": f"{root}/talks", "dry_run": False, "restore": False}
    assert loads(job["payload"]) == asked
    assert loads(job["result"])["videos"] == {"created": 1, "updated": 0, "unchanged": 0}
    by_form = await stored()
    async with piccolo_conf.DB.connection() as connection:
        await connection.execute("DELETE FROM videos; DELETE FROM channels")
    await run_import(root / "talks")
    assert await stored() == by_form


async def test_again_it_changes_nothing(librarian: Forms, root: Path) -> None:
    write_video(root)
    await run_import(root)
    before = await stored()
    said = await librarian.done(FOLDER, folder=str(root))
    assert "Videos: 0 new, 0 updated, 0 unchanged, 1 skipped\n" in said
    assert "\nNothing changed.\n" in said
    assert await stored() == before


async def test_a_dry_run_changes_nothing(librarian: Forms, root: Path) -> None:
    write_video(root)
    said = await librarian.done(FOLDER, folder=str(root), dry_run="true")
    assert said.startswith(f"Would import {root} in ")
    assert "Videos: 1 new" in said
    assert await value("SELECT count(*) FROM videos") == 0


async def test_what_was_deleted_is_brought_back(librarian: Forms, root: Path) -> None:
    write_video(root)
    await run_import(root)
    async with piccolo_conf.DB.connection() as connection:
        await connection.execute("DELETE FROM transcripts")
    assert "Transcripts: 0 new" in await librarian.done(FOLDER, folder=str(root))
    said = await librarian.done(FOLDER, folder=str(root), restore="true")
    assert "Transcripts: 1 new" in said


@pytest.mark.parametrize(
    ("folder", "sentence"),
    [
        ("", "Enter the folder."),
        ("/etc", "This folder is outside IMPORT_ROOTS.\nfolder: Outside IMPORT_ROOTS."),
        ("{root}/../..", "This folder is outside IMPORT_ROOTS.\nfolder: Outside IMPORT_ROOTS."),
        ("{root}/none", "{root}/none is not a folder.\nfolder: Not a folder."),
        ("{root}/file", "{root}/file is not a folder.\nfolder: Not a folder."),
    ],
)
async def test_folders_that_are_refused(
    librarian: Forms, root: Path, folder: str, sentence: str
) -> None:
    (root / "file").touch()
    before = await counts()
    said = await librarian.refused(FOLDER, folder=folder.format(root=root))
    assert said == sentence.format(root=root)
    assert await counts() == before


async def test_without_roots_nothing_is_imported(librarian: Forms, tmp_path: Path) -> None:
    assert not get_settings().import_roots
    for form, what in ((FOLDER, "folder"), (LIST, "file")):
        said = await librarian.refused(form, **{what: str(tmp_path)})
        assert said == f"This server does not allow importing a {what}: IMPORT_ROOTS is not set."


async def test_a_list_is_imported(librarian: Forms, root: Path) -> None:
    (root / "archive.txt").write_text("youtube aaaaaaaaaaa\nyoutube bbbbbbbbbbb\nyoutube\n")
    said = await librarian.done(LIST, file=f"{root}/archive.txt", dry_run="true")
    assert said.startswith(f"Would import {root}/archive.txt (yt-dlp download archive) in ")
    assert await value("SELECT count(*) FROM videos") == 0
    said = await librarian.done(LIST, file=f"{root}/archive.txt")
    assert "Videos: 2 new, 0 updated, 0 unchanged, 0 repeated\n1 could not be imported." in said
    assert await value("SELECT count(*) FROM videos") == 2
    assert "\nNothing changed.\n" in await librarian.done(LIST, file=f"{root}/archive.txt")


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("", "Enter the file."),
        ("/etc/passwd", "This file is outside IMPORT_ROOTS.\nfile: Outside IMPORT_ROOTS."),
        ("{root}/none", "{root}/none is not a file."),
    ],
)
async def test_lists_that_are_refused(
    librarian: Forms, root: Path, file: str, sentence: str
) -> None:
    before = await counts()
    said = await librarian.refused(LIST, file=file.format(root=root))
    assert said == sentence.format(root=root)
    assert await counts() == before


async def test_a_file_that_is_no_list(librarian: Forms, root: Path) -> None:
    (root / "list").write_text("what is this?")
    said = await librarian.refused(LIST, file=f"{root}/list")
    assert said.startswith(
        f"Cannot import {root}/list. The file is not a list of videos or channels."
    )
    job = await the_job()
    assert (job["status"], job["error_message"]) == ("failed", said)


async def test_while_another_door_imports(librarian: Forms, root: Path) -> None:
    write_video(root)
    async with import_lock():
        said = await librarian.refused(FOLDER, folder=str(root))
    assert said == "Another import is running. Try again when it has finished."
    assert await value("SELECT count(*) FROM videos") == 0


@asynccontextmanager
async def held_back() -> AsyncIterator[None]:
    """Somebody is just making the same video: the import waits for them."""
    connection = await asyncpg.connect(await shared_url())
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(
        "INSERT INTO videos (identifier, title) VALUES ('aaaaaaaaaaa', 'held')"
    )
    try:
        yield
    finally:
        await transaction.rollback()
        await connection.close()


async def test_a_long_one_is_seen_running_and_ended(
    librarian: Forms, root: Path, monkeypatch: pytest.MonkeyPatch, admin_user: User
) -> None:
    monkeypatch.setattr(jobs, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(runner, "PROGRESS_INTERVAL_SECONDS", 0.01)
    write_video(root)
    async with held_back():
        said = await librarian.done(FOLDER, folder=str(root))
        page = f"/jobs/{(await the_job())['id']}"
        begun = "Import a folder: started. Progress and result:"
        assert said == f"{begun}\n{page}"
        async with asyncio.timeout(60):
            while "0 of 1 videos" not in (shown := (await librarian.page(page)).text):
                await asyncio.sleep(0.01)
        assert '<meta http-equiv="refresh" content="2">' in shown
        assert "<progress" in shown
        again = await librarian.refused(FOLDER, folder=str(root))
        assert again == (
            f"Import a folder: already running. Try again when it has finished.\n{page}"
        )
    (task,) = runner.tasks.values()
    await task
    shown = (await librarian.page(page)).text
    assert "Imported" in shown
    assert "Videos: 1 new, 0 updated, 0 unchanged" in shown
    assert "refresh" not in shown
    assert await value("SELECT count(*) FROM processing_jobs") == 1


async def test_a_double_click_imports_once(librarian: Forms, root: Path) -> None:
    write_video(root)
    async with held_back():
        sending = [asyncio.create_task(librarian.send(FOLDER, folder=str(root))) for _ in range(3)]
        done, waiting = await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
        while len(done) < 2:
            more, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            done |= more
    answers = [await each for each in sending]
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422]
    assert await value("SELECT count(*) FROM processing_jobs") == 1


async def test_it_is_the_doing_of_whoever_began_it(librarian: Forms, root: Path) -> None:
    write_video(root)
    await librarian.done(FOLDER, folder=str(root))
    written = await fetch("SELECT DISTINCT user_email, door, table_name, action FROM audit_entries")
    assert {(row["user_email"], row["door"]) for row in written} == {
        ("librarian@example.org", "admin")
    }
    changes = {(row["table_name"], row["action"]) for row in written}
    assert {("videos", "created"), ("transcripts", "created")} <= changes
    # How far it is, and that it has ended, is nobody's doing.
    assert {each for each in changes if each[0] == "processing_jobs"} == {
        ("processing_jobs", "created")
    }
