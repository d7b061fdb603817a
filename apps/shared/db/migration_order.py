"""Runs the migrations of all apps in the order in which they were written.

Piccolo runs one app after the other. Then no migration could use what a later app made before it:
a new table of the catalog is audited, while audit's first migration needs the catalog's tables.
IDs are times, so their order is the one in which the migrations were tried.
"""

from itertools import groupby
from operator import itemgetter

from piccolo.apps.migrations.commands import backwards, forwards
from piccolo.apps.migrations.commands.backwards import run_backwards as run_piccolo_backwards
from piccolo.apps.migrations.commands.base import BaseMigrationManager, MigrationResult
from piccolo.apps.migrations.commands.forwards import run_forwards as run_piccolo_forwards
from piccolo.apps.migrations.tables import Migration


def list_migrations() -> list[tuple[str, str]]:
    """(id, app) of every migration, the oldest first."""
    manager = BaseMigrationManager()
    return sorted(
        (migration, app.app_name)
        for app in manager.get_app_registry().app_configs.values()
        for migration in manager.get_migration_modules(app.resolved_migrations_folder_path)
    )


async def list_applied() -> set[tuple[str, str]]:
    await BaseMigrationManager().create_migration_table()
    rows = await Migration.select(Migration.name, Migration.app_name)
    return {(row["name"], row["app_name"]) for row in rows}


async def run_forwards(
    app_name: str, migration_id: str = "all", fake: bool = False, preview: bool = False
) -> MigrationResult:
    """Piccolo's own, but that "all" keeps to the order."""
    if app_name != "all" or preview:  # A preview records nothing, and would begin anew.
        return await run_piccolo_forwards(app_name, migration_id, fake, preview)
    applied = await list_applied()
    pending = [each for each in list_migrations() if each not in applied]
    for app, group in groupby(pending, itemgetter(1)):
        last, _ = [*group][-1]
        result = await run_piccolo_forwards(app, last, fake, preview)
        if not result.success:
            return result
    return MigrationResult(success=True)


async def run_backwards(
    app_name: str,
    migration_id: str = "1",
    auto_agree: bool = False,
    clean: bool = False,
    preview: bool = False,
) -> MigrationResult:
    """Piccolo's own, but that "all" keeps to the order, the newest first."""
    if app_name != "all" or preview:
        return await run_piccolo_backwards(app_name, migration_id, auto_agree, clean, preview)
    applied = sorted(await list_applied(), reverse=True)
    question = f"Undo all {len(applied)} migrations, and delete every row? [y/N] "
    if not auto_agree and input(question).lower() != "y":  # noqa: ASYNC250  # Nothing else runs.
        return MigrationResult(success=False, message="Nothing was undone.")
    for app, group in groupby(applied, itemgetter(1)):
        first, _ = [*group][-1]
        result = await run_piccolo_backwards(app, first, True, clean, preview)
        if not result.success:
            return result
    return MigrationResult(success=True)


def replace_piccolo_commands() -> None:
    """`piccolo migrations forwards all` has no other way to be given our order."""
    vars(forwards)["run_forwards"] = run_forwards
    vars(backwards)["run_backwards"] = run_backwards
