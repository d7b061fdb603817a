import os

from piccolo.conf.apps import AppConfig, Command

from piccolo_project.serving import serve

APP_CONFIG = AppConfig(
    app_name="project",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[],
    commands=[Command(serve)],
)
