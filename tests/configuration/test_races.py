"""Two who set the same value at once."""

import asyncio
from contextvars import Context

import pytest

import piccolo_conf
from apps.configuration.repositories import (
    ChannelConfigurationRepository,
    SystemConfigurationRepository,
)
from apps.shared.errors import Conflict
from tests.database import fetch, until_others_wait, value
from tests.factories import CIPHERTEXT, make_channel

system, channels = SystemConfigurationRepository(), ChannelConfigurationRepository()


async def test_fifty_at_once_make_one_row() -> None:
    made = await asyncio.gather(*[system.set_value("key", number) for number in range(50)])
    assert len({row.id for row in made}) == 1
    rows = await fetch("SELECT value::text FROM system_configuration")
    assert len(rows) == 1
    assert await system.get_value("key") in range(50)


@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize("ends_well", [True, False])
async def test_the_second_waits_and_has_the_last_word(is_there: bool, ends_well: bool) -> None:
    channel = await make_channel()
    if is_there:
        await channels.set_value(channel.id, "key", "at first")
    async with piccolo_conf.DB.transaction() as transaction:
        first = await channels.set_value(channel.id, "key", "the first")
        second = asyncio.create_task(
            channels.set_value(channel.id, "key", "the second"), context=Context()
        )
        await until_others_wait()
        assert not second.done()
        if not ends_well:
            await transaction.rollback()
    assert ((await second).id == first.id) is (is_there or ends_well)
    assert await channels.get_value(channel.id, "key") == "the second"
    assert await value("SELECT count(*) FROM channel_configuration") == 1


@pytest.mark.parametrize("place", ["system", "channel"])
@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize("ends_well", [True, False])
async def test_a_value_in_clear_waits_for_one_that_is_encrypted(
    place: str, is_there: bool, ends_well: bool
) -> None:
    channel_id = (await make_channel()).id

    async def set_value(new: str, encrypted: bool = False) -> None:
        if place == "system":
            await system.set_value("key", new, encrypted=encrypted)
        else:
            await channels.set_value(channel_id, "key", new, encrypted=encrypted)

    if is_there:
        await set_value("at first")
    async with piccolo_conf.DB.transaction() as transaction:
        await set_value(CIPHERTEXT, encrypted=True)
        second = asyncio.create_task(set_value("clear"), context=Context())
        await until_others_wait()
        if not ends_well:
            await transaction.rollback()
    if ends_well:
        with pytest.raises(Conflict, match="This value is encrypted"):
            await second
    else:
        await second
    rows = await fetch(f"SELECT key, value::text, encrypted FROM {place}_configuration")
    kept = (f'"{CIPHERTEXT}"', True) if ends_well else ('"clear"', False)
    assert [(row["value"], row["encrypted"]) for row in rows] == [kept]
