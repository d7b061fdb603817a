from uuid import uuid4

import pytest

from apps.shared.errors import NotFound
from apps.transcripts.repositories import ChunkRepository, TranscriptRepository
from apps.transcripts.tables import Chunk
from tests.database import value
from tests.factories import make_chunk, make_transcript, make_user, make_video

transcripts, chunks = TranscriptRepository(), ChunkRepository()


async def test_the_users_own_transcript_then_the_primary_one(queries: list[str]) -> None:
    video, mine, other = await make_video(), await make_user(), await make_user()
    assert await transcripts.get_by_video_id(video.id) is None
    first = await make_transcript(video.id, language="de")
    private = await make_transcript(video.id, user_id=mine.id)
    await make_transcript()
    queries.clear()

    async def found(user_id: object = None) -> object:
        row = await transcripts.get_by_video_id(video.id, user_id)  # type: ignore[arg-type]
        return row and row.id

    assert await found() == first.id
    assert await found(mine.id) == private.id
    assert await found(other.id) == first.id
    assert len(queries) == 3
    primary = await make_transcript(video.id, is_primary=True)
    assert await found() == primary.id
    assert await found(mine.id) == private.id
    assert await found(other.id) == primary.id
    best = await make_transcript(video.id, user_id=mine.id, language="fr", is_primary=True)
    assert await found(mine.id) == best.id


async def test_somebody_elses_private_transcript_is_not_given() -> None:
    private = await make_transcript(user_id=(await make_user()).id, is_primary=True)
    assert await transcripts.get_by_video_id(private.video_id) is None
    assert await transcripts.get_by_video_id(private.video_id, (await make_user()).id) is None


async def test_a_users_transcripts_newest_first() -> None:
    user = await make_user()
    made = [(await make_transcript(user_id=user.id)).id for _ in range(3)]
    await make_transcript()
    await make_transcript(user_id=(await make_user()).id)
    assert [row.id for row in await transcripts.list_by_user(user.id)] == made[::-1]
    found = await transcripts.list_by_user(user.id, limit=1, offset=1)
    assert [row.id for row in found] == [made[1]]


@pytest.mark.parametrize(("limit", "offset"), [(50, 0), (2, 1), (9, 3), (0, 0), (1, 99)])
async def test_a_page_of_a_users_transcripts(limit: int, offset: int) -> None:
    user = await make_user()
    made = [(await make_transcript(user_id=user.id)).id for _ in range(3)][::-1]
    found = await transcripts.list_by_user(user.id, limit=limit, offset=offset)
    assert [row.id for row in found] == made[offset : offset + limit]
    assert await transcripts.list_by_user(uuid4(), limit=limit, offset=offset) == []


async def test_of_several_transcripts_the_oldest_is_given() -> None:
    video, user = await make_video(), await make_user()
    shared = [(await make_transcript(video.id, language=code)).id for code in ("de", "en")]
    found = await transcripts.get_by_video_id(video.id, user.id)
    assert found is not None
    assert found.id == shared[0]
    own = [
        (await make_transcript(video.id, user_id=user.id, language=code)).id
        for code in ("fr", "it")
    ]
    found = await transcripts.get_by_video_id(video.id, user.id)
    assert found is not None
    assert found.id == own[0]


async def test_ten_thousand_chunks_are_one_statement(queries: list[str]) -> None:
    transcript = await make_transcript()
    made = [
        Chunk(
            transcript_id=transcript.id,
            chunk_text=f"chunk {number} sagt 日本語",
            chunk_index=number,
            start_time=number * 10.0,
            end_time=number * 10.0 + 9.5,
            word_starts=[number * 10.0, number * 10.0 + 1.5],
            metadata={"number": number, "quote": '"\t\\'},
        )
        for number in range(10_000)
    ]
    queries.clear()
    await chunks.create_many(made)
    # Besides it asyncpg asks once for the types of the columns.
    writes = [query for query in queries if not query.lstrip().upper().startswith("SELECT")]
    assert len(queries) <= 2
    assert len(writes) <= 1
    # asyncpg does not log COPY, but PostgreSQL notes on each row which statement has written it.
    assert await value("SELECT count(DISTINCT (xmin::text, cmin::text)) FROM chunks") == 1
    assert await value("SELECT count(*) FROM chunks WHERE search_vector <> ''") == 10_000
    row = await chunks.get(made[7].id)
    assert row.chunk_text == "chunk 7 sagt 日本語"
    assert row.word_starts == [70.0, 71.5]
    assert row.user_id is None
    query = "SELECT metadata->>'quote' FROM chunks WHERE chunk_index = 7"
    assert await value(query) == '"\t\\'


async def test_no_chunks_are_no_rows() -> None:
    await chunks.create_many([])
    assert await value("SELECT count(*) FROM chunks") == 0


async def test_one_chunk_that_is_refused_leaves_none() -> None:
    transcript = await make_transcript()
    made = [
        Chunk(transcript_id=transcript.id, chunk_text="x", chunk_index=number)
        for number in (0, 1, 1)
    ]
    with pytest.raises(Exception, match="chunks_transcript_id_chunk_index_key"):
        await chunks.create_many(made)
    assert await value("SELECT count(*) FROM chunks") == 0


async def test_chunks_by_their_ids(queries: list[str]) -> None:
    transcript = await make_transcript()
    made = [(await make_chunk(transcript.id, chunk_index=place)).id for place in (2, 0, 1)]
    await make_chunk()
    queries.clear()
    found = await chunks.get_by_ids([*made, uuid4()])
    assert [row.id for row in found] == [made[1], made[2], made[0]]
    assert len(queries) == 1
    assert await chunks.get_by_ids([]) == []
    assert await chunks.get_by_ids([uuid4()]) == []


async def test_chunks_of_several_transcripts_by_their_ids() -> None:
    first, second = await make_transcript(), await make_transcript()
    places = [(second, 1), (first, 1), (second, 0), (first, 0)]
    made = [(await make_chunk(owner.id, chunk_index=place)).id for owner, place in places]
    found = await chunks.get_by_ids([*made, *made])
    assert [row.id for row in found] == [made[3], made[1], made[2], made[0]]
    assert [row.id for row in await chunks.get_by_ids(made[:2])] == [made[1], made[0]]


async def test_a_transcripts_chunks_in_the_order_of_the_text() -> None:
    transcript = await make_transcript()
    for place in (2, 0, 1):
        await make_chunk(transcript.id, chunk_index=place)
    await make_chunk()
    found = await chunks.list_by_transcript(transcript.id)
    assert [row.chunk_index for row in found] == [0, 1, 2]
    assert await chunks.list_by_transcript(uuid4()) == []


async def test_deleting_a_transcripts_chunks_says_how_many() -> None:
    transcript = await make_transcript()
    for _ in range(3):
        await make_chunk(transcript.id)
    kept = await make_chunk()
    assert await chunks.delete_by_transcript(transcript.id) == 3
    assert await chunks.delete_by_transcript(transcript.id) == 0
    assert (await chunks.get(kept.id)).id == kept.id
    with pytest.raises(NotFound, match="There is no chunk"):
        await chunks.get(uuid4())
