"""The newest key for every stored secret, while the program goes on reading and writing them."""

from collections.abc import AsyncIterator
from typing import NamedTuple
from uuid import UUID

from apps.configuration.places import PLACES, Place
from apps.shared.db.engine import get_engine
from apps.shared.secrets import SecretUnreadable, load_keys, reencrypt_secret

BATCH = 100
"""Secrets that are read, and their rows locked, at a time: one may have some 350 kB."""


class Batch(NamedTuple):
    """How many secrets have the newest key now, and why others have not."""

    rotated: int
    unreadable: list[str]


async def rotate_all() -> AsyncIterator[Batch]:
    """Batch by batch, each whole when it is told of; what has the newest key already is left out.

    Whatever cannot be read stays as it is. It may be stopped and begun again at any time.
    """
    newest = next((key.id for key in load_keys()), "")
    for where in PLACES:
        after: UUID | None = UUID(int=0)
        while after is not None:
            after, batch = await _rotate_batch(where, newest, after)
            yield batch


async def _rotate_batch(where: Place, newest: str, after: UUID) -> tuple[UUID | None, Batch]:
    """The id to go on after; None when that was the last batch.

    The rows are locked, one after the other by id, from when they are read until they are written:
    what others write meanwhile comes before or after, and is never lost.
    """
    read = f"""
        SELECT t.id, {where.secret} AS secret, {where.columns}
        FROM {where.table} t WHERE t.id > $1 AND {where.has_one} AND {where.key} <> $2
        ORDER BY t.id LIMIT {BATCH} FOR NO KEY UPDATE"""
    write = f"""
        UPDATE {where.table} t SET {where.column} = {where.written}
        FROM unnest($1::uuid[], $2::text[]) AS new (id, secret) WHERE t.id = new.id"""
    rotated, unreadable = {}, []
    async with get_engine().transaction(), get_engine().connection() as connection:
        rows = await connection.fetch(read, after, newest)
        for row in rows:
            try:
                rotated[row["id"]] = reencrypt_secret(row["secret"], where.of_row(row))
            except SecretUnreadable as error:
                unreadable.append(error.message)
        # The secret is the same: neither the row's time nor its own moves.
        await connection.execute("SET LOCAL reelbase.keys_rotate = 'on'")
        await connection.execute(write, list(rotated), list(rotated.values()))
    return rows[-1]["id"] if len(rows) == BATCH else None, Batch(len(rotated), unreadable)


async def count_by_key() -> dict[str, int]:
    """Id of the key → how many secrets are encrypted with it."""
    counts = " UNION ALL ".join(
        f"SELECT {where.key} AS key FROM {where.table} t WHERE {where.has_one}" for where in PLACES
    )
    async with get_engine().connection() as connection:
        rows = await connection.fetch(f"SELECT key, count(*) FROM ({counts}) s GROUP BY key")
    return {row["key"]: row["count"] for row in rows}
