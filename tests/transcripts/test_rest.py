"""Transcripts and chunks over REST."""

from uuid import uuid4

import httpx
import pytest

from tests.factories import make_chunk, make_transcript, make_user, make_video

HEAVY = {"full_text", "word_timestamps", "segment_timestamps"}


async def test_nothing_is_an_empty_page(client: httpx.AsyncClient) -> None:
    for path in ("/api/transcripts", "/api/chunks"):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()) == (200, {"items": [], "next": None})


async def test_a_transcripts_whole_life(client: httpx.AsyncClient) -> None:
    video = await make_video()
    body = {
        "video_id": str(video.id),
        "source": "imported",
        "language": "de",
        "full_text": "Grüße — “aus” 日本\n",
        "word_timestamps": [{"word": "Grüße", "start": 0.0, "end": 1.25}],
        "segment_timestamps": [{"text": "Grüße — “aus” 日本", "start": 0, "end": 2.5}],
        "number_of_words": 3,
        "metadata": {"from": {"a": [None, 2**60]}},
    }
    made = await client.post("/api/transcripts", json=body)
    assert made.status_code == 201
    row = made.json()
    assert body.items() <= row.items()
    assert row["user_id"] is row["transcription_service"] is None
    path = f"/api/transcripts/{row['id']}"
    assert (await client.get(path)).json() == row
    changed = await client.patch(path, json={"is_primary": True, "metadata": {}})
    assert changed.json() == {**row, "is_primary": True, "metadata": {}}
    assert (await client.delete(path)).status_code == 204
    for answer in (await client.get(path), await client.delete(path)):
        assert answer.status_code == 404
        assert answer.json()["detail"] == f"There is no transcript {row['id']}."


async def test_a_chunks_whole_life(client: httpx.AsyncClient) -> None:
    transcript = await make_transcript()
    body = {
        "transcript_id": str(transcript.id),
        "chunk_text": "words in “quotes”",
        "chunk_index": 0,
        "start_time": 0.5,
        "end_time": 10.25,
        "word_starts": [0.5, 1.25, 2.0],
        "metadata": {"a": []},
    }
    made = await client.post("/api/chunks", json=body)
    assert made.status_code == 201
    row = made.json()
    assert body.items() <= row.items()
    assert "search_vector" not in row
    path = f"/api/chunks/{row['id']}"
    assert (await client.get(path)).json() == row
    changed = (await client.patch(path, json={"chunk_text": "others", "end_time": None})).json()
    expected = {**row, "chunk_text": "others", "end_time": None, "word_starts": []}
    assert changed == {**expected, "updated_at": changed["updated_at"]}
    assert (await client.patch(path, json={"search_vector": "x"})).status_code == 400
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(path)).status_code == 404


async def test_each_call_is_one_statement(client: httpx.AsyncClient, queries: list[str]) -> None:
    transcript = await make_transcript()
    queries.clear()
    body = {"transcript_id": str(transcript.id), "chunk_text": "x", "chunk_index": 0}
    made = (await client.post("/api/chunks", json=body)).json()
    await client.get(f"/api/chunks/{made['id']}")
    await client.patch(f"/api/chunks/{made['id']}", json={"chunk_text": "y"})
    await client.get("/api/chunks")
    await client.delete(f"/api/chunks/{made['id']}")
    assert len(queries) == 5


async def test_pages_leave_out_the_text(client: httpx.AsyncClient) -> None:
    transcript = await make_transcript()
    whole = (await client.get(f"/api/transcripts/{transcript.id}")).json()
    assert whole.keys() >= HEAVY
    short = {name: content for name, content in whole.items() if name not in HEAVY}
    for path in ("/api/transcripts", f"/api/videos/{transcript.video_id}/transcripts"):
        assert (await client.get(path)).json() == {"items": [short], "next": None}


async def test_filters(client: httpx.AsyncClient) -> None:
    wanted = await make_transcript()
    chunk = await make_chunk(wanted.id)
    await make_chunk()
    params = {"video_id": str(wanted.video_id)}
    page = (await client.get("/api/transcripts", params=params)).json()
    assert [row["id"] for row in page["items"]] == [str(wanted.id)]
    params = {"transcript_id": str(wanted.id)}
    page = (await client.get("/api/chunks", params=params)).json()
    assert [row["id"] for row in page["items"]] == [str(chunk.id)]
    answer = await client.get("/api/chunks", params={"transcript_id": "x"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "transcript_id"


@pytest.mark.parametrize("key", ["id", "identifier"])
async def test_a_videos_transcripts(
    client: httpx.AsyncClient, queries: list[str], key: str
) -> None:
    video = await make_video(identifier="-odd.name~")
    languages = ["de", "en", "fr"]
    for language in languages:
        await make_transcript(video.id, language=language)
    await make_transcript()
    path = f"/api/videos/{video.id if key == 'id' else video.identifier}/transcripts"
    queries.clear()
    page = (await client.get(path, params={"limit": 2})).json()
    assert len(queries) <= 2
    assert [row["language"] for row in page["items"]] == languages[:2]
    page = (await client.get(path, params={"limit": 2, "cursor": page["next"]})).json()
    assert [row["language"] for row in page["items"]] == languages[2:]
    assert page["next"] is None


async def test_a_transcripts_chunks(client: httpx.AsyncClient, queries: list[str]) -> None:
    transcript = await make_transcript()
    for place in range(5):
        await make_chunk(transcript.id, chunk_index=place)
    await make_chunk()
    path = f"/api/transcripts/{transcript.id}/chunks"
    queries.clear()
    page = (await client.get(path, params={"limit": 3})).json()
    assert len(queries) <= 2
    assert [row["chunk_index"] for row in page["items"]] == [0, 1, 2]
    page = (await client.get(path, params={"limit": 3, "cursor": page["next"]})).json()
    assert [row["chunk_index"] for row in page["items"]] == [3, 4]


async def test_a_parent_without_rows_is_not_one_that_does_not_exist(
    client: httpx.AsyncClient,
) -> None:
    video, transcript, nobody = await make_video(), await make_transcript(), uuid4()
    for path in (f"/api/videos/{video.id}/transcripts", f"/api/transcripts/{transcript.id}/chunks"):
        assert (await client.get(path)).json() == {"items": [], "next": None}
    unknown = {
        f"/api/videos/{nobody}/transcripts": f"There is no video {nobody}.",
        "/api/videos/nobody/transcripts": "There is no video nobody.",
        f"/api/transcripts/{nobody}/chunks": f"There is no transcript {nobody}.",
    }
    for path, sentence in unknown.items():
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["detail"]) == (404, sentence)


async def test_a_dangling_reference_is_reported(client: httpx.AsyncClient) -> None:
    user = await make_user()
    body = {"video_id": str(uuid4()), "user_id": str(user.id), "source": "imported"}
    answer = await client.post("/api/transcripts", json={**body, "full_text": "x"})
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == ["video_id"]
    chunk = {"transcript_id": str(uuid4()), "chunk_text": "x", "chunk_index": 0}
    answer = await client.post("/api/chunks", json=chunk)
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == ["transcript_id"]
