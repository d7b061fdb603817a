from apps.shared.db.migrations import MigrationManager

ID = "2026-11-21T08:40:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Tell every process of a change of settings"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="configuration", description=DESCRIPTION
    )

    manager.add_sql(
        """\
CREATE FUNCTION notify_of_configuration() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_LEVEL = 'STATEMENT' THEN
        PERFORM pg_notify('configuration', '');
    ELSE
        PERFORM pg_notify('configuration', changed.id::text)
        FROM (VALUES (OLD.channel_id), (NEW.channel_id)) AS changed (id)
        WHERE changed.id IS NOT NULL;
    END IF;
    RETURN NULL;
END
$$""",
        "DROP FUNCTION notify_of_configuration()",
    )

    manager.add_sql(
        """\
CREATE TRIGGER system_configuration_notify
AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON system_configuration
FOR EACH STATEMENT EXECUTE FUNCTION notify_of_configuration()""",
        "DROP TRIGGER system_configuration_notify ON system_configuration",
    )

    manager.add_sql(
        """\
CREATE TRIGGER channel_configuration_notify
AFTER INSERT OR UPDATE OR DELETE ON channel_configuration
FOR EACH ROW EXECUTE FUNCTION notify_of_configuration()""",
        "DROP TRIGGER channel_configuration_notify ON channel_configuration",
    )

    manager.add_sql(
        """\
CREATE TRIGGER channel_configuration_notify_truncate
AFTER TRUNCATE ON channel_configuration
FOR EACH STATEMENT EXECUTE FUNCTION notify_of_configuration()""",
        "DROP TRIGGER channel_configuration_notify_truncate ON channel_configuration",
    )

    return manager
