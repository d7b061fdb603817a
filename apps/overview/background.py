"""Keeps the figures young while the program runs."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from datetime import timedelta

from apps.configuration.registry import OVERVIEW_MINUTES
from apps.configuration.services import configuration
from apps.overview.services import BeingMeasured, is_newer, own_connection, refresh, time_taken
from apps.shared.db.errors import translate_error
from apps.shared.db.migrations import count_pending_migrations

START_SECONDS = 2
"""A program that has just started has others waiting for it."""
LOOK_SECONDS = 20
"""How often it is asked whether the time has come."""
REST = 20
"""Times as long as a look through the library took, nothing is measured: with a million videos it
takes minutes, and others use the disk as well."""

log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def measuring() -> AsyncIterator[None]:
    """Meanwhile the library is looked through every OVERVIEW_MINUTES, by one process of all."""
    task = asyncio.create_task(_keep_measuring())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _keep_measuring() -> None:
    told = ""
    await asyncio.sleep(START_SECONDS)
    while True:
        try:
            await refresh_when_due()
            told = ""
        except Exception as error:  # Whatever it is, it may be over at the next try.
            reason = type(error).__name__
            if reason != told:
                known = translate_error(error)
                log.warning("The library is not looked through (%s).", reason, exc_info=not known)
            told = reason
        await asyncio.sleep(LOOK_SECONDS)


async def refresh_when_due() -> None:
    """Raises what asyncpg raises."""
    if await count_pending_migrations():
        return
    async with own_connection() as connection:
        age = timedelta(minutes=configuration().get(OVERVIEW_MINUTES))
        age = max(age, REST * await time_taken(connection))
        if await is_newer(age, connection):
            return
    with contextlib.suppress(BeingMeasured):
        await refresh(age)
