import os

from piccolo.conf.apps import AppConfig

from apps.processing.tables import ProcessingJob, ProcessingSession

APP_CONFIG = AppConfig(
    app_name="processing",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[ProcessingSession, ProcessingJob],
)
