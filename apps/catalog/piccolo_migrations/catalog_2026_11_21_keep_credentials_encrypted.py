from apps.shared.db.engine import get_engine as engine
from apps.shared.db.migrations import MigrationManager
from apps.shared.secrets import encrypt_secret as encrypt, locate_secret as place
from piccolo.constraints import Check

ID = "2026-11-21T08:23:54:217316"
VERSION = "1.38.0"
DESCRIPTION = "Keep credentials encrypted"


async def encrypt_what_is_in_clear():
    """The admin's form for a new channel took credentials as they were typed."""
    async with engine().connection() as connection:
        rows = await connection.fetch(
            "SELECT id, credentials FROM channels "
            "WHERE credentials !~ '^1:[0-9a-f]{8}:[0-9]{1,11}:[A-Za-z0-9_-]{38,}$'"
        )
        for row in rows:
            stored = encrypt(row["credentials"], place("channels", "credentials", row["id"]))
            await connection.execute(
                "UPDATE channels SET credentials = $1 WHERE id = $2", stored, row["id"]
            )


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="catalog", description=DESCRIPTION)

    manager.add_raw(encrypt_what_is_in_clear)

    manager.add_constraint(
        table_class_name="Channel",
        tablename="channels",
        constraint_name="channels_credentials_check",
        constraint_class=Check,
        params={"condition": "credentials ~ '^1:[0-9a-f]{8}:[0-9]{1,11}:[A-Za-z0-9_-]{38,}$'"},
        schema=None,
    )

    manager.add_sql(
        """\
CREATE OR REPLACE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('reelbase.keys_rotate', true) IS DISTINCT FROM 'on' THEN
        NEW.updated_at = greatest(now(), OLD.updated_at);
    END IF;
    RETURN NEW;
END
$$""",
        """\
CREATE OR REPLACE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at = greatest(now(), OLD.updated_at);
    RETURN NEW;
END
$$""",
    )

    return manager
