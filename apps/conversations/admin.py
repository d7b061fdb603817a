"""How the admin shows conversations, messages and templates."""

from apps.conversations.tables import Conversation, Message, Template
from apps.shared.admin_view import AdminView, MenuGroup

ADMIN_VIEWS = (
    AdminView(
        Conversation,
        MenuGroup.conversations,
        shown="title user_id updated_at",
        filters="title user_id updated_at",
        is_moved_by_program=True,
    ),
    AdminView(
        Message,
        MenuGroup.conversations,
        shown="content conversation_id role created_at",
        filters="conversation_id role",
    ),
    AdminView(
        Template,
        MenuGroup.conversations,
        shown="template_name template_type user_id is_default",
        filters="template_name template_type user_id is_default",
    ),
)
