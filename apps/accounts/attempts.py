"""Limits how often a password or code may be tried, per account and per address."""

import asyncio
import hashlib
import logging
import math
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import StrEnum, auto
from functools import lru_cache
from ipaddress import IPv6Network, ip_address
from typing import TYPE_CHECKING, Any, TypeVar

from apps.shared.errors import TooManyRequests
from apps.shared.settings import get_settings

if TYPE_CHECKING:
    from limits.aio.strategies import RateLimiter

log = logging.getLogger(__name__)

T = TypeVar("T")

ADDRESS_FACTOR = 10
"""An address gets this many times the attempts of an account: households and offices share one."""

REDIS_SECONDS = 1


class Factor(StrEnum):
    """What is tried. Counted separately: a right password must not reset the count of codes, nor a
    right code that of passwords."""

    password = auto()
    code = auto()


class AttemptLimiter:
    """Counts in Redis for all workers; without Redis, or while it is down, in each process."""

    def __init__(self, limit: int, seconds: int, redis_url: str | None = None) -> None:
        # Importing this takes a tenth of the start-up time, and not every process signs people in.
        from limits import RateLimitItemPerSecond
        from limits.aio.storage import MemoryStorage
        from limits.aio.strategies import FixedWindowRateLimiter

        self.by_account = {
            factor: RateLimitItemPerSecond(limit, seconds, namespace=factor) for factor in Factor
        }
        self.by_address = RateLimitItemPerSecond(
            limit * ADDRESS_FACTOR, seconds, namespace="address"
        )
        self.own: RateLimiter = FixedWindowRateLimiter(MemoryStorage())
        self.redis_url = redis_url
        self.shared: RateLimiter | None = None
        self.pool: Any = None
        self.is_down = False

    async def count(self, account: str, address: str, factor: Factor = Factor.password) -> None:
        """Call it before checking a guess, so that right and wrong ones are limited alike.

        An address over its limit does not use up the attempts of accounts. Raises TooManyRequests.
        """
        limits = (
            (self.by_address, get_network(address)),
            (self.by_account[factor], hash_account(account)),
        )

        async def get_wait_seconds(limiter: "RateLimiter") -> int | None:
            for limit, key in limits:
                if not await limiter.hit(limit, key):
                    stats = await limiter.get_window_stats(limit, key)
                    return max(1, math.ceil(stats.reset_time - time.time()))
            return None

        seconds = await self._call(get_wait_seconds)
        if seconds is not None:
            raise TooManyRequests(
                f"Too many attempts. Try again in {seconds} s.", retry_after=seconds
            )

    async def reset(self, account: str, factor: Factor = Factor.password) -> None:
        """Call it after a right guess, which clears the attempts before it."""

        async def clear(limiter: "RateLimiter") -> None:
            await limiter.clear(self.by_account[factor], hash_account(account))

        await self._call(clear)

    async def close(self) -> None:
        """Closes the connections to Redis, if there are any."""
        if self.pool is not None:
            with suppress(Exception):  # Redis may be down.
                await self.pool.disconnect()

    async def _call(self, operation: Callable[["RateLimiter"], Awaitable[T]]) -> T:
        if self.redis_url is not None:
            try:
                if self.shared is None:
                    self.pool = create_pool(self.redis_url)
                    self.shared = create_redis_limiter(self.pool)
                async with asyncio.timeout(REDIS_SECONDS):
                    result = await operation(self.shared)
            except Exception as error:  # Any failure: sign-in must neither break nor go uncounted.
                if not self.is_down:
                    name = type(error).__name__
                    log.warning("Redis failed (%s): each worker counts separately.", name)
                self.is_down = True
            else:
                self.is_down = False
                return result
        return await operation(self.own)


def create_pool(url: str) -> Any:
    """Lets redis itself parse the URL: limits supports fewer forms."""
    from redis.asyncio import ConnectionPool
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    return ConnectionPool.from_url(url, retry=Retry(NoBackoff(), 1))


def create_redis_limiter(pool: Any) -> "RateLimiter":
    from limits.aio.storage import RedisStorage
    from limits.aio.strategies import FixedWindowRateLimiter

    return FixedWindowRateLimiter(
        RedisStorage(
            "async+redis://",
            implementation="redispy",
            key_prefix="reelbase",
            connection_pool=pool,
        )
    )


def get_network(address: str) -> str:
    """The /64 of an IPv6 address: whoever has one address in it has all of them."""
    try:
        found = ip_address(address)
    except ValueError:  # A unix socket has none.
        return address
    if found.version == 4:
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((int(found), 64), strict=False))


def hash_account(account: str) -> str:
    """Hashed, as people sometimes type their password in the email field."""
    return hashlib.sha256(account.encode()).hexdigest()


@lru_cache
def get_attempt_limiter() -> AttemptLimiter:
    """This process's limiter."""
    settings = get_settings()
    url = settings.redis_url.get_secret_value() if settings.redis_url else None
    return AttemptLimiter(settings.login_attempts, settings.login_window, url)


async def close_attempt_limiter() -> None:
    """Does nothing if nobody has signed in, rather than import the limiter to close it."""
    if get_attempt_limiter.cache_info().currsize:
        await get_attempt_limiter().close()
