"""What a delete takes along: exactly that, counted in every table."""

from uuid import UUID

import httpx
import pytest

from tests.database import counts, execute, insert
from tests.factories import make_channel, make_chunk, make_transcript, make_user, make_video


async def make_family(channel_id: UUID | None, user_id: UUID | None = None) -> UUID:
    """A video with an import record, a library transcript of two chunks and a private one of one.

    Returns its id.
    """
    video = await make_video(channel_id=channel_id)
    await insert("import_records", path="x", video_id=video.id)
    library = await make_transcript(video.id, is_primary=True)
    await make_chunk(library.id)
    await make_chunk(library.id)
    private = await make_transcript(video.id, user_id=user_id or (await make_user()).id)
    await make_chunk(private.id, user_id=private.user_id)
    return UUID(str(video.id))


async def lost(before: dict[str, int]) -> dict[str, int]:
    after = await counts()
    return {table: before[table] - after[table] for table in after if before[table] != after[table]}


async def make_two_families() -> tuple[UUID, UUID]:
    """A channel that has one of them, and that family's video."""
    channel = await make_channel()
    await insert("import_records", path="c", channel_id=channel.id)
    video_id = await make_family(channel.id)
    other = await make_channel()
    await insert("import_records", path="d", channel_id=other.id)
    await make_family(other.id)
    return UUID(str(channel.id)), video_id


@pytest.mark.parametrize("door", ["sql", "rest"])
async def test_a_channel_takes_its_videos_and_what_they_have(
    client: httpx.AsyncClient, door: str
) -> None:
    channel_id, _ = await make_two_families()
    before = await counts()
    if door == "sql":
        await execute("DELETE FROM channels WHERE id = $1", channel_id)
    else:
        assert (await client.delete(f"/api/channels/{channel_id}")).status_code == 204
    assert await lost(before) == {
        "channels": 1,
        "videos": 1,
        "import_records": 2,
        "transcripts": 2,
        "chunks": 3,
    }


@pytest.mark.parametrize("door", ["sql", "rest"])
async def test_a_video_takes_its_transcripts_chunks_and_import_record(
    client: httpx.AsyncClient, door: str
) -> None:
    _, video_id = await make_two_families()
    before = await counts()
    if door == "sql":
        await execute("DELETE FROM videos WHERE id = $1", video_id)
    else:
        assert (await client.delete(f"/api/videos/{video_id}")).status_code == 204
    assert await lost(before) == {"videos": 1, "import_records": 1, "transcripts": 2, "chunks": 3}


async def test_a_transcript_takes_its_chunks(client: httpx.AsyncClient) -> None:
    _, video_id = await make_two_families()
    page = (await client.get(f"/api/videos/{video_id}/transcripts")).json()["items"]
    library = next(row for row in page if row["user_id"] is None)
    before = await counts()
    assert (await client.delete(f"/api/transcripts/{library['id']}")).status_code == 204
    assert await lost(before) == {"transcripts": 1, "chunks": 2}


async def test_a_user_takes_sessions_and_private_rows_and_leaves_the_library() -> None:
    user = await make_user()
    await insert("sessions", user_id=user.id, token_hash="a" * 64)
    await insert("sessions", user_id=user.id, token_hash="b" * 64)
    await make_family((await make_channel()).id, user.id)
    await make_two_families()
    before = await counts()
    await execute("DELETE FROM users WHERE id = $1", user.id)
    assert await lost(before) == {"users": 1, "sessions": 2, "transcripts": 1, "chunks": 1}


async def test_a_private_chunk_of_a_library_transcript_goes_with_its_user() -> None:
    user, transcript = await make_user(), await make_transcript()
    await make_chunk(transcript.id)
    await make_chunk(transcript.id, user_id=user.id)
    before = await counts()
    await execute("DELETE FROM users WHERE id = $1", user.id)
    assert await lost(before) == {"users": 1, "chunks": 1}
