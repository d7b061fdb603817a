from litestar.types import ControllerRouterHandler

from apps.conversations.repositories import (
    ConversationRepository,
    MessageRepository,
    TemplateRepository,
)
from apps.shared.db.access import OWN_OR_SHARED, Access
from apps.shared.http.controllers import TableController
from apps.shared.http.exposure import Exposure
from apps.shared.http.related import serve_related_page

IN_OWN_CONVERSATION = (
    "EXISTS (SELECT FROM conversations o WHERE o.id = t.conversation_id AND o.user_id = {me})"
)


class ConversationController(TableController):
    repository = ConversationRepository
    exposure = Exposure(
        access=Access(
            read="t.user_id = {me}", write="t.user_id = {me}", owner="user_id", is_owned=True
        ),
        sortable=("updated_at",),
        order="-updated_at",
    )


class MessageController(TableController):
    repository = MessageRepository
    exposure = Exposure(
        access=Access(
            read=IN_OWN_CONVERSATION, write=IN_OWN_CONVERSATION, through="conversation_id"
        )
    )


class TemplateController(TableController):
    repository = TemplateRepository
    exposure = Exposure(access=OWN_OR_SHARED)


ROUTES: list[ControllerRouterHandler] = [
    ConversationController,
    MessageController,
    TemplateController,
    serve_related_page(
        ConversationController, MessageController, "conversation_id", order="created_at"
    ),
]
