from apps.shared.db.engine import get_engine as engine
from apps.shared.db.migrations import MigrationManager
from apps.shared.secrets import encrypt_secret as encrypt, locate_secret as place
from piccolo.constraints import Check

ID = "2026-11-21T08:23:55:554202"
VERSION = "1.38.0"
DESCRIPTION = "Keep encrypted values encrypted"


async def encrypt_what_is_in_clear():
    """Until now any text was taken for an encrypted one."""
    async with engine().connection() as connection:
        for table, row_is in (
            ("system_configuration", "key"),
            ("channel_configuration", "channel_id, key"),
        ):
            rows = await connection.fetch(
                f"SELECT id, value #>> '{{}}', {row_is} FROM {table} WHERE encrypted "
                "AND value::text !~ '^\"1:[0-9a-f]{8}:[0-9]{1,11}:[A-Za-z0-9_-]{38,}\"$'"
            )
            for row_id, value, *row in rows:
                stored = encrypt(value, place(table, "value", *row))
                await connection.execute(
                    f"UPDATE {table} SET value = to_jsonb($1::text) WHERE id = $2", stored, row_id
                )


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="configuration", description=DESCRIPTION)

    manager.add_raw(encrypt_what_is_in_clear)

    manager.drop_constraint(
        table_class_name="SystemConfiguration",
        tablename="system_configuration",
        constraint_name="system_configuration_value_check",
        schema=None,
    )

    manager.drop_constraint(
        table_class_name="ChannelConfiguration",
        tablename="channel_configuration",
        constraint_name="channel_configuration_value_check",
        schema=None,
    )

    manager.add_constraint(
        table_class_name="SystemConfiguration",
        tablename="system_configuration",
        constraint_name="system_configuration_encrypted_check",
        constraint_class=Check,
        params={
            "condition": "NOT encrypted OR value::text ~ '^\"1:[0-9a-f]{8}:[0-9]{1,11}:[A-Za-z0-9_-]{38,}\"$'"
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="ChannelConfiguration",
        tablename="channel_configuration",
        constraint_name="channel_configuration_encrypted_check",
        constraint_class=Check,
        params={
            "condition": "NOT encrypted OR value::text ~ '^\"1:[0-9a-f]{8}:[0-9]{1,11}:[A-Za-z0-9_-]{38,}\"$'"
        },
        schema=None,
    )

    return manager
