import os

from apps.conversations.tables import Conversation, Message, Template
from apps.shared.command_line import App

APP_CONFIG = App(
    app_name="conversations",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[Conversation, Message, Template],
    migration_dependencies=["apps.accounts.piccolo_app"],
)
