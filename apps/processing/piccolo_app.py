import os

from apps.processing.tables import ProcessingJob, ProcessingSession
from apps.shared.command_line import App

APP_CONFIG = App(
    app_name="processing",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[ProcessingSession, ProcessingJob],
)
