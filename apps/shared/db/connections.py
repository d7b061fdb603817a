"""asyncpg's connection and pool, adapted: who acts, and a limit on waiting."""

import time
from typing import Any

import asyncpg
from asyncpg.connection import Connection

from apps.shared.db.actors import NO_ACTOR, get_current_actor
from apps.shared.errors import Busy

TIMER_SECONDS = 0.02


class ActorConnection(Connection):  # type: ignore[misc]  # asyncpg has no types.
    """Tells PostgreSQL who acts, when that has changed since the connection was last used."""

    __slots__ = ("actor",)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.actor = NO_ACTOR

    async def set_actor(self) -> None:
        """Call it outside of any transaction: a rollback would undo it."""
        actor = get_current_actor()
        if actor is not None and actor != self.actor:
            await self.execute("SELECT set_config('reelbase.actor', $1, false)", actor)
            self.actor = actor


class BoundedPool(asyncpg.Pool):  # type: ignore[misc]  # asyncpg has no types.
    """A pool in which nobody waits longer than `acquire_timeout` seconds for a connection."""

    __slots__ = ("acquire_timeout",)

    def __init__(self, *, acquire_timeout: float, **kwargs: Any) -> None:
        self.acquire_timeout = acquire_timeout
        super().__init__(**kwargs)

    async def _acquire(self, timeout: float | None) -> Any:  # noqa: ASYNC109  # As asyncpg has it.
        if not self._queue.empty():
            # Nobody has to wait, and connecting has a limit of its own; a timer costs 20 µs.
            return await super()._acquire(None)
        limit = self.acquire_timeout if timeout is None else timeout
        started = time.monotonic()
        try:
            return await super()._acquire(limit)
        except TimeoutError:
            # Raised earlier, it is a new connection that took too long; timers are not exact.
            if time.monotonic() - started < limit - TIMER_SECONDS:
                raise
            raise Busy(
                f"All database connections were busy for {limit:g} s. Try again shortly."
            ) from None
