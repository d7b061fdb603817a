"""Hears of every change of settings, whoever makes it, on a connection of its own."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Any

from apps.configuration.rules import NOTICES
from apps.configuration.services import configuration
from apps.shared.db.engine import get_engine
from apps.shared.db.repositories import parse_uuid

LONGEST_PAUSE = 1
READ_ANEW_SECONDS = 30
"""Without a word all is read anew: a dead connection is noticed, and behind a pooler that passes no
notices on (PgBouncer's transaction mode) a change is seen by then."""

log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def following() -> AsyncIterator[None]:
    """Meanwhile `configuration()` is what the database says; it begins when that was tried once."""
    tried = asyncio.Event()
    task = asyncio.create_task(_keep_listening(tried))
    try:
        await tried.wait()
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _keep_listening(tried: asyncio.Event) -> None:
    pause = 0.0
    while True:
        heard = asyncio.Event()
        try:
            await _listen(heard, tried)
        except Exception as error:  # Whatever it is, it may be over at the next try.
            pause = 0.05 if heard.is_set() else min(2 * pause + 0.05, LONGEST_PAUSE)
            if not tried.is_set() or heard.is_set():
                reason = type(error).__name__
                log.warning("Changes of settings are not heard of (%s); trying again.", reason)
            tried.set()
            await asyncio.sleep(pause)


async def _listen(heard: asyncio.Event, tried: asyncio.Event) -> None:
    """Until the connection is lost. Raises what asyncpg raises, and TimeoutError."""
    connection = await get_engine().get_new_connection()
    changed = asyncio.Event()

    def hear(_: Any, pid: int, name: str, said: str) -> None:
        if channel_id := parse_uuid(said):
            configuration().forget_channel(channel_id)
        else:
            changed.set()

    try:
        connection.add_termination_listener(lambda _: changed.set())
        await connection.add_listener(NOTICES, hear)
        while True:
            changed.clear()
            await configuration().load(connection)
            if tried.is_set() and not heard.is_set():
                log.info("Changes of settings are heard of again.")
            heard.set()
            tried.set()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), READ_ANEW_SECONDS)
    finally:
        connection.terminate()
