import os

from piccolo.conf.apps import AppConfig

from apps.moments.repositories import GenerationConfigRepository
from apps.moments.tables import Clip, GenerationConfig, Moment, PipelineHistory, Prompt, Thumbnail
from apps.transcripts.subtitles import before_replacing

# An import that brings newer subtitles must not delete the moments made from the older ones.
before_replacing.append(GenerationConfigRepository().release)

APP_CONFIG = AppConfig(
    app_name="moments",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[Prompt, GenerationConfig, Moment, Clip, Thumbnail, PipelineHistory],
    migration_dependencies=["apps.transcripts.piccolo_app"],
)
