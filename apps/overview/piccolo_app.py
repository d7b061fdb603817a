import os

from apps.overview.tables import Figure, Finding
from apps.shared.command_line import App

APP_CONFIG = App(
    app_name="overview",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[Figure, Finding],
    migration_dependencies=[
        "apps.processing.piccolo_app",
        "apps.catalog.piccolo_app",
        "apps.moments.piccolo_app",
        "apps.publishing.piccolo_app",
    ],
    command_modules=("apps.overview.commands",),
)
