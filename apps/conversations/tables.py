"""Conversations about videos, and the templates for what is written from them."""

from enum import StrEnum

from piccolo.columns import JSONB, Boolean, ForeignKey, OnDelete, Text, Varchar
from piccolo.columns.readable import Readable
from piccolo.constraints import Unique

from apps.accounts.tables import User
from apps.audit.rules import audited
from apps.shared.db.tables import ChangingRecord, Sql, example_id, index, keeps_updated_at, one_of

CONSTRAINT_MESSAGES = {
    "messages_role_check": "A message must be from the user, the assistant or the system.",
    "templates_template_type_check": "A template must be for linkedin, twitter, blog or email.",
    "templates_user_id_template_type_template_name_key": "A template of this type with this "
    "name already exists.",
}


class Role(StrEnum):
    user = "user"
    assistant = "assistant"
    system = "system"


class TemplateType(StrEnum):
    linkedin = "linkedin"
    twitter = "twitter"
    blog = "blog"
    email = "email"


class Conversation(ChangingRecord, tablename="conversations"):
    """One user's conversation. A new message updates `updated_at`."""

    example = {"title": "What is a fog signal?"}
    example_change = {"title": "How does a fog signal work?"}

    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False)
    title = Varchar(length=500, null=True, default=None)

    # The first column also serves the foreign key.
    extras = (
        index("conversations", "user_id_updated_at", "user_id, updated_at DESC"),
        keeps_updated_at("conversations"),
        audited("conversations"),
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s (%s)", columns=[cls.title, cls.updated_at])


# Once per statement, however many messages it inserts; in order, to avoid deadlocks.
TOUCH_CONVERSATION = Sql(
    """\
CREATE FUNCTION update_conversation_timestamp() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE conversations SET updated_at = now() WHERE id IN (
        SELECT id FROM conversations WHERE id IN (SELECT conversation_id FROM new_messages)
        ORDER BY id FOR NO KEY UPDATE);
    RETURN NULL;
END
$$;
CREATE TRIGGER trigger_update_conversation AFTER INSERT ON messages
REFERENCING NEW TABLE AS new_messages FOR EACH STATEMENT
EXECUTE FUNCTION update_conversation_timestamp()""",
    "DROP TRIGGER trigger_update_conversation ON messages;"
    " DROP FUNCTION update_conversation_timestamp()",
)


class Message(ChangingRecord, tablename="messages"):
    example = {
        "conversation_id": example_id("conversations"),
        "role": "user",
        "content": "What is a fog signal, and why was it taken apart?",
    }
    example_change = {"content": "How does a fog signal work?"}

    conversation_id = ForeignKey(Conversation, on_delete=OnDelete.cascade, null=False)
    role = Varchar(length=50, choices=Role, default=None, help_text="Who wrote it.")
    content = Text(default=None)
    metadata = JSONB(default={}, help_text="Other metadata, as a JSON object.")

    messages_role_check = one_of("role", Role)

    # Importing a whole library must not touch its conversations.
    bypassed_triggers = ("trigger_update_conversation",)

    # The first column also serves the foreign key.
    extras = (
        index("messages", "conversation_id_created_at", "conversation_id, created_at, id"),
        index("messages", "metadata", "metadata jsonb_path_ops", using="gin"),
        TOUCH_CONVERSATION,
        keeps_updated_at("messages"),
        audited("messages"),
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s: %s", columns=[cls.role, cls.content])


class Template(ChangingRecord, tablename="templates"):
    """The text of a post or an email, with placeholders for `variables`."""

    example = {
        "template_type": "linkedin",
        "template_name": "Short and plain",
        "template_content": "{title}: {summary}",
        "variables": ["title", "summary"],
    }
    example_change = {"is_default": True}

    user_id = ForeignKey(
        User,
        on_delete=OnDelete.cascade,
        null=True,
        help_text="The owner; empty if shared with everybody.",
    )
    template_type = Varchar(
        length=50, choices=TemplateType, default=None, help_text="What it is for."
    )
    template_name = Varchar(length=255, default=None)
    template_content = Text(
        default=None, help_text="The text, with placeholders for the variables."
    )
    variables = JSONB(default=[], help_text="The names of the placeholders.")
    is_default = Boolean(default=False, help_text="Used when no template is chosen.")

    # The first column also serves the foreign key.
    templates_user_id_template_type_template_name_key = Unique(
        [user_id, template_type, template_name], nulls_distinct=False
    )
    templates_template_type_check = one_of("template_type", TemplateType)

    extras = (
        index("templates", "template_type_is_default", "template_type, is_default"),
        keeps_updated_at("templates"),
        audited("templates"),
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s: %s", columns=[cls.template_type, cls.template_name])
