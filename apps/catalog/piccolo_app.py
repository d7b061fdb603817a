import os

from piccolo.conf.apps import AppConfig, Command

from apps.catalog.commands import import_folder
from apps.catalog.tables import Channel, ImportRecord, Video

APP_CONFIG = AppConfig(
    app_name="catalog",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[Channel, Video, ImportRecord],
    migration_dependencies=["apps.accounts.piccolo_app"],
    commands=[Command(import_folder, command_name="import")],
)
