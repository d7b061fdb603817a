"""Settings over REST: values of any JSON kind, and encrypted ones that are never shown."""

import asyncio
import json
from typing import Any

import httpx
import pytest

import piccolo_conf
from apps.accounts.tables import Session
from tests.database import fetch, insert, value
from tests.factories import make_channel, make_user

SECRET = '"gAAAAABo-ciphertext"'
REFUSED = "This value is encrypted: it cannot be replaced by one in clear."
every_table = pytest.mark.parametrize("table", ["system_configuration", "channel_configuration"])


async def owner(table: str) -> dict[str, Any]:
    return {"channel_id": (await make_channel()).id} if table == "channel_configuration" else {}


async def make_encrypted(table: str) -> dict[str, Any]:
    """The row as plain SQL has it; REST cannot make one."""
    await insert(table, key="token", value=SECRET, encrypted=True, **await owner(table))
    (row,) = await fetch(f"SELECT * FROM {table}")
    return row


@every_table
@pytest.mark.parametrize(
    "content", [None, True, 0, -1.5, 2**60, "", "text", [], [1, None], {}, {"a": {"b": []}}]
)
async def test_a_value_is_json_of_any_kind(
    client: httpx.AsyncClient, table: str, content: Any
) -> None:
    body = {name: str(key) for name, key in (await owner(table)).items()}
    body |= {"key": "any", "value": content}
    made = await client.post(f"/api/{table}", json=body)
    assert made.status_code == 201, made.text
    assert (made.json()["value"], made.json()["encrypted"]) == (content, False)
    path = f"/api/{table}/{made.json()['id']}"
    assert (await client.patch(path, json={"value": "else"})).json()["value"] == "else"
    assert (await client.patch(path, json={"value": content})).json()["value"] == content
    assert (await client.get(path)).json()["value"] == content
    assert await value(f"SELECT value::text FROM {table}") == json.dumps(content)


@every_table
async def test_an_encrypted_value_is_in_no_answer(client: httpx.AsyncClient, table: str) -> None:
    row = await make_encrypted(table)
    path = f"/api/{table}/{row['id']}"
    answers = [
        await client.get(path),
        await client.get(f"/api/{table}"),
        await client.patch(path, json={}),
        await client.patch(path, json={"key": "renamed"}),
    ]
    if table == "channel_configuration":
        answers.append(await client.get(f"/api/channels/{row['channel_id']}/configuration"))
    for answer in answers:
        assert answer.status_code == 200
        assert "ciphertext" not in answer.text
        (shown,) = answer.json().get("items", [answer.json()])
        assert (shown["value"], shown["encrypted"]) == (None, True)
    assert await value(f"SELECT value::text FROM {table}") == SECRET


@every_table
@pytest.mark.parametrize("content", [None, "clear", {}])
async def test_an_encrypted_value_is_not_replaced(
    client: httpx.AsyncClient, table: str, content: Any
) -> None:
    row = await make_encrypted(table)
    body = {"key": "renamed", "value": content}
    answer = await client.patch(f"/api/{table}/{row['id']}", json=body)
    assert answer.status_code == 409
    assert answer.json()["detail"] == REFUSED
    assert answer.json()["errors"] == [{"field": "value", "message": REFUSED}]
    assert await fetch(f"SELECT * FROM {table}") == [row]


@every_table
async def test_a_value_that_is_being_encrypted_is_not_replaced(
    client: httpx.AsyncClient, table: str
) -> None:
    """Somebody else encrypts it while the change waits for the row."""
    key = await insert(table, key="token", value='"clear"', **await owner(table))
    async with piccolo_conf.DB.connection() as connection, connection.transaction():
        await connection.execute(f"UPDATE {table} SET value = $1, encrypted = TRUE", SECRET)
        change = asyncio.create_task(client.patch(f"/api/{table}/{key}", json={"value": "mine"}))
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while not change.done() and not await value(waiting):
            await asyncio.sleep(0)
    assert (await change).status_code == 409
    assert await value(f"SELECT value::text FROM {table}") == SECRET


@every_table
@pytest.mark.parametrize("is_encrypted", [True, False])
async def test_encrypted_cannot_be_sent(
    client: httpx.AsyncClient, table: str, is_encrypted: bool
) -> None:
    row = await make_encrypted(table)
    body = {name: str(key) for name, key in (await owner(table)).items()}
    sent = {"encrypted": is_encrypted}
    for answer in (
        await client.post(f"/api/{table}", json={**body, "key": "other", "value": "v", **sent}),
        await client.patch(f"/api/{table}/{row['id']}", json=sent),
    ):
        assert answer.status_code == 400
        assert [fault["field"] for fault in answer.json()["errors"]] == ["encrypted"]
    assert await fetch(f"SELECT * FROM {table}") == [row]


@every_table
async def test_a_change_of_no_setting(client: httpx.AsyncClient, table: str) -> None:
    nobody = "01a1fbfc-6be2-7516-a40a-b5ebd5063e58"
    answer = await client.patch(f"/api/{table}/{nobody}", json={"value": 1})
    assert answer.status_code == 404
    noun = "setting" if table == "system_configuration" else "channel setting"
    assert answer.json()["detail"] == f"There is no {noun} {nobody}."


@pytest.mark.parametrize("table", ["system_configuration", "channel_configuration"])
async def test_who_may_not_change_a_value_is_not_told_that_it_is_encrypted(
    anonymous: httpx.AsyncClient, table: str
) -> None:
    session = await Session.create_session((await make_user()).id)
    headers = {"Authorization": f"Bearer {session.token}"}
    encrypted = (await make_encrypted(table))["id"]
    clear = await insert(table, **{**await owner(table), "key": "clear", "value": "1"})
    answers = [
        await anonymous.patch(f"/api/{table}/{key}", json={"value": 2}, headers=headers)
        for key in (encrypted, clear)
    ]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].json() == answers[1].json()
