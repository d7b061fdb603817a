import os

from piccolo.conf.apps import AppConfig

from apps.catalog.exports.triggers import moving
from apps.conversations.tables import Conversation, Message, Template

# A message that comes in with the whole library is no news to its conversation.
moving.append(("messages", "trigger_update_conversation"))

APP_CONFIG = AppConfig(
    app_name="conversations",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[Conversation, Message, Template],
    migration_dependencies=["apps.accounts.piccolo_app"],
)
