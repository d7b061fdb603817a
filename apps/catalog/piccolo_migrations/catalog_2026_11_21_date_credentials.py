from apps.shared.db.migrations import MigrationManager
from piccolo.columns.column_types import Timestamptz
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-21T09:45:22:913477"
VERSION = "1.38.0"
DESCRIPTION = "Date credentials"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="catalog", description=DESCRIPTION)

    manager.add_column(
        table_class_name="Channel",
        tablename="channels",
        column_name="credentials_set_at",
        db_column_name="credentials_set_at",
        column_class_name="Timestamptz",
        column_class=Timestamptz,
        params={
            "default": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_sql(
        """\
CREATE FUNCTION set_credentials_set_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.credentials_set_at = to_timestamp(
        substring(NEW.credentials FROM '^1:[0-9a-f]{8}:([0-9]{1,11}):')::double precision);
    RETURN NEW;
END
$$;
CREATE TRIGGER channels_set_credentials_set_at
BEFORE INSERT OR UPDATE OF credentials, credentials_set_at ON channels
FOR EACH ROW EXECUTE FUNCTION set_credentials_set_at()""",
        "DROP TRIGGER channels_set_credentials_set_at ON channels;"
        " DROP FUNCTION set_credentials_set_at()",
    )

    # Nothing changes for whoever reads updated_at; with what comes after, it moves again.
    manager.add_sql(
        """\
SELECT set_config('reelbase.keys_rotate', 'on', TRUE);
UPDATE channels SET credentials = credentials WHERE credentials IS NOT NULL;
SELECT set_config('reelbase.keys_rotate', '', TRUE)""",
        "",
    )

    return manager
