"""What the database refuses of settings, and the sentence a client reads."""

from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from apps.configuration.tables import SENTENCES
from tests.database import execute, insert, value
from tests.factories import make_channel, make_channel_setting, make_setting
from tests.refusals import DOORS, Refusal, Row, assert_allowed, stored

CHANNEL, OTHER_CHANNEL = UUID(int=1), UUID(int=2)
ROWS: dict[str, Row] = {
    "system_configuration": {"key": "free"},
    "channel_configuration": {"channel_id": CHANNEL, "key": "free"},
}
SYSTEM, OF_CHANNEL = ROWS

REFUSED = [
    Refusal("system_configuration_key_key", SYSTEM, {"key": "taken"}),
    Refusal(
        "channel_configuration_channel_id_key_key",
        OF_CHANNEL,
        {"key": "taken"},
        ("channel_id", "key"),
    ),
]
ALLOWED = [
    (SYSTEM, {"key": "Taken"}),
    (OF_CHANNEL, {"key": "taken", "channel_id": OTHER_CHANNEL}),
    (OF_CHANNEL, {"channel_id": OTHER_CHANNEL}),
]
ENCRYPTED = {f"{table}_value_check" for table in ROWS}
"""REST cannot say that a value is encrypted."""


@pytest.fixture(autouse=True)
async def taken() -> None:
    await make_channel(id=CHANNEL)
    await make_channel(id=OTHER_CHANNEL)
    await make_setting(key="taken")
    await make_channel_setting(CHANNEL, key="taken")


def test_every_sentence_has_its_case() -> None:
    assert {case.constraint for case in REFUSED} | ENCRYPTED == set(SENTENCES)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("case", REFUSED, ids=str)
async def test_it_is_refused(client: httpx.AsyncClient, case: Refusal, door: Any) -> None:
    await door(case, ROWS[case.table], SENTENCES[case.constraint], client)


@pytest.mark.parametrize(("table", "changes"), ALLOWED)
async def test_it_is_allowed(client: httpx.AsyncClient, table: str, changes: Row) -> None:
    await assert_allowed(client, table, ROWS[table], changes)


@pytest.mark.parametrize("table", ROWS)
@pytest.mark.parametrize("content", ["1", "{}", '["a"]', "true", "null"])
async def test_an_encrypted_value_is_text(table: str, content: str) -> None:
    row = {**ROWS[table], "value": content}
    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await insert(table, **row, encrypted=True)
    assert refusal.value.constraint_name == f"{table}_value_check"
    assert await insert(table, **row, encrypted=False)
    with pytest.raises(asyncpg.CheckViolationError):
        await execute(f"UPDATE {table} SET encrypted = true WHERE key = 'free'")
    await execute(f"""UPDATE {table} SET value = '"text"', encrypted = true WHERE key = 'free'""")
    with pytest.raises(asyncpg.CheckViolationError):
        await execute(f"UPDATE {table} SET value = $1 WHERE key = 'free'", content)
    assert await value(f"SELECT value FROM {table} WHERE encrypted") == '"text"'


@pytest.mark.parametrize("table", ROWS)
async def test_an_empty_text_is_one(table: str) -> None:
    assert await insert(table, **ROWS[table], value='""', encrypted=True)


@pytest.mark.parametrize("table", ROWS)
async def test_rest_cannot_say_that_a_value_is_encrypted(
    client: httpx.AsyncClient, table: str
) -> None:
    row_id = await insert(table, **ROWS[table])
    before = await stored(table)
    row = {**ROWS[table], "channel_id": str(CHANNEL)} if table == OF_CHANNEL else ROWS[table]
    for answer in (
        await client.post(f"/api/{table}", json={**row, "key": "new", "encrypted": True}),
        await client.patch(f"/api/{table}/{row_id}", json={"encrypted": True}),
    ):
        assert answer.status_code == 400
        assert [fault["field"] for fault in answer.json()["errors"]] == ["encrypted"]
    assert await stored(table) == before
