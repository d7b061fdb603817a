"""How often a password or a code may be tried: by account and by address."""

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

Answer = TypeVar("Answer")

ADDRESS_FACTOR = 10
"""An address may try this many times more than an account: a household or an office shares it."""

REDIS_SECONDS = 1


class Factor(StrEnum):
    """What is tried. Each is counted by itself: who knows the password does not begin the count of
    codes anew with it, nor who has the phone that of passwords."""

    password = auto()
    code = auto()


class Attempts:
    """Counted in Redis, for all workers; in this process without one, and while it is down."""

    def __init__(self, limit: int, seconds: int, redis_url: str | None = None) -> None:
        # Loading it takes a tenth of the program's start, and not every process signs people in.
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
        """Before the guess is looked at, so that a right one is refused as a wrong one is.

        An address that has tried too often does no harm to further accounts.

        Raises TooManyRequests.
        """
        limits = (
            (self.by_address, network_of(address)),
            (self.by_account[factor], digest(account)),
        )

        async def seconds_to_wait(limiter: "RateLimiter") -> int | None:
            for limit, who in limits:
                if not await limiter.hit(limit, who):
                    stats = await limiter.get_window_stats(limit, who)
                    return max(1, math.ceil(stats.reset_time - time.time()))
            return None

        seconds = await self._ask(seconds_to_wait)
        if seconds is not None:
            raise TooManyRequests(
                f"There were too many attempts. Try again in {seconds} s.", retry_after=seconds
            )

    async def forget(self, account: str, factor: Factor = Factor.password) -> None:
        """Whoever knew it is not held up by the attempts before."""

        async def clear(limiter: "RateLimiter") -> None:
            await limiter.clear(self.by_account[factor], digest(account))

        await self._ask(clear)

    async def close(self) -> None:
        """Gives back the connections to Redis, if any were made."""
        if self.pool is not None:
            with suppress(Exception):  # It may be away.
                await self.pool.disconnect()

    async def _ask(self, question: Callable[["RateLimiter"], Awaitable[Answer]]) -> Answer:
        if self.redis_url is not None:
            try:
                if self.shared is None:
                    self.pool = pool_of(self.redis_url)
                    self.shared = in_redis(self.pool)
                async with asyncio.timeout(REDIS_SECONDS):
                    answer = await question(self.shared)
            except Exception as error:  # Whatever it is: nobody is let in uncounted, or shut out.
                if not self.is_down:
                    log.warning("Redis fails (%s): each worker counts alone.", type(error).__name__)
                self.is_down = True
            else:
                self.is_down = False
                return answer
        return await question(self.own)


def pool_of(url: str) -> Any:
    """Made here, so that redis itself reads the address: limits knows fewer forms of it."""
    from redis.asyncio import ConnectionPool
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    return ConnectionPool.from_url(url, retry=Retry(NoBackoff(), 1))


def in_redis(pool: Any) -> "RateLimiter":
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


def network_of(address: str) -> str:
    """Of IPv6 the /64: whoever has one address there has all of them."""
    try:
        found = ip_address(address)
    except ValueError:  # A unix socket has none.
        return address
    if found.version == 4:
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((int(found), 64), strict=False))


def digest(account: str) -> str:
    """People type passwords where an email is asked for: it is not kept as it is."""
    return hashlib.sha256(account.encode()).hexdigest()


@lru_cache
def attempts() -> Attempts:
    """Those of this process."""
    settings = get_settings()
    url = settings.redis_url.get_secret_value() if settings.redis_url else None
    return Attempts(settings.login_attempts, settings.login_window, url)


async def close_attempts() -> None:
    """Where nobody has signed in, there is nothing to load and nothing to close."""
    if attempts.cache_info().currsize:
        await attempts().close()
