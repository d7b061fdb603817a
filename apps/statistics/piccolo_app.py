import os

from piccolo.conf.apps import AppConfig

from apps.statistics.tables import ChannelStatistics, VideoStatistics

APP_CONFIG = AppConfig(
    app_name="statistics",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[ChannelStatistics, VideoStatistics],
    migration_dependencies=["apps.catalog.piccolo_app"],
)
