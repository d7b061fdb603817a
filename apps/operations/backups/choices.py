"""Runtime settings for what is done while no program serves, and maybe with an older database."""

from contextlib import suppress
from typing import TypeVar

import asyncpg

from apps.configuration.definitions import Setting
from apps.configuration.services import get_configuration
from apps.shared.db.engine import get_engine

T = TypeVar("T")


async def chosen(setting: Setting[T]) -> T:
    """What the database says of it counts too, where it has such a table already."""
    with suppress(asyncpg.PostgresError):
        # A refused statement would end the transaction that may be around this one.
        async with get_engine().transaction() as transaction:
            await get_configuration().load(transaction.connection)
    return get_configuration().get(setting)
