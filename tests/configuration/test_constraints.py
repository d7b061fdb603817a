"""What the database refuses of settings, whoever writes."""

from uuid import UUID

import asyncpg
import httpx
import pytest

from apps.configuration.tables import CONSTRAINT_MESSAGES
from tests.database import execute, insert, value
from tests.factories import CIPHERTEXT, make_channel, make_channel_setting, make_setting
from tests.refusals import Refusal, Row, by_plain_sql

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
ENCRYPTED = {f"{table}_encrypted_check" for table in ROWS}


@pytest.fixture(autouse=True)
async def taken() -> None:
    await make_channel(id=CHANNEL)
    await make_channel(id=OTHER_CHANNEL)
    await make_setting(key="taken")
    await make_channel_setting(CHANNEL, key="taken")


def test_every_sentence_has_its_case() -> None:
    assert {case.constraint for case in REFUSED} | ENCRYPTED == set(CONSTRAINT_MESSAGES)


@pytest.mark.parametrize("case", REFUSED, ids=str)
async def test_it_is_refused(client: httpx.AsyncClient, case: Refusal) -> None:
    await by_plain_sql(case, ROWS[case.table], CONSTRAINT_MESSAGES[case.constraint], client)


@pytest.mark.parametrize(("table", "changes"), ALLOWED)
async def test_it_is_allowed(table: str, changes: Row) -> None:
    assert await insert(table, **{**ROWS[table], **changes})


@pytest.mark.parametrize("table", ROWS)
@pytest.mark.parametrize(
    "content",
    [
        *("1", "{}", "true", "null", '""', '"in clear"', f'["{CIPHERTEXT}"]', f'"{CIPHERTEXT}="'),
        *(f'"{CIPHERTEXT}\\n"', f'" {CIPHERTEXT}"', f'"2{CIPHERTEXT[1:]}"'),
    ],
)
async def test_an_encrypted_value_is_ciphertext(table: str, content: str) -> None:
    row = {**ROWS[table], "value": content}
    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await insert(table, **row, encrypted=True)
    assert refusal.value.constraint_name == f"{table}_encrypted_check"
    assert await insert(table, **row, encrypted=False)
    with pytest.raises(asyncpg.CheckViolationError):
        await execute(f"UPDATE {table} SET encrypted = true WHERE key = 'free'")
    good = f'"{CIPHERTEXT}"'
    await execute(f"UPDATE {table} SET value = $1, encrypted = true WHERE key = 'free'", good)
    with pytest.raises(asyncpg.CheckViolationError):
        await execute(f"UPDATE {table} SET value = $1 WHERE key = 'free'", content)
    assert await value(f"SELECT value FROM {table} WHERE encrypted") == good
