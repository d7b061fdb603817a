"""Reads settings while no server is running, possibly from an older database."""

from contextlib import suppress
from typing import TypeVar

import asyncpg

from apps.configuration.definitions import Setting
from apps.configuration.services import get_configuration
from apps.shared.db.engine import get_engine

T = TypeVar("T")


async def read_setting(setting: Setting[T]) -> T:
    """Includes the database's value, if it already has the table."""
    with suppress(asyncpg.PostgresError):
        # A nested transaction: a failing statement must not abort one around it.
        async with get_engine().transaction() as transaction:
            await get_configuration().load(transaction.connection)
    return get_configuration().get(setting)
