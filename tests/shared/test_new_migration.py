"""`make migrations` writes whole migrations, and refuses what a person must decide."""

import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from piccolo.columns import JSONB, Integer, Varchar
from piccolo.columns.indexes import IndexMethod
from piccolo.conf.apps import AppConfig, AppRegistry, Finder
from piccolo.constraints import Check
from piccolo.table import Table

import piccolo_conf
from apps.audit.rules import audited
from apps.shared.db.migrations import apply_migrations
from apps.shared.db.tables import ChangingRecord, Sql, index, keeps_updated_at
from apps.shared.errors import Conflict
from piccolo_project.new_migration.writer import run, write_migration
from tests.shared.catalogs import catalog

APP = "examples_of_tests"
GREETING = Sql(
    "CREATE FUNCTION greeting() RETURNS text LANGUAGE sql AS $$ SELECT 'hello \\ there' $$",
    "DROP FUNCTION greeting()",
)
OTHER_GREETING = Sql(GREETING.create.replace("hello", "good morning"), GREETING.drop)
BY_TITLE = index("shelves", "title", "title, id")


def shelf(
    *extras: Sql, check: str = "places > 0", name: str = "shelves_places_check", **more: Any
) -> type[Table]:
    """A table as somebody might write it, at some time."""
    declared = {
        "__module__": __name__,
        "title": Varchar(length=50, default=None),
        "places": Integer(default=1),
        name: Check(check),
        "extras": (*extras, keeps_updated_at("shelves"), audited("shelves")),
        **more,
    }
    return type("Shelf", (ChangingRecord,), declared, tablename="shelves")


class Project:
    """An app of its own beside those of the program."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.written = 0

    async def write(self, *tables: type[Table]) -> str:
        """What is written, without the empty text when nothing is."""
        app = AppConfig("examples", str(self.folder), table_classes=[*tables])
        vars(sys.modules[APP])["APP_CONFIG"] = app
        self.written += 1
        # A module's name is remembered by the process.
        path = await write_migration(app, f"{self.folder.name} {self.written}".replace("_", " "))
        return path.read_text() if path else ""


@pytest.fixture
async def project(scratch: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    await apply_migrations(lambda _: None)
    module = ModuleType(APP)
    vars(module)["APP_CONFIG"] = AppConfig("examples", str(tmp_path), table_classes=[])
    monkeypatch.setitem(sys.modules, APP, module)
    registry = AppRegistry([*piccolo_conf.APP_REGISTRY.apps, APP])
    monkeypatch.setattr(piccolo_conf, "APP_REGISTRY", registry)
    return Project(tmp_path)


async def test_what_is_there_needs_no_migration(
    scratch: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await apply_migrations(lambda _: None)
    for app in Finder().get_app_configs():
        # It is tried out as a file, which other tests, in their own processes, must not meet.
        copy = shutil.copytree(app.resolved_migrations_folder_path, tmp_path / app.app_name)
        monkeypatch.setattr(app, "migrations_folder_path", str(copy))
        assert await write_migration(app, "change nothing") is None, app.app_name


async def test_a_new_table_comes_with_its_sql(project: Project, scratch: str) -> None:
    before = await catalog(scratch)
    written = await project.write(table := shelf(GREETING, BY_TITLE))
    assert written.startswith('"""Test a new table')
    assert "- Adds the table shelves.\n" in written
    assert "Builds" not in written
    assert await catalog(scratch) == before, "It is tried out, and nothing stays."
    await run(written)
    made = {part.split(" CREATE")[0] for part in await catalog(scratch) - before}
    assert {"index shelves_title_idx", "trigger shelves.shelves_audit"} <= made
    assert await project.write(table) == ""
    await run(written, backwards=True)
    assert await catalog(scratch) == before


async def test_what_is_new_changed_or_gone_is_written(project: Project, scratch: str) -> None:
    await run(await project.write(shelf(GREETING, BY_TITLE)))
    before = await catalog(scratch)
    other = index("shelves", "title", "title DESC, id")
    written = await project.write(shelf(OTHER_GREETING, other))
    assert "CREATE OR REPLACE FUNCTION greeting" in written
    assert "- Builds shelves_title_idx, which blocks writes to shelves." in written
    await run(written)
    changed = await catalog(scratch)
    assert len(changed - before) == len(before - changed) == 2
    gone = await project.write(shelf())
    assert "- Removes what no table declares any more: DROP INDEX shelves_title_idx" in gone
    await run(gone)
    left = " ".join(await catalog(scratch))
    assert "greeting" not in left
    assert "shelves_title_idx" not in left
    await run(gone, backwards=True)
    assert await catalog(scratch) == changed
    await run(written, backwards=True)
    assert await catalog(scratch) == before


async def test_a_new_column_has_the_index_it_asks_for(project: Project, scratch: str) -> None:
    """Which Piccolo makes a btree where the table is there already."""
    await run(await project.write(shelf()))
    before = await catalog(scratch)
    details = JSONB(default={}, index=True, index_method=IndexMethod.gin)
    written = await project.write(table := shelf(details=details))
    assert "- Adds shelves.details; existing rows get its default." in written
    await run(written)
    assert [
        part for part in await catalog(scratch) if "shelves_details ON shelves USING gin" in part
    ]
    assert await project.write(table) == ""
    await run(written, backwards=True)
    assert await catalog(scratch) == before


async def test_a_table_that_goes_comes_back_with_its_sql(project: Project, scratch: str) -> None:
    await run(await project.write(shelf(GREETING, BY_TITLE)))
    before = await catalog(scratch)
    written = await project.write()
    assert "- DELETES DATA: drops shelves." in written
    await run(written)
    assert not [part for part in await catalog(scratch) if "shelves" in part]
    await run(written, backwards=True)
    assert await catalog(scratch) == before


async def test_a_rule_that_changes_needs_another_name(project: Project, scratch: str) -> None:
    await run(await project.write(shelf()))
    before = await catalog(scratch)
    with pytest.raises(Conflict, match=r"shelves_places_check of shelves .* give it a new name"):
        await project.write(shelf(check="places > 1"))
    assert len([*project.folder.glob("*.py")]) == 1
    assert await catalog(scratch) == before
    written = await project.write(shelf(check="places > 1", name="shelves_many_places_check"))
    assert "Checks every row of shelves under an exclusive lock" in written
    assert "- Drops the rule shelves.shelves_places_check." in written


@pytest.mark.parametrize("name", ["", "Add shelves", "add-shelves", "../x"])
async def test_a_migration_is_named_in_words(name: str) -> None:
    with pytest.raises(Conflict, match="Write what it does in lower-case words"):
        await write_migration(Finder().get_app_config("catalog"), name)
