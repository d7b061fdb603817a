"""Answers a repeated request as before, without creating anything again."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from litestar.params import HeaderParameter

from apps.shared.db.access import Viewer
from apps.shared.db.engine import get_engine
from apps.shared.errors import Invalid
from apps.shared.http.idempotency import RunIdempotent
from apps.shared.http.requests import AppRequest

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="Any text of your choice. A request repeated with it within a day creates "
        "nothing new.",
    ),
]

# A concurrent request with the same key waits here. A key expires after a day.
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


def provide_run_idempotent(
    request: AppRequest, idempotency_key: IdempotencyKey = None
) -> RunIdempotent:
    """Without a key, `create` runs every time."""

    async def run(create: Callable[[], Awaitable[bytes]]) -> tuple[bytes, bool]:
        if idempotency_key is None:
            return await create(), False
        content = f"{request.method} {request.url.path}\n".encode() + await request.body()
        fingerprint = hashlib.sha256(content).hexdigest()
        return await run_idempotent(request.user, idempotency_key, fingerprint, create)

    return run


async def run_idempotent(
    viewer: Viewer, key: str, fingerprint: str, create: Callable[[], Awaitable[bytes]]
) -> tuple[bytes, bool]:
    """Returns what `create` returns, or returned before, and whether it was before.

    `create` runs in the transaction that claims the key, so a request that fails leaves the key
    free. Raises Invalid when the key was used for another request, and whatever `create` raises.
    """
    async with get_engine().transaction() as transaction:
        connection: Any = transaction.connection
        claimed = await connection.fetchval(CLAIM, viewer.id, key, fingerprint)
        if claimed is None:
            before = await connection.fetchrow(FIND, viewer.id, key)
            if before["fingerprint"] != fingerprint:
                message = "This Idempotency-Key was used for another request. Choose a new one."
                raise Invalid(message, fields={"Idempotency-Key": message})
            return before["answer"].encode(), True
        await connection.execute(FORGET)
        answer = await create()
        await connection.execute(KEEP, claimed, answer.decode())
        return answer, False
