"""`serve` makes a backup before it migrates a database that holds something."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.configuration.registry import BACKUP_BEFORE_MIGRATION
from apps.configuration.services import get_configuration
from apps.operations.backups import folder as folders
from apps.operations.backups.archive import read_manifest
from apps.operations.backups.before_migration import backup_first
from apps.operations.backups.folder import get_backup_folder
from apps.operations.backups.startup_settings import read_setting
from apps.shared.db.engine import get_engine
from apps.shared.db.migrations import apply_migrations, list_known_migrations
from tests.commands import call_command
from tests.factories import make_channel, make_setting
from tests.processes import PICCOLO, Web, folder_for_postgres, free_port, run, run_python, serve
from tests.shared.conftest import migrated_database, new_database

SAID = re.compile(r"^Backup: (.+)$", re.MULTILINE)
UNDONE = "publishing"
"""An app that no other needs; undoing its migrations makes the database an older one."""


@pytest.fixture
def folder() -> Iterator[Path]:
    with folder_for_postgres() as folder:
        yield folder


def start(folder: Path, **settings: Any) -> Web:
    return serve(folder, free_port(), **settings)


def make_older(folder: Path) -> None:
    command = [*PICCOLO, "migrations", "backwards", UNDONE, "all", "--auto_agree"]
    done = run(*command, settings={"DATA_DIR": folder})
    assert done.returncode == 0, done.stderr


def backups(folder: Path) -> list[Path]:
    return sorted((folder / "backups").glob("*"))


def test_what_is_there_is_backed_up_once_before_a_migration(folder: Path) -> None:
    with start(folder) as web:
        web.wait_for_status("/health/ready", 200)
        assert not SAID.search(web.stdout)
    assert backups(folder) == []

    make_older(folder)
    with start(folder) as one, start(folder) as other:
        for web in (one, other):
            web.wait_for_status("/health/ready", 200)
        said = SAID.findall(one.stdout + other.stdout)
    assert said == [str(file) for file in backups(folder)]
    (file,) = backups(folder)
    manifest = read_manifest(file)
    kept = {(app, name) for app, name in list_known_migrations() if app != UNDONE}
    assert set(manifest.migrations) == kept
    assert {table.name: table.rows for table in manifest.tables}["users"] == 1
    assert "publications" not in {table.name for table in manifest.tables}
    verified = call_command("project", "verify", file, DATA_DIR=folder)
    assert verified.returncode == 0, verified.stderr


OLDER = f"""
import asyncio, piccolo_conf
from piccolo.apps.migrations.commands.backwards import run_backwards
from apps.shared.db.migrations import apply_migrations

async def main():
    await apply_migrations()
    await piccolo_conf.DB.run_ddl("INSERT INTO channels (name) VALUES ('Lectures')")
    assert (await run_backwards("{UNDONE}", "all", auto_agree=True)).success
    await piccolo_conf.DB.close()

asyncio.run(main())
"""


def test_without_a_backup_nothing_is_migrated_unless_that_is_wanted(folder: Path) -> None:
    made = run_python(OLDER, DATA_DIR=folder)
    assert made.returncode == 0, made.stderr
    (folder / "file").touch()
    nowhere = {"BACKUP_DIR": folder / "file" / "backups"}
    with start(folder, **nowhere) as web:
        assert web.wait() == 1
        assert web.stderr.splitlines() == [
            "The database was not migrated, because the backup failed: The backup "
            f"cannot be written to {folder / 'file' / 'backups'} (Not a directory): choose "
            "another path with --output or BACKUP_DIR. To migrate without a backup, set "
            "BACKUP_BEFORE_MIGRATION=false."
        ]
        assert "Applying" not in web.stdout
    with start(folder, BACKUP_BEFORE_MIGRATION="false", **nowhere) as web:
        web.wait_for_status("/health/ready", 200)
        assert "Applying" in web.stdout
        assert not SAID.search(web.stdout)


async def test_starting_again_and_again_keeps_older_backups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A migration that fails leaves the database as it was: of that there is one backup."""
    monkeypatch.setattr(folders, "get_backup_folder", lambda: tmp_path)
    async with migrated_database() as url:
        with get_engine().using_database(url):
            for number in (1, 2):
                await make_channel(name=f"of day {number}")
                for _ in range(3):
                    await backup_first()
                assert len(list(tmp_path.iterdir())) == number
            newest = max(tmp_path.iterdir())
            newest.write_bytes(newest.read_bytes()[:-70])
            for _ in range(2):
                await backup_first()
    assert len(list(tmp_path.iterdir())) == 3
    assert {table.name: table.rows for table in read_manifest(max(tmp_path.iterdir())).tables}[
        "channels"
    ] == 2


async def test_the_database_may_say_that_it_is_not_wanted() -> None:
    """Where it can: one that is older may have no such table."""
    async with new_database() as url:
        with get_engine().using_database(url):
            assert await read_setting(BACKUP_BEFORE_MIGRATION) is True
            await apply_migrations(lambda _: None)
            await make_setting(key=BACKUP_BEFORE_MIGRATION.key, value=False)
            assert await read_setting(BACKUP_BEFORE_MIGRATION) is False
            await backup_first()
    get_configuration().forget()
    assert not get_backup_folder().exists()
