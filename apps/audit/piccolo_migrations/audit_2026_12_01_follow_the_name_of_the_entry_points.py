"""Changes nothing in the database: Piccolo remembers what an enumeration is called."""

from enum import Enum

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Varchar

ID = "2026-12-01T05:33:16:879448"
VERSION = "1.38.0"
DESCRIPTION = ""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="audit", description=DESCRIPTION)

    manager.alter_column(
        table_class_name="AuditEntry",
        tablename="audit_entries",
        column_name="door",
        db_column_name="door",
        params={"choices": Enum("EntryPoint", {"admin": "admin", "rest": "rest"})},
        old_params={"choices": Enum("Door", {"admin": "admin", "rest": "rest"})},
        column_class=Varchar,
        old_column_class=Varchar,
        schema=None,
    )

    return manager
