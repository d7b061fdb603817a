from litestar.types import ControllerRouterHandler

from apps.conversations.repositories import (
    ConversationRepository,
    MessageRepository,
    TemplateRepository,
)
from apps.shared.http.controllers import TableController, page_of


class ConversationController(TableController):
    repository = ConversationRepository
    order = "-updated_at"


class MessageController(TableController):
    repository = MessageRepository


class TemplateController(TableController):
    repository = TemplateRepository


ROUTES: list[ControllerRouterHandler] = [
    ConversationController,
    MessageController,
    TemplateController,
    page_of(ConversationController, MessageController, "conversation_id", order="created_at"),
]
