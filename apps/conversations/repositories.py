from typing import Any
from uuid import UUID

from apps.conversations.tables import Conversation, Message, Template
from apps.shared.db.repositories import Repository


class ConversationRepository(Repository[Conversation]):
    table = Conversation

    async def list_by_user(
        self, user_id: UUID, *, limit: int = 50, offset: int = 0
    ) -> list[Conversation]:
        """Most recently updated first."""
        return (
            await Conversation.objects()
            .where(Conversation.user_id == user_id)
            .order_by(Conversation.updated_at, Conversation.id, ascending=False)
            .limit(limit)
            .offset(offset)
        )


class MessageRepository(Repository[Message]):
    table = Message

    async def list_by_conversation(
        self, conversation_id: UUID, *, limit: int = 50, offset: int = 0
    ) -> list[Message]:
        """In reading order."""
        return (
            await Message.objects()
            .where(Message.conversation_id == conversation_id)
            .order_by(Message.created_at, Message.id)
            .limit(limit)
            .offset(offset)
        )

    async def get_last_n(self, conversation_id: UUID, n: int) -> list[Message]:
        """The newest `n`, in reading order."""
        newest: list[Message] = (
            await Message.objects()
            .where(Message.conversation_id == conversation_id)
            .order_by(Message.created_at, Message.id, ascending=False)
            .limit(n)
        )
        return newest[::-1]


class TemplateRepository(Repository[Template]):
    table = Template

    async def get_template(self, user_id: UUID, template_type: str) -> Template | None:
        """The user's own template, preferring their default, or else the shared default.

        The newest if there are several.
        """
        shared = Template.user_id.is_null() & (Template.is_default.eq(True))
        return (
            await Template.objects()
            .where(Template.template_type == template_type, (Template.user_id == user_id) | shared)
            .order_by(Template.user_id)  # Nulls come last.
            .order_by(Template.is_default, Template.id, ascending=False)
            .first()
        )

    async def create_template(
        self,
        user_id: UUID | None,
        template_type: str,
        template_name: str,
        template_content: str,
        **values: Any,
    ) -> Template:
        """Shared with everybody if `user_id` is None."""
        return await self.create(
            user_id=user_id,
            template_type=template_type,
            template_name=template_name,
            template_content=template_content,
            **values,
        )
