"""Who is behind a request, looked up by token and cached for a second."""

from contextlib import suppress
from time import monotonic
from uuid import UUID

import asyncpg
import msgspec

from apps.shared.db.engine import get_engine

CACHE_SECONDS = 1.0
MAX_CACHED = 10_000

CALLER_QUERY = """
SELECT u.id, u.email, u.admin, u.superuser,
    coalesce(s.last_used_at < now() - interval '1 minute', true) AS is_noted_late
FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.token_hash = $1 AND s.expires_at > now() AND s.max_expires_at > now() AND u.active"""

RECORD_USE = """
UPDATE sessions s SET last_used_at = now() WHERE s.token_hash = $1
AND coalesce(s.last_used_at < now() - interval '1 minute', true)"""


class Caller(msgspec.Struct, frozen=True):
    """The user behind a request."""

    id: UUID
    email: str
    admin: bool
    is_superuser: bool

    @property
    def is_administrator(self) -> bool:
        return self.admin or self.is_superuser


known_callers: dict[str, tuple[float, Caller]] = {}
"""Token hash → when the entry expires (monotonic seconds), and its caller."""


def forget_callers() -> None:
    """Call it after revoking a token, which then stops working in this process at once."""
    known_callers.clear()


async def find_caller(token_hash: str) -> Caller | None:
    """Runs at most one query every CACHE_SECONDS per token.

    For that long, what another process revokes, a token or an administrator's rights, still works.
    """
    now = monotonic()
    until, caller = known_callers.get(token_hash, (0.0, None))
    if now < until:
        return caller
    known_callers.pop(token_hash, None)
    caller = await fetch_caller(token_hash)
    if caller is not None:
        if len(known_callers) >= MAX_CACHED:
            known_callers.clear()
        known_callers[token_hash] = (now + CACHE_SECONDS, caller)
    return caller


async def fetch_caller(token_hash: str) -> Caller | None:
    """Records the token's use with a second statement, once a minute."""
    async with get_engine().connection() as connection:
        row = await connection.fetchrow(CALLER_QUERY, token_hash)
        if row is None:
            return None
        if row["is_noted_late"]:
            # A read-only database must still let people read.
            with suppress(asyncpg.ReadOnlySQLTransactionError):
                await connection.execute(RECORD_USE, token_hash)
    return Caller(row["id"], row["email"], row["admin"], row["superuser"])
