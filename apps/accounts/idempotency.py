"""A request that is sent again is answered as it was, and makes nothing a second time."""

from collections.abc import Awaitable, Callable
from typing import Any

from apps.shared.db.access import Viewer
from apps.shared.db.engine import get_engine
from apps.shared.errors import Invalid

# Who comes second waits here for the first one's transaction. A key is forgotten after a day.
CLAIM = """
INSERT INTO idempotency_keys AS k (user_id, key, fingerprint) VALUES ($1, $2, $3)
ON CONFLICT (user_id, key) DO UPDATE
SET fingerprint = EXCLUDED.fingerprint, answer = '', created_at = now()
WHERE k.created_at < now() - interval '1 day'
RETURNING id"""
FIND = "SELECT fingerprint, answer FROM idempotency_keys WHERE user_id = $1 AND key = $2"
KEEP = "UPDATE idempotency_keys SET answer = $2 WHERE id = $1"
FORGET = """
DELETE FROM idempotency_keys WHERE id IN (
    SELECT id FROM idempotency_keys WHERE created_at < now() - interval '1 day'
    ORDER BY created_at LIMIT 100 FOR UPDATE SKIP LOCKED)"""


async def once(
    viewer: Viewer, key: str, fingerprint: str, make: Callable[[], Awaitable[bytes]]
) -> tuple[bytes, bool]:
    """What `make` answers, or answered before, and whether it was before.

    It runs in the same transaction, so that a request that fails leaves the key free. Raises
    Invalid when the key was used for another request, and what `make` raises.
    """
    async with get_engine().transaction() as transaction:
        connection: Any = transaction.connection
        claimed = await connection.fetchval(CLAIM, viewer.id, key, fingerprint)
        if claimed is None:
            before = await connection.fetchrow(FIND, viewer.id, key)
            if before["fingerprint"] != fingerprint:
                message = "This Idempotency-Key was used for another request: choose a new one."
                raise Invalid(message, fields={"Idempotency-Key": message})
            return before["answer"].encode(), True
        await connection.execute(FORGET)
        answer = await make()
        await connection.execute(KEEP, claimed, answer.decode())
        return answer, False
