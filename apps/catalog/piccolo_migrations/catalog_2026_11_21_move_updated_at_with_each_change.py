from apps.shared.db.migrations import MigrationManager

ID = "2026-11-21T15:31:07:402913"
VERSION = "1.38.0"
DESCRIPTION = "Move updated_at with each change"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="catalog", description=DESCRIPTION)

    manager.add_sql(
        """\
CREATE OR REPLACE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('reelbase.keys_rotate', true) IS DISTINCT FROM 'on' THEN
        NEW.updated_at = greatest(now(), OLD.updated_at + interval '1 microsecond');
    END IF;
    RETURN NEW;
END
$$""",
        """\
CREATE OR REPLACE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('reelbase.keys_rotate', true) IS DISTINCT FROM 'on' THEN
        NEW.updated_at = greatest(now(), OLD.updated_at);
    END IF;
    RETURN NEW;
END
$$""",
    )

    return manager
