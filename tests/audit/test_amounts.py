"""How much is written down: long values are cut, chunks come with their transcript."""

import json
from collections import Counter
from pathlib import Path

import httpx
import pytest

from apps.accounts.tables import User
from apps.shared.db.actors import EntryPoint, act_as
from tests.audit.entries import entries, forget
from tests.catalog.downloads import write_video
from tests.catalog.test_import_rest import root  # noqa: F401  # A fixture.
from tests.database import execute, value
from tests.factories import (
    make_channel,
    make_chunk,
    make_conversation,
    make_message,
    make_moment,
    make_transcript,
    make_user,
    make_video,
)


async def kinds() -> Counter[tuple[str, str]]:
    return Counter((each["table_name"], each["action"]) for each in await entries())


async def test_an_import_writes_no_entry_for_each_chunk(
    client: httpx.AsyncClient,
    admin_user: User,
    root: Path,  # noqa: F811
) -> None:
    for number in range(3):
        write_video(root, f"Talk {number}", id=f"aaaaaaaaaa{number}", words=400)
    answer = await client.post("/api/imports", json={"folder": str(root)})
    assert answer.status_code == 200
    assert answer.json()["videos"]["created"] == 3
    chunks = await value("SELECT count(*) FROM chunks")
    found = await kinds()
    assert chunks > 3
    assert found["videos", "created"] == found["transcripts", "created"] == 3
    assert not [table for table, _ in found if table in {"chunks", "import_records"}]
    assert {each["user_id"] for each in await entries()} == {admin_user.id}


async def test_a_chunk_of_its_own_is_an_entry(client: httpx.AsyncClient) -> None:
    transcript = await make_transcript()
    new = {"transcript_id": str(transcript.id), "chunk_text": "words", "word_starts": [0.5]}
    many = {"items": [{**new, "chunk_index": number} for number in range(3)]}
    assert (await client.post("/api/chunks/batch", json=many)).status_code == 201
    assert await kinds() == {("chunks", "created"): 3}
    entry = (await entries())[0]
    assert entry["columns"] == ["chunk_text", "chunk_index", "token_count", "transcript_id"]


async def test_a_delete_says_what_went_along_but_for_chunks(client: httpx.AsyncClient) -> None:
    channel = await make_channel()
    video = await make_video(channel_id=channel.id)
    transcript = await make_transcript(video.id)
    await make_chunk(transcript.id)
    parent = await make_moment(video.id)
    await make_moment((await make_video()).id)
    assert (await client.delete(f"/api/channels/{channel.id}")).status_code == 204
    gone = {(e["table_name"], e["row_id"]) for e in await entries("action = 'deleted'")}
    rows = (channel, video, transcript, parent)
    assert gone == {(row._meta.tablename, row.id) for row in rows}
    assert len(await entries()) == len(rows)


async def test_a_reference_that_is_emptied_is_a_change(client: httpx.AsyncClient) -> None:
    parent = await make_moment()
    child = await make_moment(parent.video_id, parent_id=parent.id)
    assert (await client.delete(f"/api/moments/{parent.id}")).status_code == 204
    (changed,) = await entries("action = 'changed'")
    assert (changed["row_id"], changed["columns"]) == (child.id, ["parent_id"])
    assert (changed["old"], changed["new"]) == (
        {"parent_id": str(parent.id)},
        {"parent_id": None},
    )


async def test_what_follows_from_a_change_is_none(client: httpx.AsyncClient) -> None:
    user = await make_user()
    transcript = await make_transcript()
    await make_chunk(transcript.id)
    talk = await make_conversation(user.id)
    body = {"user_id": str(user.id), "language": "de"}
    assert (await client.patch(f"/api/transcripts/{transcript.id}", json=body)).status_code == 200
    assert await value("SELECT user_id FROM chunks") == user.id
    (entry,) = await entries()
    assert (entry["table_name"], entry["columns"]) == ("transcripts", ["user_id", "language"])
    await forget()
    sent = {"conversation_id": str(talk.id), "role": "user", "content": "Hello"}
    assert (await client.post("/api/messages", json=sent)).status_code == 201
    assert await kinds() == {("messages", "created"): 1}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x" * 500, "x" * 500),
        ("日" * 500, "日" * 500),
        ("日" * 501, "日" * 500 + "… (501 characters)"),
        ("a" * 499 + "\n" * 9001, "a" * 499 + "\n… (9500 characters)"),
    ],
)
async def test_a_long_text_is_cut(client: httpx.AsyncClient, text: str, shown: str) -> None:
    video = await make_video(description=text)
    path = f"/api/videos/{video.id}"
    assert (await client.patch(path, json={"description": f"{text} end"})).status_code == 200
    (entry,) = await entries()
    assert entry["old"] == {"description": shown}
    assert entry["new"]["description"].startswith(text[:499])
    assert len(entry["new"]["description"]) < 530


async def test_long_json_is_cut_and_short_json_is_not(client: httpx.AsyncClient) -> None:
    video = await make_video(metadata={"a": [1, None, {"b": 1.5}]})
    long = {"words": ["word"] * 1000}
    path = f"/api/videos/{video.id}"
    assert (await client.patch(path, json={"metadata": long})).status_code == 200
    (entry,) = await entries()
    assert entry["old"] == {"metadata": {"a": [1, None, {"b": 1.5}]}}
    text = json.dumps(long)
    assert entry["new"] == {"metadata": f"{text[:500]}… ({len(text)} characters)"}


async def test_two_long_texts_that_differ_after_the_cut_are_a_change(
    client: httpx.AsyncClient,
) -> None:
    video = await make_video(description="x" * 1000)
    path = f"/api/videos/{video.id}"
    assert (await client.patch(path, json={"description": "x" * 999 + "y"})).status_code == 200
    (entry,) = await entries()
    assert entry["columns"] == ["description"]
    assert entry["old"] == entry["new"]


async def test_the_times_of_words_are_not_even_looked_at() -> None:
    """A transcript of a day has megabytes of them."""
    words = [{"word": "word", "start": n / 3, "end": n / 3 + 0.2} for n in range(50_000)]
    user = await make_user()
    with act_as(EntryPoint.rest, user.id, user.email):
        transcript = await make_transcript(word_timestamps=words, full_text="word " * 50_000)
        await execute("UPDATE transcripts SET language = 'de' WHERE id = $1", transcript.id)
        await execute("DELETE FROM transcripts")
    created, changed, deleted = await entries("table_name = 'transcripts'")
    assert changed["columns"] == ["language"]
    for row in (created["new"], deleted["old"]):
        assert not {"word_timestamps", "segment_timestamps"} & row.keys()
        assert row["full_text"] == ("word " * 100) + "… (250000 characters)"


async def test_a_message_moves_its_conversation_and_that_is_no_entry() -> None:
    user = await make_user()
    talk = await make_conversation(user.id)
    with act_as(EntryPoint.rest, user.id, user.email):
        await make_message(talk.id)
    assert await kinds() == {("messages", "created"): 1}
