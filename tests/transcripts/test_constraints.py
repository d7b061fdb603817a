"""What the database refuses of transcripts and chunks, and the sentence a client reads."""

from typing import Any

import asyncpg
import httpx
import pytest

from apps.transcripts.tables import CONSTRAINT_MESSAGES, Transcript
from tests.database import execute, fetch, value
from tests.factories import make_chunk, make_transcript, make_user, make_video
from tests.refusals import DOORS, Refusal, Row, assert_refused_by_admin, in_the_admin

KEY = ("video_id", "user_id", "language", "source")

# What is wrong with the row, one thing at a time.
REFUSED = [
    Refusal("transcripts_source_check", "transcripts", {"source": "heard"}, status=400),
    Refusal(
        "transcripts_video_id_user_id_language_source_key",
        "transcripts",
        {"language": "taken"},
        KEY,
    ),
    Refusal("transcripts_primary_key", "transcripts", {"is_primary": True}, ("video_id",)),
    Refusal("transcripts_number_of_words_check", "transcripts", {"number_of_words": -1}),
    Refusal("transcripts_number_of_segments_check", "transcripts", {"number_of_segments": -1}),
    Refusal(
        "transcripts_processing_time_seconds_check",
        "transcripts",
        {"processing_time_seconds": -0.1},
    ),
    Refusal(
        "chunks_transcript_id_chunk_index_key",
        "chunks",
        {"chunk_index": 3},
        ("transcript_id", "chunk_index"),
    ),
    Refusal("chunks_chunk_index_check", "chunks", {"chunk_index": -1}),
    Refusal("chunks_token_count_check", "chunks", {"token_count": -1}),
    Refusal("chunks_end_time_check", "chunks", {"start_time": 5.0, "end_time": 5.0}, ("end_time",)),
    Refusal("chunks_end_time_check", "chunks", {"start_time": 5.0, "end_time": 4.9}, ("end_time",)),
]
IMMUTABLE = "transcripts_immutable"


@pytest.fixture
async def parents() -> dict[str, Row]:
    """Valid rows for both tables, next to ones that are taken."""
    taken = await make_transcript(language="taken", is_primary=True)
    await make_chunk(taken.id, chunk_index=3)
    return {
        "transcripts": {"video_id": taken.video_id, "source": "youtube_auto", "full_text": "words"},
        "chunks": {"transcript_id": taken.id, "chunk_text": "words", "chunk_index": 4},
    }


def test_every_message_has_a_case() -> None:
    assert {case.constraint for case in REFUSED} | {IMMUTABLE} == set(CONSTRAINT_MESSAGES)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("case", REFUSED, ids=str)
async def test_it_is_refused(
    parents: dict[str, Row], client: httpx.AsyncClient, case: Refusal, door: Any
) -> None:
    await door(case, parents[case.table], CONSTRAINT_MESSAGES[case.constraint], client)


@pytest.mark.parametrize("case", in_the_admin(REFUSED), ids=str)
async def test_the_admin_refuses_it(
    parents: dict[str, Row], admin: httpx.AsyncClient, case: Refusal
) -> None:
    await assert_refused_by_admin(
        case, parents[case.table], CONSTRAINT_MESSAGES[case.constraint], admin
    )


async def test_one_primary_transcript_of_a_video_in_the_library() -> None:
    video = await make_video()
    await make_transcript(video.id, language="en", is_primary=True)
    await make_transcript(video.id, language="de")
    await make_transcript(is_primary=True)
    for _ in range(2):
        # Those of a person do not count, not even two of the same person.
        user = await make_user()
        await make_transcript(video.id, user_id=user.id, language="en", is_primary=True)
        await make_transcript(video.id, user_id=user.id, language="de", is_primary=True)
    with pytest.raises(asyncpg.UniqueViolationError) as refusal:
        await execute("UPDATE transcripts SET is_primary = true WHERE user_id IS NULL")
    assert refusal.value.constraint_name == "transcripts_primary_key"


async def test_one_transcript_a_language_source_and_owner() -> None:
    video, user = await make_video(), await make_user()
    for owner in (None, user.id):
        await make_transcript(video.id, user_id=owner)
        await make_transcript(video.id, user_id=owner, language="de")
        await make_transcript(video.id, user_id=owner, source="imported")
        with pytest.raises(asyncpg.UniqueViolationError):
            await make_transcript(video.id, user_id=owner)
    assert await value("SELECT count(*) FROM transcripts") == 6


@pytest.mark.parametrize(
    "change",
    [
        "full_text = 'other words'",
        "full_text = ''",
        """word_timestamps = '[{"word": "a", "start": 0, "end": 1}]'""",
        """segment_timestamps = '[1]'""",
        "language = 'de', full_text = 'other'",
    ],
)
async def test_a_transcripts_text_never_changes(change: str) -> None:
    await make_transcript()
    with pytest.raises(asyncpg.RestrictViolationError, match="delete it and create another") as no:
        await execute(f"UPDATE transcripts SET {change}")
    assert no.value.constraint_name == IMMUTABLE
    with pytest.raises(asyncpg.RestrictViolationError):
        await execute(
            "INSERT INTO transcripts SELECT * FROM transcripts "
            f"ON CONFLICT (id) DO UPDATE SET {change}"
        )
    assert await value("SELECT full_text || word_timestamps FROM transcripts") == "hello world[]"


async def test_everything_else_of_a_transcript_changes() -> None:
    await make_transcript()
    await execute(
        "UPDATE transcripts SET language = 'de', is_primary = true, number_of_words = 2, "
        "metadata = '{\"a\": 1}', full_text = full_text, word_timestamps = word_timestamps"
    )
    (row,) = await fetch("SELECT language, is_primary, number_of_words FROM transcripts")
    assert row == {"language": "de", "is_primary": True, "number_of_words": 2}


async def test_piccolo_cannot_change_the_text() -> None:
    transcript = await make_transcript()
    with pytest.raises(asyncpg.RestrictViolationError):
        await Transcript.update({Transcript.full_text: "other"}).where(
            Transcript.id == transcript.id
        )
    transcript.full_text = "other"
    with pytest.raises(asyncpg.RestrictViolationError):
        await transcript.save()
    transcript.full_text, transcript.language = "hello world", "de"
    await transcript.save()
    assert await value("SELECT language || full_text FROM transcripts") == "dehello world"


@pytest.mark.parametrize("field", ["full_text", "word_timestamps", "segment_timestamps"])
async def test_rest_has_no_field_for_the_text(client: httpx.AsyncClient, field: str) -> None:
    transcript = await make_transcript()
    path = f"/api/transcripts/{transcript.id}"
    before = (await client.get(path)).json()
    answer = await client.patch(path, json={field: before[field], "language": "de"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field
    assert (await client.get(path)).json() == before


async def test_chunks_without_times_and_of_any_order() -> None:
    transcript = await make_transcript()
    for number, (start, end) in enumerate([(None, None), (1.0, None), (None, 1.0), (-1.0, 0.0)]):
        await make_chunk(transcript.id, chunk_index=number, start_time=start, end_time=end)
    assert await value("SELECT count(*) FROM chunks") == 4
