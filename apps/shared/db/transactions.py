"""Transactions that nest, and that always return their connection."""

from contextlib import suppress
from contextvars import Token
from types import TracebackType
from typing import Any, Literal

import asyncpg
from piccolo.engine.postgres import PostgresTransaction


class Transaction(PostgresTransaction):
    """Returns its connection whatever happens; a nested transaction is a savepoint.

    Piccolo's own keeps the connection when COMMIT itself fails, and ignores nesting: an inner block
    that failed would be committed by the outer one.
    """

    __slots__ = ("_pool", "_savepoint")
    connection: Any
    engine: Any
    transaction: Any
    context: Token[Any]
    _parent: Any

    async def __aenter__(self) -> Any:
        if self._parent is not None:
            self._savepoint = self._parent.connection.transaction()
            await self._savepoint.start()
            return self._parent
        self.connection = await self._acquire()
        try:
            self.transaction = self.connection.transaction()
            await self.transaction.start()
        except BaseException:
            await self._release()
            raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> Literal[False]:
        if self._parent is not None:
            if not self._parent._rolled_back and not self._parent._committed:
                await self._end(self._savepoint, failed=exception is not None)
            return False
        try:
            if not self._committed and not self._rolled_back:
                await self._end(self.transaction, failed=exception is not None)
        finally:
            self.engine.current_transaction.reset(self.context)
            await self._release()
        return False

    async def _end(self, transaction: Any, *, failed: bool) -> None:
        if not failed:
            await transaction.commit()
            return
        # A lost connection leaves nothing to roll back; the block's own exception says more.
        with suppress(asyncpg.InterfaceError, asyncpg.PostgresConnectionError):
            await transaction.rollback()

    async def _acquire(self) -> Any:
        # Remembered, because the engine's pool may come or go before the release.
        self._pool = self.engine.pool
        if self._pool:
            return await self._pool.acquire()
        return await self.engine.get_new_connection()

    async def _release(self) -> None:
        if self._pool:
            await self._pool.release(self.connection)
        else:
            await self.connection.close()
