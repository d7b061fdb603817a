import os

from apps.catalog.tables import Channel, ImportRecord, Video
from apps.shared.command_line import App

APP_CONFIG = App(
    app_name="catalog",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[Channel, Video, ImportRecord],
    migration_dependencies=["apps.accounts.piccolo_app"],
    command_modules=(
        "apps.catalog.commands",
        "apps.catalog.lists.commands",
    ),
)
