"""Which messages are shown, in which order, and which template is used."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

import piccolo_conf
from apps.conversations.repositories import (
    ConversationRepository,
    MessageRepository,
    TemplateRepository,
)
from apps.conversations.tables import Message, Template
from apps.shared.db.errors import translate_error
from apps.shared.errors import Conflict
from tests.database import insert
from tests.factories import make_conversation, make_message, make_template, make_user

conversations, messages, templates = (
    ConversationRepository(),
    MessageRepository(),
    TemplateRepository(),
)

PLACES = [(50, 0), (2, 0), (2, 2), (2, 4), (1, 3), (50, 5), (50, 99), (0, 0)]


def said(found: list[Message]) -> list[str]:
    return [message.content for message in found]


async def talk(contents: str) -> Any:
    """A conversation of these messages, with another beside it."""
    conversation, other = await make_conversation(), await make_conversation()
    for content in contents:
        await make_message(conversation.id, content=content)
        await make_message(other.id, content="of another conversation")
    return conversation.id


@pytest.mark.parametrize(("limit", "offset"), PLACES)
async def test_a_conversations_messages_in_reading_order(limit: int, offset: int) -> None:
    conversation = await talk("abcde")
    found = await messages.list_by_conversation(conversation, limit=limit, offset=offset)
    assert said(found) == list("abcde"[offset : offset + limit])


@pytest.mark.parametrize("n", [0, 1, 3, 4, 5, 6, 100])
async def test_the_last_messages_in_reading_order(n: int) -> None:
    conversation = await talk("abcde")
    assert said(await messages.get_last_n(conversation, n)) == list("abcde")[max(0, 5 - n) :]


async def test_no_conversation_has_no_messages() -> None:
    await talk("ab")
    assert await messages.get_last_n(uuid4(), 5) == []
    assert await messages.list_by_conversation(uuid4()) == []


async def test_fifty_messages_unless_told_otherwise() -> None:
    conversation = await make_conversation()
    await Message.insert(
        *[Message(conversation_id=conversation.id, role="user", content=str(n)) for n in range(51)]
    )
    assert len(await messages.list_by_conversation(conversation.id)) == 50


async def test_messages_of_the_same_instant_stay_in_the_order_they_were_made_in() -> None:
    conversation = await make_conversation()
    async with piccolo_conf.DB.transaction():
        for content in "abcdef":
            await insert("messages", conversation_id=conversation.id, role="user", content=content)
    found = await messages.list_by_conversation(conversation.id)
    assert len({message.created_at for message in found}) == 1
    assert said(found) == list("abcdef")
    assert said(await messages.get_last_n(conversation.id, 4)) == list("cdef")
    found = await messages.list_by_conversation(conversation.id, limit=2, offset=3)
    assert said(found) == list("de")


async def test_an_older_time_comes_first_whenever_it_was_written() -> None:
    conversation = await talk("bc")
    earlier = datetime.now(UTC) - timedelta(days=1)
    await make_message(conversation, content="a", created_at=earlier)
    assert said(await messages.list_by_conversation(conversation)) == list("abc")
    assert said(await messages.get_last_n(conversation, 2)) == list("bc")


@pytest.mark.parametrize(("limit", "offset"), PLACES)
async def test_a_users_conversations_newest_message_first(limit: int, offset: int) -> None:
    user = await make_user()
    made = {title: await make_conversation(user.id, title=title) for title in "edcba"}
    await make_conversation(title="of another")
    await make_message(made["c"].id)
    found = await conversations.list_by_user(user.id, limit=limit, offset=offset)
    assert [row.title for row in found] == list("cabde"[offset : offset + limit])
    assert await conversations.list_by_user(uuid4(), limit=limit, offset=offset) == []


async def test_conversations_of_the_same_instant_newest_first() -> None:
    user = await make_user()
    async with piccolo_conf.DB.transaction():
        made = [await insert("conversations", user_id=user.id) for _ in range(4)]
    assert [row.id for row in await conversations.list_by_user(user.id)] == made[::-1]


OWN, OTHERS, SHARED = "own", "others", "shared"

CHOICES: list[tuple[list[tuple[str, dict[str, Any]]], int | None]] = [
    ([], None),
    ([(SHARED, {"is_default": True})], 0),
    ([(SHARED, {})], None),
    ([(SHARED, {}), (SHARED, {"is_default": True}), (SHARED, {})], 1),
    ([(SHARED, {"is_default": True}), (SHARED, {"is_default": True})], 1),
    ([(OWN, {})], 0),
    ([(OWN, {}), (SHARED, {"is_default": True})], 0),
    ([(SHARED, {"is_default": True}), (OWN, {}), (SHARED, {"is_default": True})], 1),
    ([(OWN, {}), (OWN, {})], 1),
    ([(OWN, {"is_default": True}), (OWN, {})], 0),
    ([(OWN, {"is_default": True}), (OWN, {"is_default": True}), (OWN, {})], 1),
    ([(OTHERS, {}), (OTHERS, {"is_default": True})], None),
    ([(OTHERS, {"is_default": True}), (SHARED, {"is_default": True})], 1),
    ([(OTHERS, {"is_default": True}), (OWN, {})], 1),
    ([(OWN, {"template_type": "email", "is_default": True})], None),
    ([(OWN, {"template_type": "email"}), (SHARED, {"is_default": True})], 1),
    ([(SHARED, {"template_type": "email", "is_default": True}), (SHARED, {})], None),
]
"""Templates in the order they are made, and which of them is used for a blog."""


@pytest.mark.parametrize(("made", "chosen"), CHOICES)
async def test_the_template_that_is_used(
    made: list[tuple[str, dict[str, Any]]], chosen: int | None, queries: list[str]
) -> None:
    me = (await make_user()).id
    users = {OWN: me, OTHERS: (await make_user()).id, SHARED: None}
    rows = [await make_template(user_id=users[whose], **values) for whose, values in made]
    queries.clear()
    found = await templates.get_template(me, "blog")
    assert (found and found.id) == (None if chosen is None else rows[chosen].id)
    assert len(queries) == 1


async def test_a_template_is_made_for_one_user_or_for_everybody() -> None:
    user = await make_user()
    own = await templates.create_template(
        user.id, "blog", "Mine", "Dear {name}", variables=["name"], is_default=True
    )
    assert isinstance(own, Template)
    assert (own.user_id, own.template_type, own.template_name) == (user.id, "blog", "Mine")
    assert (own.template_content, own.is_default) == ("Dear {name}", True)
    assert own.to_dict() == (await templates.get(own.id)).to_dict()
    shared = await templates.create_template(None, "blog", "Mine", "Hello")
    assert (shared.user_id, shared.is_default, shared.variables) == (None, False, "[]")


@pytest.mark.parametrize("is_shared", [True, False])
async def test_two_at_once_make_one_template_of_a_name(is_shared: bool) -> None:
    user_id = None if is_shared else (await make_user()).id
    answers = await asyncio.gather(
        *[templates.create_template(user_id, "blog", "Same", str(n)) for n in range(4)],
        return_exceptions=True,
    )
    refused = [answer for answer in answers if not isinstance(answer, Template)]
    assert len(refused) == 3
    for error in refused:
        assert isinstance(error, asyncpg.UniqueViolationError)
        assert isinstance(translate_error(error), Conflict)
    assert await Template.count() == 1
