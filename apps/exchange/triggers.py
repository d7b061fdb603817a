"""Triggers that move other values when a row comes in: an import brings these values itself."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def silent(connection: Any, table: str, *triggers: str) -> AsyncIterator[None]:
    """Within the caller's transaction; until it ends, others wait before they write the table.

    The table's owner may do this. It is undone at the end of the block, or with the transaction.
    """
    await _switch(connection, table, triggers, "DISABLE")
    yield
    await _switch(connection, table, triggers, "ENABLE")


async def _switch(connection: Any, table: str, triggers: Sequence[str], verb: str) -> None:
    for trigger in triggers:
        await connection.execute(f'ALTER TABLE "{table}" {verb} TRIGGER "{trigger}"')
