"""A private transcript's chunks are private, whoever writes them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import httpx
import pytest

import piccolo_conf
from apps.search.services import Search
from apps.shared.db.engine import get_engine
from apps.transcripts.repositories import ChunkRepository
from apps.transcripts.tables import Chunk, Transcript
from tests.database import execute, fetch, insert, value
from tests.factories import make_chunk, make_transcript, make_user

MIGRATION = "apps.transcripts.piccolo_migrations.transcripts_2026_11_21_keep_private_chunks_private"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid = $1"

Write: TypeAlias = Callable[[httpx.AsyncClient, UUID, UUID | None], Awaitable[UUID]]


async def by_sql(_: httpx.AsyncClient, transcript_id: UUID, user_id: UUID | None) -> UUID:
    values = {"transcript_id": transcript_id, "user_id": user_id, "chunk_text": "hello"}
    return UUID(str(await insert("chunks", **values, chunk_index=0)))


async def by_piccolo(_: httpx.AsyncClient, transcript_id: UUID, user_id: UUID | None) -> UUID:
    return (await make_chunk(transcript_id, user_id=user_id)).id


async def by_copy(_: httpx.AsyncClient, transcript_id: UUID, user_id: UUID | None) -> UUID:
    chunk = Chunk(transcript_id=transcript_id, user_id=user_id, chunk_text="hello", chunk_index=0)
    await ChunkRepository().create_many([chunk])
    return chunk.id


async def by_rest(client: httpx.AsyncClient, transcript_id: UUID, user_id: UUID | None) -> UUID:
    body = {"transcript_id": str(transcript_id), "chunk_text": "hello", "chunk_index": 0}
    owner = None if user_id is None else str(user_id)
    made = (await client.post("/api/chunks", json={**body, "user_id": owner})).json()
    assert made["user_id"] == await owner_of(UUID(made["id"]), str)
    return UUID(made["id"])


DOORS = [by_sql, by_piccolo, by_copy, by_rest]


async def owner_of(chunk_id: UUID, kind: Callable[[Any], Any] = lambda owner: owner) -> Any:
    owner = await value("SELECT user_id FROM chunks WHERE id = $1", chunk_id)
    return None if owner is None else kind(owner)


@pytest.mark.parametrize("sent", ["nobody", "somebody", "owner"])
@pytest.mark.parametrize("write", DOORS)
async def test_a_private_transcripts_chunk_is_its_owners(
    client: httpx.AsyncClient, write: Write, sent: str
) -> None:
    owner, somebody = (await make_user()).id, (await make_user()).id
    transcript = await make_transcript(user_id=owner)
    asked = {"nobody": None, "somebody": somebody, "owner": owner}[sent]
    chunk_id = await write(client, transcript.id, asked)
    assert await owner_of(chunk_id) == owner
    for user_id, total in ((None, 0), (somebody, 0), (owner, 1)):
        assert (await Search(user_id).run("hello")).total == total


@pytest.mark.parametrize("write", DOORS)
async def test_a_shared_transcript_may_have_a_private_chunk(
    client: httpx.AsyncClient, write: Write
) -> None:
    user_id = (await make_user()).id
    assert await owner_of(await write(client, (await make_transcript()).id, user_id)) == user_id
    assert await owner_of(await write(client, (await make_transcript()).id, None)) is None


async def test_no_change_makes_it_anybody_elses() -> None:
    """Nor moves `updated_at`, since nothing changes."""
    owner, somebody = (await make_user()).id, (await make_user()).id
    chunk = await make_chunk((await make_transcript(user_id=owner)).id)
    before = await fetch("SELECT * FROM chunks")
    for user_id in (None, somebody):
        await execute("UPDATE chunks SET user_id = $1", user_id)
        await Chunk.update({Chunk.user_id: user_id}).where(Chunk.id == chunk.id)
        chunk.user_id = user_id
        await chunk.save()
    assert await fetch("SELECT * FROM chunks") == before


async def test_a_chunk_that_moves_is_the_new_transcripts_owners() -> None:
    first, second = (await make_user()).id, (await make_user()).id
    chunk = await make_chunk((await make_transcript(user_id=first)).id)
    move = "UPDATE chunks SET transcript_id = $1"
    await execute(move, (await make_transcript(user_id=second)).id)
    assert await owner_of(chunk.id) == second
    await execute(move, (await make_transcript()).id)
    assert await owner_of(chunk.id) == second  # It stays private until somebody shares it.
    await execute("UPDATE chunks SET user_id = NULL")
    assert await owner_of(chunk.id) is None


@pytest.mark.parametrize("door", ["rest", "sql", "piccolo"])
async def test_chunks_go_with_their_transcript(client: httpx.AsyncClient, door: str) -> None:
    first, second = (await make_user()).id, (await make_user()).id
    transcript, other = await make_transcript(), await make_transcript()
    chunks = [await make_chunk(transcript.id) for _ in range(3)]
    kept = [await make_chunk(other.id), await make_chunk(other.id, user_id=second)]
    for owner in (first, second, None, second):
        if door == "rest":
            body = {"user_id": str(owner) if owner else None}
            answer = await client.patch(f"/api/transcripts/{transcript.id}", json=body)
            assert answer.status_code == 200
        elif door == "sql":
            await execute("UPDATE transcripts SET user_id = $1 WHERE id = $2", owner, transcript.id)
        else:
            await Transcript.update({Transcript.user_id: owner}).where(
                Transcript.id == transcript.id
            )
        assert [await owner_of(chunk.id) for chunk in chunks] == [owner] * 3
        assert [await owner_of(chunk.id) for chunk in kept] == [None, second]


async def test_chunks_that_change_hands_keep_their_vectors() -> None:
    transcript = await make_transcript(user_id=(await make_user()).id)
    await make_chunk(transcript.id, word_starts=[0.5, 1.0])
    before = await fetch("SELECT search_vector, word_starts, chunk_text FROM chunks")
    await execute("ALTER TABLE chunks DISABLE TRIGGER chunks_set_search_vector")
    try:
        await execute("UPDATE transcripts SET user_id = NULL")
    finally:
        await execute("ALTER TABLE chunks ENABLE TRIGGER chunks_set_search_vector")
    assert await fetch("SELECT search_vector, word_starts, chunk_text FROM chunks") == before
    assert await value("SELECT count(*) FROM chunks WHERE user_id IS NULL") == 1


async def test_a_write_that_leaves_the_owner_touches_no_chunk() -> None:
    user_id = (await make_user()).id
    transcript = await make_transcript(user_id=user_id)
    await make_chunk(transcript.id)
    before = await value("SELECT xmin::text FROM chunks")
    await execute("UPDATE transcripts SET user_id = $1, number_of_words = 2", user_id)
    assert await value("SELECT xmin::text FROM chunks") == before


async def test_deleting_a_user_deletes_their_private_chunks() -> None:
    user = await make_user()
    await make_chunk((await make_transcript(user_id=user.id)).id)
    shared = await make_transcript()
    await make_chunk(shared.id, user_id=user.id)
    kept = await make_chunk(shared.id)
    await user.remove()
    assert await fetch("SELECT id FROM chunks") == [{"id": kept.id}]


@pytest.mark.parametrize("first", ["chunk", "transcript"])
async def test_a_chunk_written_while_its_transcript_changes_hands(first: str) -> None:
    """Whichever comes first, the other waits for it, and the chunk is the new owner's."""
    transcript, owner = await make_transcript(), (await make_user()).id
    change = ("UPDATE transcripts SET user_id = $2 WHERE id = $1", transcript.id, owner)
    write = (
        "INSERT INTO chunks (transcript_id, chunk_text, chunk_index) VALUES ($1, 'x', 0)",
        transcript.id,
    )
    order = [write, change] if first == "chunk" else [change, write]
    url = await piccolo_conf.DB.address.dsn()
    early, late = await asyncpg.connect(url), await asyncpg.connect(url)
    try:
        transaction = early.transaction()
        await transaction.start()
        await early.execute(*order[0])
        waiting = asyncio.create_task(late.execute(*order[1]))
        while not await value(WAITING, late.get_server_pid()):
            assert not waiting.done()
            await asyncio.sleep(0)
        await transaction.commit()
        await waiting
    finally:
        await early.close()
        await late.close()
    assert await fetch("SELECT user_id FROM chunks") == [{"user_id": owner}]


class Undo(Exception):
    """Ends a transaction without a trace."""


@asynccontextmanager
async def undone() -> AsyncIterator[None]:
    with suppress(Undo):
        async with get_engine().transaction():
            yield
            raise Undo


async def test_the_migration_corrects_rows_that_exist() -> None:
    user, other = (await make_user()).id, (await make_user()).id
    private, shared = await make_transcript(user_id=user), await make_transcript()
    async with undone():
        forwards = import_module(MIGRATION).forwards
        await (await forwards()).run(backwards=True)
        chunks = [await make_chunk(private.id, user_id=each) for each in (None, other, user)]
        chunks += [await make_chunk(shared.id, user_id=each) for each in (None, other)]
        before = await fetch("SELECT user_id, updated_at FROM chunks ORDER BY id")
        assert [row["user_id"] for row in before] == [None, other, user, None, other]
        await (await forwards()).run()
        after = await fetch("SELECT user_id, updated_at FROM chunks ORDER BY id")
        assert [row["user_id"] for row in after] == [user, user, user, None, other]
        assert after[2:] == before[2:]
        assert await owner_of((await make_chunk(private.id)).id) == user
