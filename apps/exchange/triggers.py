"""Disables triggers that derive values during an import, which brings these values itself."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def disable_triggers(connection: Any, table: str, *triggers: str) -> AsyncIterator[None]:
    """In the caller's transaction, until whose end other writers of the table have to wait.

    Requires ownership of the table. Undone at the end of the block, or with the transaction.
    """
    await _alter_triggers(connection, table, triggers, "DISABLE")
    yield
    await _alter_triggers(connection, table, triggers, "ENABLE")


async def _alter_triggers(connection: Any, table: str, triggers: Sequence[str], verb: str) -> None:
    for trigger in triggers:
        await connection.execute(f'ALTER TABLE "{table}" {verb} TRIGGER "{trigger}"')
