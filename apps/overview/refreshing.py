"""Refreshes the overview periodically while the program runs."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from datetime import timedelta

from apps.configuration.registry import OVERVIEW_MINUTES
from apps.configuration.services import get_configuration
from apps.overview.services import (
    AlreadyRefreshing,
    dedicated_connection,
    get_refresh_duration,
    is_up_to_date,
    refresh_overview,
)
from apps.shared.db.errors import translate_error
from apps.shared.db.migrations import count_pending_migrations

START_SECONDS = 2
"""A program that has just started has more urgent work."""
CHECK_SECONDS = 20
"""How often to check whether a refresh is due."""
REST_FACTOR = 20
"""The minimum time between refreshes, as a multiple of the last one's duration: with a million
videos a refresh takes minutes, and others use the disk, too."""

log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def refresh_periodically() -> AsyncIterator[None]:
    """Refreshes the overview every OVERVIEW_MINUTES, in one of all processes."""
    task = asyncio.create_task(_keep_refreshing())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _keep_refreshing() -> None:
    last_reason = ""
    await asyncio.sleep(START_SECONDS)
    while True:
        try:
            await refresh_when_due()
            last_reason = ""
        except Exception as error:  # Whatever it is, the next try may succeed.
            reason = type(error).__name__
            if reason != last_reason:
                known = translate_error(error)
                log.warning("The overview could not be refreshed (%s).", reason, exc_info=not known)
            last_reason = reason
        await asyncio.sleep(CHECK_SECONDS)


async def refresh_when_due() -> None:
    """Raises what asyncpg raises while the database is down."""
    if await count_pending_migrations():
        return
    async with dedicated_connection() as connection:
        age = timedelta(minutes=get_configuration().get(OVERVIEW_MINUTES))
        age = max(age, REST_FACTOR * await get_refresh_duration(connection))
        if await is_up_to_date(age, connection):
            return
    with contextlib.suppress(AlreadyRefreshing):
        await refresh_overview(age)
