import os

from piccolo.conf.apps import AppConfig

from apps.transcripts.tables import Chunk, Transcript

APP_CONFIG = AppConfig(
    app_name="transcripts",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[Transcript, Chunk],
    migration_dependencies=["apps.catalog.piccolo_app"],
)
