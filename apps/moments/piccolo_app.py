import os

from apps.moments.tables import Clip, GenerationConfig, Moment, PipelineHistory, Prompt, Thumbnail
from apps.shared.command_line import App

APP_CONFIG = App(
    app_name="moments",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[Prompt, GenerationConfig, Moment, Clip, Thumbnail, PipelineHistory],
    migration_dependencies=["apps.transcripts.piccolo_app"],
)
