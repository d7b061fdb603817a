import os

from piccolo.conf.apps import AppConfig

from apps.configuration.tables import ChannelConfiguration, SystemConfiguration

APP_CONFIG = AppConfig(
    app_name="configuration",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[SystemConfiguration, ChannelConfiguration],
    migration_dependencies=["apps.catalog.piccolo_app"],
)
