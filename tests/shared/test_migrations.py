"""Migrations run forwards, backwards and forwards again, all or nothing, and once."""

import asyncio
import contextlib
import sys
from pathlib import Path

import asyncpg
import pytest
from piccolo.apps.migrations.commands.base import BaseMigrationManager, MigrationResult
from piccolo.apps.migrations.commands.new import AutoMigrationManager
from piccolo.conf.apps import Finder

from apps.catalog.imports.folder_import import FolderImport
from apps.shared.db import migrations
from apps.shared.db.migration_order import list_migrations, run_backwards, run_forwards
from apps.shared.db.migrations import (
    MigrationManager,
    MigrationRefused,
    apply_migrations,
    count_pending_migrations,
    list_known_migrations,
)
from tests.benchmarks.library import make_library
from tests.processes import Program
from tests.shared.catalogs import catalog

APPS = Finder().get_sorted_app_names()


async def fetch(url: str, query: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def test_a_new_database_is_migrated_once(scratch: str) -> None:
    said: list[str] = []
    assert await count_pending_migrations() == len(list_known_migrations()) > 0
    assert await apply_migrations(said.append) == len(list_known_migrations())
    assert said == [f"Applying {len(list_known_migrations())} migrations."]
    assert await count_pending_migrations() == 0
    assert await apply_migrations(said.append) == 0
    assert len(said) == 1
    recorded = await fetch(scratch, "SELECT app_name, name FROM migration")
    assert sorted(recorded) == sorted(list_known_migrations())


async def test_backwards_leaves_nothing_and_forwards_makes_the_same_again(
    migrated: str, capsys: pytest.CaptureFixture[str]
) -> None:
    first = await catalog(migrated)
    assert (await run_backwards("all", auto_agree=True)).success
    assert await catalog(migrated) == set()
    left = await fetch(migrated, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert left == [("migration",)]
    assert await count_pending_migrations() == len(list_known_migrations())
    await apply_migrations(lambda _: None)
    assert await catalog(migrated) == first


@pytest.mark.parametrize("app", APPS)
async def test_each_app_can_be_undone_by_itself(
    migrated: str, app: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what was written after its first migration, which may need it."""
    before = await catalog(migrated)
    first = min(([i for i, name in list_migrations() if name == app]), default=None)
    later = [each for each in list_migrations() if first and each[0] >= first]
    for migration, name in reversed(later):
        assert (await run_backwards(name, migration, auto_agree=True)).success
    remaining = set(await fetch(migrated, "SELECT name, app_name FROM migration"))
    assert remaining == {*list_migrations()} - {*later}
    assert app not in {name for _, name in remaining}
    for migration, name in later:
        assert (await run_forwards(name, migration)).success
    assert await catalog(migrated) == before


async def test_migrations_run_in_the_order_in_which_they_were_written(
    scratch: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whichever app they are of: a new table of the catalog is audited from the start."""
    assert (await run_forwards("all")).success
    ran = await fetch(scratch, "SELECT name, app_name FROM migration ORDER BY id")
    assert ran == list_migrations()


@pytest.mark.parametrize("app", APPS)
async def test_no_table_has_changed_since_its_last_migration(
    app: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What `piccolo migrations new <app> --auto` would write."""
    config = Finder().get_app_config(app)
    manager = AutoMigrationManager()
    statements = await manager.get_alter_statements(config)
    assert [text for part in statements for text in part.statements] == []


async def test_a_preview_prints_the_sql_and_changes_nothing(
    scratch: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await run_forwards("all", preview=True)
    assert await catalog(scratch) == set()
    assert await count_pending_migrations() == len(list_known_migrations())
    printed = capsys.readouterr().out
    for text in ("CREATE TABLE", "CREATE FUNCTION set_updated_at", "CREATE INDEX chunks_"):
        assert text in printed


class Refused(MigrationManager):
    """A migration whose last statement is refused."""


async def test_a_migration_that_fails_is_undone_whole(migrated: str) -> None:
    before = await catalog(migrated)
    manager = Refused(migration_id="1", app_name="catalog")
    manager.add_sql("CREATE FUNCTION one() RETURNS int RETURN 1", "", first=True)
    manager.add_table("Thing", tablename="things")
    manager.add_sql("CREATE INDEX things_idx ON things (id)", "")
    manager.add_sql("SELECT 1 / 0", "")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await manager.run()
    assert await catalog(migrated) == before


async def test_what_piccolo_refuses_is_told_in_a_sentence(
    scratch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(app: str) -> MigrationResult:
        return MigrationResult(success=False, message="Migration stopped")

    monkeypatch.setattr(migrations, "run_forwards", refuse)
    with pytest.raises(MigrationRefused, match=r"^A migration failed, .*: Migration stopped"):
        await apply_migrations(announce=print)
    assert await count_pending_migrations() == len(list_known_migrations())


async def test_when_one_of_several_fails_none_has_run(scratch: str) -> None:
    """A table is in the way of the third app."""
    connection = await asyncpg.connect(scratch)
    await connection.execute("CREATE TABLE transcripts (id int)")
    before = await catalog(scratch)
    with pytest.raises(asyncpg.DuplicateTableError):
        await apply_migrations(lambda _: None)
    assert await catalog(scratch) == before
    assert await count_pending_migrations() == len(list_known_migrations())
    await connection.execute("DROP TABLE transcripts")
    await connection.close()
    assert await apply_migrations(lambda _: None) == len(list_known_migrations())


async def test_sql_runs_after_the_tables_and_is_undone_before_them(scratch: str) -> None:
    manager = MigrationManager(migration_id="1", app_name="catalog")
    manager.add_sql("CREATE SEQUENCE early", "DROP SEQUENCE early", first=True)
    manager.add_table("Thing", tablename="things")
    manager.add_sql("CREATE INDEX a ON things (id)", "DROP INDEX a")
    manager.add_sql("ALTER INDEX a RENAME TO b", "ALTER INDEX b RENAME TO a")
    await manager.run()
    made = await catalog(scratch)
    assert "sequence early" in made
    assert [part for part in made if part.startswith("index b CREATE INDEX b ON things")]
    # In the order of `run`, the second statement would find no index of its name.
    await manager.run(backwards=True)
    assert await catalog(scratch) == set()


MIGRATE = """
import asyncio
from apps.shared.db.migrations import apply_migrations
print(asyncio.run(apply_migrations(lambda _: None)))
"""


async def test_eight_processes_that_start_together_migrate_once(scratch: str) -> None:
    with contextlib.ExitStack() as stack:
        programs = [
            stack.enter_context(Program(sys.executable, "-c", MIGRATE, DATABASE_URL=scratch))
            for _ in range(8)
        ]
        ends = [await asyncio.to_thread(program.wait, 60) for program in programs]
        assert ends == [0] * 8, programs[0].stderr
        ran = sorted(int(program.stdout) for program in programs)
    assert ran == [0] * 7 + [len(list_known_migrations())]
    recorded = await fetch(scratch, "SELECT app_name, name FROM migration")
    assert sorted(recorded) == sorted(list_known_migrations())


def test_every_migration_is_named_in_words() -> None:
    manager = BaseMigrationManager()
    for app in Finder().get_app_registry().app_configs.values():
        modules = manager.get_migration_modules(app.resolved_migrations_folder_path)
        for module in modules.values():
            assert module.__file__ is not None
            assert Path(module.__file__).stem.startswith(f"{app.app_name}_2")


async def test_without_transcripts_the_next_import_reads_the_files_again(
    migrated: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_library(tmp_path, 1, words=400)
    assert (await FolderImport(tmp_path).run()).transcripts.created == 1
    assert (await run_backwards("transcripts", "all", auto_agree=True)).success
    assert (await run_forwards("transcripts")).success
    assert (await FolderImport(tmp_path).run()).transcripts.created == 1
