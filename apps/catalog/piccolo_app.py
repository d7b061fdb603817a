import os

from piccolo.conf.apps import AppConfig, Command

from apps.catalog.commands import set_credentials
from apps.catalog.lists.commands import export_list, import_list
from apps.catalog.tables import Channel, ImportRecord, Video

APP_CONFIG = AppConfig(
    app_name="catalog",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[Channel, Video, ImportRecord],
    migration_dependencies=["apps.accounts.piccolo_app"],
    commands=[
        Command(import_list, command_name="import-list"),
        Command(export_list, command_name="export-list"),
        Command(set_credentials, command_name="set-credentials"),
    ],
)
