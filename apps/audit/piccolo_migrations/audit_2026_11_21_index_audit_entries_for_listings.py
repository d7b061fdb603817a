from apps.shared.db.migrations import MigrationManager

ID = "2026-11-21T14:53:23:224915"
VERSION = "1.38.0"
DESCRIPTION = "Index audit entries for the listings of the admin"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="audit", description=DESCRIPTION)

    manager.add_sql(
        """\
CREATE INDEX audit_entries_user_email_idx ON audit_entries USING btree (user_email, id)""",
        """\
DROP INDEX audit_entries_user_email_idx""",
    )

    manager.add_sql(
        """\
CREATE INDEX audit_entries_table_name_idx ON audit_entries USING btree (table_name, id)""",
        """\
DROP INDEX audit_entries_table_name_idx""",
    )

    manager.add_sql(
        """\
CREATE INDEX audit_entries_action_idx ON audit_entries USING btree (action, id)""",
        """\
DROP INDEX audit_entries_action_idx""",
    )

    return manager
