"""Writes a migration, and runs it forwards and backwards before anybody reads it."""

import contextlib
import io
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from piccolo.apps.migrations.commands.new import AutoMigrationManager
from piccolo.conf.apps import AppConfig, Finder

from apps.shared.db.engine import get_engine
from apps.shared.db.tables import Record
from apps.shared.errors import Conflict
from piccolo_project.new_migration.comparison import (
    Key,
    Parts,
    read_database,
    read_declared,
)
from piccolo_project.new_migration.differences import Step, find_steps
from piccolo_project.new_migration.source import render


async def write_migration(app: AppConfig, name: str) -> Path | None:
    """Needs a database with all migrations that are there. None: nothing has changed.

    Raises Conflict when a person must decide, and what PostgreSQL refuses.
    """
    if not re.fullmatch(r"[a-z][a-z0-9 ]*", name):
        raise Conflict('Write what it does in lower-case words: NAME="add publications".')
    folder = Path(app.resolved_migrations_folder_path)
    at = datetime.now()  # As Piccolo's own IDs, in local time.
    migration_id = at.strftime("%Y-%m-%dT%H:%M:%S:%f")
    with contextlib.redirect_stdout(io.StringIO()):
        changes = await AutoMigrationManager(auto_input=None).get_alter_statements(app)
    path = folder / f"{app.app_name}_{at:%Y_%m_%d}_{name.replace(' ', '_')}.py"
    # Piccolo works out what a table was from the files in the folder, this one among them.
    trial = folder / f"{app.app_name}_trial_{at:%H%M%S%f}.py"
    try:
        trial.write_text(render(app.app_name, name, migration_id, changes, []), "utf-8")
        steps = await find_missing_sql(app, trial.read_text("utf-8"))
        if not steps and not any(change.statements for change in changes):
            return None
        if path.exists():
            raise Conflict(f"A migration is called {name!r} already: choose another name.")
        trial.write_text(render(app.app_name, name, migration_id, changes, steps), "utf-8")
        await try_out(app, trial.read_text("utf-8"))
        return trial.rename(path)
    finally:
        trial.unlink(missing_ok=True)


def all_tables(app: AppConfig) -> list[Any]:
    return list(dict.fromkeys([*Finder().get_table_classes(), *app.table_classes]))


def own_names(app: AppConfig) -> set[str]:
    """The app's tables, with those it had, and the functions in its SQL."""
    names = {table._meta.tablename for table in app.table_classes}
    for table in app.table_classes:
        if issubclass(table, Record):
            names |= functions_in("".join(sql.create for sql in (*table.functions, *table.extras)))
    for path in Path(app.resolved_migrations_folder_path).glob("*.py"):
        text = path.read_text("utf-8")
        names |= functions_in(text) | set(re.findall(r"tablename=\"(\w+)\"", text))
    return names


def functions_in(sql: str) -> set[str]:
    return set(re.findall(r"CREATE (?:OR REPLACE )?FUNCTION (\w+)", sql))


async def find_missing_sql(app: AppConfig, source: str) -> list[Step]:
    """`source` is Piccolo's part alone."""
    before = await read_database()
    async with get_engine().transaction() as transaction:
        await run(source)
        changed = await read_database()
        await transaction.rollback()
    declared = await read_declared(all_tables(app), app.table_classes)
    return find_steps(before, changed, declared, own_names(app))


async def run(source: str, *, backwards: bool = False) -> None:
    module: dict[str, Any] = {}
    exec(compile(source, "migration", "exec"), module)  # noqa: S102  # We have just written it.
    manager = await module["forwards"]()
    with contextlib.redirect_stdout(io.StringIO()):
        await manager.run(backwards=backwards)


async def try_out(app: AppConfig, source: str) -> None:
    """Raises Conflict."""
    own, before = own_names(app), await read_database()
    await run(source)
    declared = await read_declared(all_tables(app), app.table_classes)
    refuse("It would leave", different(await read_database(), declared.parts, own))
    await run(source, backwards=True)
    refuse("Backwards would leave", different(await read_database(), before, own))


def different(left: Parts, right: Parts, own: set[str]) -> set[Key]:
    keys = {key for key, _ in left.items() ^ right.items()}
    return {key for key in keys if (key[1] or key[2].split("(")[0]) in own}


def refuse(what: str, keys: set[Key]) -> None:
    if keys:
        parts = ", ".join(" ".join(filter(None, key)) for key in sorted(keys))
        raise Conflict(f"{what} this as it should not be: {parts}. Write the migration by hand.")
