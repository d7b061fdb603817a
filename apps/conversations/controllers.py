from litestar.types import ControllerRouterHandler

from apps.conversations.repositories import (
    ConversationRepository,
    MessageRepository,
    TemplateRepository,
)
from apps.shared.rest import TableController, page_of


class ConversationController(TableController):
    repository = ConversationRepository


class MessageController(TableController):
    repository = MessageRepository


class TemplateController(TableController):
    repository = TemplateRepository


ROUTES: list[ControllerRouterHandler] = [
    ConversationController,
    MessageController,
    TemplateController,
    page_of(ConversationRepository, MessageController, "conversation_id"),
]
