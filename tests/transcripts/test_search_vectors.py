"""PostgreSQL keeps the search vectors, whoever writes the text."""

from typing import Any

import pytest

from apps.transcripts.repositories import ChunkRepository
from apps.transcripts.tables import Chunk, Transcript
from tests.database import execute, insert, value
from tests.factories import make_chunk, make_transcript, make_video

# More lexemes than the 1 MB that a vector holds.
HUGE = " ".join(f"word{number:06}" for number in range(180_000))


async def vector(chunk_id: Any) -> str:
    return str(await value("SELECT search_vector::text FROM chunks WHERE id = $1", chunk_id))


async def by_sql(transcript_id: Any, text: str) -> Any:
    return await insert("chunks", transcript_id=transcript_id, chunk_text=text, chunk_index=0)


async def by_piccolo(transcript_id: Any, text: str) -> Any:
    return (await make_chunk(transcript_id, chunk_text=text)).id


async def by_copy(transcript_id: Any, text: str) -> Any:
    chunk = Chunk(transcript_id=transcript_id, chunk_text=text, chunk_index=0)
    await ChunkRepository().create_many([chunk])
    return chunk.id


DOORS = [by_sql, by_piccolo, by_copy]


@pytest.mark.parametrize("write", DOORS)
async def test_an_insert_sets_it_in_the_transcripts_language(write: Any) -> None:
    transcript = await make_transcript(language="de-AT")
    chunk_id = await write(transcript.id, "Die Häuser laufen")
    assert await vector(chunk_id) == "'config:german' 'haus':2 'lauf':3"


async def test_a_given_hash_is_replaced() -> None:
    transcript = await make_transcript()
    chunk_id = await value(
        "INSERT INTO chunks (transcript_id, chunk_text, chunk_index, search_vector) "
        "VALUES ($1, 'running', 0, 'forged') RETURNING id",
        transcript.id,
    )
    assert await vector(chunk_id) == "'config:english' 'run':1"
    await execute("UPDATE chunks SET search_vector = 'forged'")
    assert await vector(chunk_id) == "'config:english' 'run':1"


async def test_a_changed_text_renews_it() -> None:
    chunk = await make_chunk(chunk_text="the first")
    await Chunk.update({Chunk.chunk_text: "the second"}).where(Chunk.id == chunk.id)
    assert await vector(chunk.id) == "'config:english' 'second':2"
    await execute("UPDATE chunks SET chunk_text = 'the third'")
    assert await vector(chunk.id) == "'config:english' 'third':2"
    chunk.chunk_text = "the fourth"
    await chunk.save()
    assert await vector(chunk.id) == "'config:english' 'fourth':2"


async def test_another_transcript_renews_it() -> None:
    german = await make_transcript(language="de")
    chunk = await make_chunk(chunk_text="laufen")
    assert await vector(chunk.id) == "'config:english' 'laufen':1"
    await execute("UPDATE chunks SET transcript_id = $1", german.id)
    assert await vector(chunk.id) == "'config:german' 'lauf':1"


async def test_a_transcripts_new_language_renews_those_of_its_chunks_only() -> None:
    transcript, other = await make_transcript(), await make_transcript()
    chunks = [await make_chunk(transcript.id, chunk_text="laufen") for _ in range(3)]
    kept = await make_chunk(other.id, chunk_text="laufen")
    await Transcript.update({Transcript.language: "de"}).where(Transcript.id == transcript.id)
    for chunk in chunks:
        assert await vector(chunk.id) == "'config:german' 'lauf':1"
    assert await vector(kept.id) == "'config:english' 'laufen':1"


async def test_a_language_of_the_same_configuration_rewrites_nothing() -> None:
    transcript = await make_transcript(language="en")
    chunk = await make_chunk(transcript.id)
    before = await value("SELECT xmin::text FROM chunks WHERE id = $1", chunk.id)
    await execute("UPDATE transcripts SET language = 'en-GB'")
    assert await value("SELECT xmin::text FROM chunks WHERE id = $1", chunk.id) == before


@pytest.mark.parametrize("write", DOORS)
async def test_two_megabytes_of_different_words_are_kept(write: Any) -> None:
    transcript = await make_transcript(full_text=HUGE)
    chunk_id = await write(transcript.id, HUGE)
    assert await value("SELECT length(chunk_text) FROM chunks WHERE id = $1", chunk_id) == len(HUGE)
    assert await value("SELECT full_text = $1 FROM transcripts", HUGE)
    found = "SELECT count(*) FROM chunks WHERE search_vector @@ to_tsquery('english', $1)"
    assert await value(found, "word000001") == 1
    assert await value(found, "word179999") == 0  # Past the part that is searched.


async def test_the_index_on_whole_transcripts_answers() -> None:
    video = await make_video()
    await make_transcript(video.id, language="fr", full_text="Les chevaux couraient")
    await make_transcript(video.id, language="en", full_text="Horses ran")
    found = await value(
        "SELECT array_agg(language) FROM transcripts "
        "WHERE search_vector(language, full_text) @@ to_tsquery('french', 'cheval')"
    )
    assert found == ["fr"]
