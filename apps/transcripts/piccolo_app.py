import os

from apps.shared.command_line import App
from apps.transcripts.tables import Chunk, Transcript

APP_CONFIG = App(
    app_name="transcripts",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[Transcript, Chunk],
    migration_dependencies=["apps.catalog.piccolo_app"],
)
