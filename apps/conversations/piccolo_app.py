import os

from piccolo.conf.apps import AppConfig

from apps.conversations.tables import Conversation, Message, Template

APP_CONFIG = AppConfig(
    app_name="conversations",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[Conversation, Message, Template],
    migration_dependencies=["apps.accounts.piccolo_app"],
)
