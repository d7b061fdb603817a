"""Listens for changes of settings, whoever makes them, on a connection of its own."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Any

from apps.configuration.rules import NOTICES
from apps.configuration.services import get_configuration
from apps.shared.db.engine import get_engine
from apps.shared.db.repositories import parse_uuid

MAX_PAUSE_SECONDS = 1
RELOAD_SECONDS = 30
"""Settings are reloaded this often even without a notification: to notice a dead connection, and
for poolers that pass none on (PgBouncer in transaction mode)."""

log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def follow_changes() -> AsyncIterator[None]:
    """Keeps `get_configuration()` up to date; starts after a first attempt to load it."""
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
        connected = asyncio.Event()
        try:
            await _listen_until_lost(connected, tried)
        except Exception as error:  # Any failure may be over at the next attempt.
            pause = 0.05 if connected.is_set() else min(2 * pause + 0.05, MAX_PAUSE_SECONDS)
            if not tried.is_set() or connected.is_set():
                reason = type(error).__name__
                log.warning("Cannot listen for changes of settings (%s); retrying.", reason)
            tried.set()
            await asyncio.sleep(pause)


async def _listen_until_lost(connected: asyncio.Event, tried: asyncio.Event) -> None:
    """Raises what asyncpg raises, and TimeoutError."""
    connection = await get_engine().get_new_connection()
    changed = asyncio.Event()

    def handle(_: Any, pid: int, name: str, payload: str) -> None:
        if channel_id := parse_uuid(payload):
            get_configuration().forget_channel(channel_id)
        else:
            changed.set()

    try:
        connection.add_termination_listener(lambda _: changed.set())
        await connection.add_listener(NOTICES, handle)
        while True:
            changed.clear()
            await get_configuration().load(connection)
            if tried.is_set() and not connected.is_set():
                log.info("Listening for changes of settings again.")
            connected.set()
            tried.set()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), RELOAD_SECONDS)
    finally:
        connection.terminate()
