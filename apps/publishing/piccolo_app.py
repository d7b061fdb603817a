import os

from apps.publishing.tables import Music, Publication, TransformationPreset
from apps.shared.command_line import App

APP_CONFIG = App(
    app_name="publishing",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[TransformationPreset, Music, Publication],
    migration_dependencies=["apps.moments.piccolo_app"],
)
