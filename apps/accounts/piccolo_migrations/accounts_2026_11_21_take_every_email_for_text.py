from apps.shared.db.migrations import MigrationManager
from piccolo.columns.column_types import Email
from piccolo.columns.column_types import Varchar

ID = "2026-11-21T09:14:57:573589"
VERSION = "1.38.0"
DESCRIPTION = "Take every email for text: the admin refuses to list one such as admin@reelbase.local"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="accounts", description=DESCRIPTION)

    # Both are VARCHAR(255) in the database.
    manager.alter_column(
        table_class_name="User",
        tablename="users",
        column_name="email",
        db_column_name="email",
        params={},
        old_params={},
        column_class=Varchar,
        old_column_class=Email,
        schema=None,
    )

    return manager
