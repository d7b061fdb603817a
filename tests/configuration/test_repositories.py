"""Settings are read and replaced by their key."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from apps.configuration.repositories import (
    ChannelConfigurationRepository,
    SystemConfigurationRepository,
)
from apps.shared.db.errors import translate_error
from apps.shared.errors import Conflict, Invalid
from tests.database import fetch, value
from tests.factories import CIPHERTEXT, make_channel

system, channels = SystemConfigurationRepository(), ChannelConfigurationRepository()

OTHER = CIPHERTEXT.replace("t", "T")
REFUSED = "This value is encrypted. Unset it before you set an unencrypted one."
Bound = tuple[Callable[..., Awaitable[Any]], Callable[..., Awaitable[Any]], str]

VALUES = [
    *(None, True, False, 0, -1, 2.5, 2**53, "", "text", "null", '"quoted" \\ 日本語 \n'),
    *([], {}, [None, [1, {"a": []}]], {"a": {"b": [1, None, {"c": "d"}]}, "": False}),
]


@pytest.fixture(params=["system", "channel"])
async def bound(request: pytest.FixtureRequest) -> Bound:
    """get_value and set_value of one place, and its table; beside it are others' values."""
    await system.set_value("other", "of the system")
    first, second = await make_channel(), await make_channel()
    await channels.set_value(second.id, "key", "of another channel")
    if request.param == "system":
        await channels.set_value(first.id, "key", "of a channel")
        return system.get_value, system.set_value, "system_configuration"
    await system.set_value("key", "of the system")

    async def get_value(key: str) -> Any:
        return await channels.get_value(first.id, key)

    async def set_value(key: str, new: Any, **options: Any) -> Any:
        return await channels.set_value(first.id, key, new, **options)

    return get_value, set_value, "channel_configuration"


@pytest.mark.parametrize("new", VALUES, ids=repr)
async def test_json_of_any_kind_comes_back(bound: Bound, new: Any) -> None:
    get_value, set_value, _ = bound
    await set_value("key", new)
    found = await get_value("key")
    assert found == new
    assert type(found) is type(new)


async def test_an_unknown_key_has_no_value(bound: Bound) -> None:
    get_value, set_value, _ = bound
    assert await get_value("key") is None
    await set_value("key", 1)
    for unknown in ("Key", "key ", "", "ke"):
        assert await get_value(unknown) is None


async def test_setting_again_replaces_the_same_row(bound: Bound, queries: list[str]) -> None:
    get_value, set_value, table = bound
    others = await fetch(f"SELECT * FROM {table} ORDER BY id")
    first = await set_value("key", {"a": 1, "b": 2})
    queries.clear()
    second = await set_value("key", {"a": 3})
    assert len(queries) == 1
    assert (second.id, second.created_at) == (first.id, first.created_at)
    assert second.updated_at > first.updated_at
    assert await get_value("key") == {"a": 3}
    same = await set_value("key", {"a": 3})
    assert same.to_dict() == second.to_dict()
    rows = await fetch(f"SELECT * FROM {table} ORDER BY id")
    assert rows[:-1] == others
    assert rows[-1] == second.to_dict()


async def test_a_value_is_encrypted_when_set_so(bound: Bound) -> None:
    get_value, set_value, table = bound
    for encrypted, new in [(False, "clear"), (True, CIPHERTEXT), (True, OTHER)]:
        assert (await set_value("key", new, encrypted=encrypted)).encrypted is encrypted
        assert await get_value("key") == new
    with pytest.raises(Conflict) as conflict:
        await set_value("key", "clear")
    assert conflict.value.fields == {"value": REFUSED}
    with pytest.raises(asyncpg.CheckViolationError) as raised:
        await set_value("key", {"not": "text"}, encrypted=True)
    assert raised.value.constraint_name == f"{table}_encrypted_check"
    refused = translate_error(raised.value)
    assert isinstance(refused, Invalid)
    assert refused.message == "An encrypted value must be ciphertext."
    assert await get_value("key") == OTHER


@pytest.mark.parametrize("new", ["clear", None, CIPHERTEXT])
async def test_a_value_in_clear_does_not_take_an_encrypted_ones_place(
    bound: Bound, new: Any
) -> None:
    get_value, set_value, table = bound
    await set_value("key", CIPHERTEXT, encrypted=True)
    before = await fetch(f"SELECT * FROM {table} ORDER BY id")
    with pytest.raises(Conflict) as raised:
        await set_value("key", new)
    assert raised.value.fields == {"value": raised.value.message}
    assert raised.value.message == REFUSED
    assert await fetch(f"SELECT * FROM {table} ORDER BY id") == before
    assert (await set_value("beside", new)).encrypted is False
    assert await get_value("beside") == new


async def test_a_description_stays_until_another_is_given() -> None:
    assert (await system.set_value("key", 1)).description is None
    assert (await system.set_value("key", 2, "What it is for.")).description == "What it is for."
    assert (await system.set_value("key", 3)).description == "What it is for."
    assert (await system.set_value("key", 4, "Something else.")).description == "Something else."
    assert await value("SELECT count(*) FROM system_configuration") == 1


async def test_a_channel_that_is_not_there_has_no_settings() -> None:
    gone = uuid4()
    assert await channels.get_value(gone, "key") is None
    with pytest.raises(asyncpg.ForeignKeyViolationError) as raised:
        await channels.set_value(gone, "key", 1)
    refused = translate_error(raised.value)
    assert isinstance(refused, Invalid)
    assert refused.fields == {"channel_id": "No such channel."}
