"""Reencrypts every stored secret with the newest key while the program is running."""

from collections.abc import AsyncIterator
from typing import NamedTuple
from uuid import UUID

from apps.configuration.secret_columns import SECRET_COLUMNS, SecretColumn
from apps.shared.db.engine import get_engine
from apps.shared.secrets import SecretUnreadable, load_keys, reencrypt_secret

BATCH = 100
"""How many secrets are read and locked at a time. One may have some 350 kB."""


class Batch(NamedTuple):
    """How many secrets were reencrypted, and why others could not be."""

    rotated: int
    unreadable: list[str]


async def rotate_secrets() -> AsyncIterator[Batch]:
    """Yields each batch when it is committed. Skips secrets that have the newest key already.

    Leaves unreadable secrets unchanged. Can be stopped and started again at any time.
    """
    newest = next((key.id for key in load_keys()), "")
    for column in SECRET_COLUMNS:
        after: UUID | None = UUID(int=0)
        while after is not None:
            after, batch = await _rotate_batch(column, newest, after)
            yield batch


async def _rotate_batch(
    column: SecretColumn, newest: str, after: UUID
) -> tuple[UUID | None, Batch]:
    """Returns the id to continue after, or None after the last batch.

    Locks the rows in order of their ids from reading to writing, so that no concurrent change is
    lost.
    """
    read = f"""
        SELECT t.id, {column.secret} AS secret, {column.columns}
        FROM {column.table} t
        WHERE t.id > $1 AND {column.condition} AND {column.key_id} <> $2
        ORDER BY t.id LIMIT {BATCH} FOR NO KEY UPDATE"""
    write = f"""
        UPDATE {column.table} t SET {column.column} = {column.new_value}
        FROM unnest($1::uuid[], $2::text[]) AS new (id, secret) WHERE t.id = new.id"""
    rotated, unreadable = {}, []
    async with get_engine().transaction(), get_engine().connection() as connection:
        rows = await connection.fetch(read, after, newest)
        for row in rows:
            try:
                rotated[row["id"]] = reencrypt_secret(row["secret"], column.locate(row))
            except SecretUnreadable as error:
                unreadable.append(error.message)
        # The secret itself stays the same, and so must `updated_at` and the time it was set.
        await connection.execute("SET LOCAL reelbase.keys_rotate = 'on'")
        await connection.execute(write, list(rotated), list(rotated.values()))
    return rows[-1]["id"] if len(rows) == BATCH else None, Batch(len(rotated), unreadable)


async def count_secrets_by_key() -> dict[str, int]:
    """Key id → number of secrets encrypted with it."""
    counts = " UNION ALL ".join(
        f"SELECT {column.key_id} AS key FROM {column.table} t WHERE {column.condition}"
        for column in SECRET_COLUMNS
    )
    async with get_engine().connection() as connection:
        rows = await connection.fetch(f"SELECT key, count(*) FROM ({counts}) s GROUP BY key")
    return {row["key"]: row["count"] for row in rows}
