"""Triggers that announce changes of settings with NOTIFY."""

from apps.shared.db.tables import Sql

NOTICES = "configuration"
"""The channel to LISTEN to. The payload is a channel's id; empty, anything may have changed."""

NOTIFY = Sql(
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

NOTIFY_OF_SYSTEM = Sql(
    """\
CREATE TRIGGER system_configuration_notify
AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON system_configuration
FOR EACH STATEMENT EXECUTE FUNCTION notify_of_configuration()""",
    "DROP TRIGGER system_configuration_notify ON system_configuration",
)

NOTIFY_OF_CHANNELS = Sql(
    """\
CREATE TRIGGER channel_configuration_notify
AFTER INSERT OR UPDATE OR DELETE ON channel_configuration
FOR EACH ROW EXECUTE FUNCTION notify_of_configuration()""",
    "DROP TRIGGER channel_configuration_notify ON channel_configuration",
)

NOTIFY_OF_EMPTYING = Sql(
    """\
CREATE TRIGGER channel_configuration_notify_truncate
AFTER TRUNCATE ON channel_configuration
FOR EACH STATEMENT EXECUTE FUNCTION notify_of_configuration()""",
    "DROP TRIGGER channel_configuration_notify_truncate ON channel_configuration",
)
