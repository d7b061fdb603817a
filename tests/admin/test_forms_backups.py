"""A backup made by form is one that restores, and only who may see all in it makes one."""

from collections.abc import Iterator
from json import loads
from pathlib import Path

import pytest

from apps.configuration.changes import apply_changes
from apps.operations.backups.folder import get_backup_folder, list_backups
from apps.operations.backups.verification import check_file
from apps.shared.settings import get_settings
from piccolo_project.web.backups import SUPERUSERS_ONLY
from tests.admin.forms import Forms
from tests.database import counts, fetch, value
from tests.factories import make_video

BACKUP = "back-up-now"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("BACKUP_DIR", str(tmp_path / "backups"))
    get_settings.cache_clear()
    yield get_backup_folder()
    monkeypatch.undo()
    get_settings.cache_clear()


async def test_it_is_made_and_told(forms: Forms, folder: Path) -> None:
    await make_video()
    said = await forms.done(BACKUP)
    (file,) = list_backups(folder)
    (job,) = await fetch("SELECT * FROM processing_jobs")
    manifest = await check_file(file)
    lines = said.splitlines()
    assert lines[0].startswith(f"Backed up to {file.name} in ")
    assert f": {manifest.rows:,} rows in {len(manifest.tables)} tables, as of " in lines[1]
    assert lines[-2:] == [
        f"Download: /backups/{file.name}",
        f"Details: /jobs/{job['id']}",
    ]
    assert (job["job_type"], job["status"]) == ("backup", "completed")
    assert loads(job["result"])["bytes"] == file.stat().st_size
    downloaded = await forms.page(f"/backups/{file.name}")
    assert downloaded.content == file.read_bytes()


async def test_the_newest_are_kept(forms: Forms, folder: Path) -> None:
    await apply_changes({None: {"backups_kept": 1}})
    await forms.done(BACKUP)
    (first,) = list_backups(folder)
    said = await forms.done(BACKUP)
    (second,) = list_backups(folder)
    assert second != first
    assert f"Removed the oldest backup, {first.name}." in said


async def test_only_a_superuser_makes_one(librarian: Forms, folder: Path) -> None:
    before = await counts()
    assert await librarian.refused(BACKUP) == SUPERUSERS_ONLY
    assert await counts() == before
    assert not folder.exists()


async def test_a_folder_that_cannot_be_written(forms: Forms, folder: Path) -> None:
    folder.parent.mkdir(exist_ok=True)
    folder.touch()
    said = await forms.refused(BACKUP)
    assert said.startswith(f"The backup cannot be written to {folder} (File exists): choose")
    assert await value("SELECT error_message FROM processing_jobs") == said
