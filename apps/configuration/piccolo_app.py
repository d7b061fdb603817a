import os

from piccolo.conf.apps import AppConfig, Command

from apps.configuration.commands import (
    export_file,
    import_file,
    set_defaults,
    set_value,
    show,
    unset,
)
from apps.configuration.rotation.commands import rotate_keys
from apps.configuration.tables import ChannelConfiguration, SystemConfiguration

APP_CONFIG = AppConfig(
    app_name="configuration",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[SystemConfiguration, ChannelConfiguration],
    migration_dependencies=["apps.catalog.piccolo_app"],
    commands=[
        Command(show),
        Command(set_value, command_name="set"),
        Command(unset),
        Command(set_defaults, command_name="set-defaults"),
        Command(export_file, command_name="export"),
        Command(import_file, command_name="import"),
        Command(rotate_keys, command_name="rotate-keys"),
    ],
)
