"""A new message moves its conversation, and no other: `trigger_update_conversation`."""

from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

import piccolo_conf
from apps.conversations.tables import Message
from tests.database import execute, fetch
from tests.factories import make_conversation, make_message


async def make_conversations(number: int) -> list[UUID]:
    return [UUID(str((await make_conversation()).id)) for _ in range(number)]


async def times() -> dict[UUID, datetime]:
    rows = await fetch("SELECT id, updated_at FROM conversations")
    return {UUID(str(row["id"])): row["updated_at"] for row in rows}


async def moved(before: dict[UUID, datetime]) -> set[UUID]:
    after = await times()
    assert after.keys() == before.keys()
    assert all(after[row_id] >= before[row_id] for row_id in after)
    return {row_id for row_id in after if after[row_id] > before[row_id]}


async def test_it_is_a_trigger_of_the_database() -> None:
    query = (
        "SELECT tgrelid::regclass::text AS name, tgenabled::text AS enabled FROM pg_trigger "
        "WHERE tgname = 'trigger_update_conversation'"
    )
    assert await fetch(query) == [{"name": "messages", "enabled": "O"}]


@pytest.mark.parametrize("door", ["sql", "piccolo", "rest"])
async def test_a_message_updates_its_conversation(client: httpx.AsyncClient, door: str) -> None:
    first, second = await make_conversations(2)
    await make_message(second)
    before = await times()
    if door == "sql":
        query = "INSERT INTO messages (conversation_id, role, content) VALUES ($1, 'user', 'Hi')"
        await execute(query, first)
    elif door == "piccolo":
        await make_message(first)
    else:
        body = {"conversation_id": str(first), "role": "user", "content": "Hi"}
        answer = await client.post("/api/messages", json=body)
        assert answer.status_code == 201
        found = (await client.get(f"/api/conversations/{first}")).json()
        assert found["updated_at"] == answer.json()["created_at"]
    assert await moved(before) == {first}


@pytest.mark.parametrize("door", ["insert", "piccolo", "copy"])
async def test_many_messages_update_exactly_their_conversations(door: str) -> None:
    ids = await make_conversations(4)
    rows = [(row_id, "user", f"Message {n}") for n in range(30) for row_id in ids[:3]]
    before = await times()
    columns = ("conversation_id", "role", "content")
    async with piccolo_conf.DB.connection() as connection:
        if door == "copy":
            await connection.copy_records_to_table("messages", records=rows, columns=columns)
        elif door == "piccolo":
            values: list[dict[str, Any]] = [dict(zip(columns, row, strict=True)) for row in rows]
            await Message.insert(*(Message(**each) for each in values))
        else:
            query = (
                "INSERT INTO messages (conversation_id, role, content) "
                "SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[])"
            )
            await connection.execute(query, *map(list, zip(*rows, strict=True)))
    assert await moved(before) == set(ids[:3])
    assert (
        len(set((await times()).values()) - set(before.values())) == 1
    )  # One statement, one time.


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO messages (conversation_id, role, content) "
        "SELECT conversation_id, role, content FROM messages WHERE false",
        "INSERT INTO messages (id, conversation_id, role, content) "
        "SELECT id, conversation_id, role, content FROM messages ON CONFLICT DO NOTHING",
        "INSERT INTO messages (conversation_id, role, content) "
        "SELECT conversation_id, 'nobody', content FROM messages",
    ],
    ids=["no row", "a conflict", "a refusal"],
)
async def test_without_a_new_message_nothing_moves(statement: str) -> None:
    await make_message()
    before = await times()
    if "nobody" in statement:
        with pytest.raises(Exception, match="messages_role_check"):
            await execute(statement)
    else:
        assert await execute(statement) == "INSERT 0 0"
    assert await moved(before) == set()


async def test_the_one_that_was_written_to_last_comes_first() -> None:
    ids = await make_conversations(3)
    for place in (1, 2, 0, 1):
        await make_message(ids[place])
    rows = await fetch("SELECT id FROM conversations ORDER BY updated_at DESC")
    assert [UUID(str(row["id"])) for row in rows] == [ids[1], ids[0], ids[2]]


async def test_the_conversation_of_a_message_stays_as_it_was_but_for_its_time() -> None:
    (row_id,) = await make_conversations(1)
    query = "SELECT id, user_id, title, created_at FROM conversations"
    before = await fetch(query)
    await make_message(row_id)
    assert await fetch(query) == before
