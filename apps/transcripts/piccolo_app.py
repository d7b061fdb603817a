import os

from piccolo.conf.apps import AppConfig, Command

from apps.catalog.imports.service import companions
from apps.transcripts.commands import search
from apps.transcripts.subtitles import SubtitleCompanion
from apps.transcripts.tables import Chunk, Transcript

# The import of a folder, which is catalog's, brings in the subtitles too.
companions.append(SubtitleCompanion())

APP_CONFIG = AppConfig(
    app_name="transcripts",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[Transcript, Chunk],
    migration_dependencies=["apps.catalog.piccolo_app"],
    commands=[Command(search)],
)
