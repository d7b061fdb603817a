import os

from piccolo.conf.apps import AppConfig

from apps.moments.tables import Clip, GenerationConfig, Moment, PipelineHistory, Prompt, Thumbnail

APP_CONFIG = AppConfig(
    app_name="moments",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[Prompt, GenerationConfig, Moment, Clip, Thumbnail, PipelineHistory],
    migration_dependencies=["apps.transcripts.piccolo_app"],
)
