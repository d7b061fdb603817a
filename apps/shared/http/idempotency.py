"""What a handler needs for requests that may be sent again."""

from collections.abc import Awaitable, Callable
from typing import Protocol, runtime_checkable


@runtime_checkable
class RunIdempotent(Protocol):
    """A dependency bound to one request: `run_idempotent(create)`.

    Returns what `create` returns, and whether that is the stored answer to an earlier request with
    the same Idempotency-Key. See `apps.accounts.idempotency`.
    """

    async def __call__(self, create: Callable[[], Awaitable[bytes]], /) -> tuple[bytes, bool]: ...
