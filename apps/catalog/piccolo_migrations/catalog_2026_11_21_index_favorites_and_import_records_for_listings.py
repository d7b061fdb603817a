from apps.shared.db.migrations import MigrationManager

ID = "2026-11-21T14:53:21:409778"
VERSION = "1.38.0"
DESCRIPTION = "Index favorites and import records for the listings of the admin"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="catalog", description=DESCRIPTION)

    manager.add_sql(
        """\
CREATE INDEX videos_is_favorite_id_idx ON videos USING btree (is_favorite, id)""",
        """\
DROP INDEX videos_is_favorite_id_idx""",
    )

    manager.add_sql(
        """\
CREATE INDEX import_records_updated_at_idx ON import_records USING btree (updated_at, id)""",
        """\
DROP INDEX import_records_updated_at_idx""",
    )

    return manager
