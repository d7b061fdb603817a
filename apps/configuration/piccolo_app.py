import os

from apps.configuration.tables import ChannelConfiguration, SystemConfiguration
from apps.shared.command_line import App

APP_CONFIG = App(
    app_name="configuration",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[SystemConfiguration, ChannelConfiguration],
    migration_dependencies=["apps.catalog.piccolo_app"],
    command_modules=(
        "apps.configuration.commands",
        "apps.configuration.rotation.commands",
    ),
)
