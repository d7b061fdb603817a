import os

from piccolo.conf.apps import AppConfig, Command

from apps.overview.commands import refresh
from apps.overview.tables import Figure, Finding

APP_CONFIG = AppConfig(
    app_name="overview",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[Figure, Finding],
    migration_dependencies=[
        "apps.processing.piccolo_app",
        "apps.catalog.piccolo_app",
        "apps.moments.piccolo_app",
        "apps.publishing.piccolo_app",
    ],
    commands=[Command(refresh)],
)
