import os

from apps.shared.command_line import App
from apps.statistics.tables import ChannelStatistics, VideoStatistics

APP_CONFIG = App(
    app_name="statistics",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[ChannelStatistics, VideoStatistics],
    migration_dependencies=["apps.catalog.piccolo_app"],
)
