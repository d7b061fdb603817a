"""Nothing is written into somebody else's row, for them or for everybody, nor told by refusing."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar import Litestar

from tests.accounts.callers import Callers, same, signed_in
from tests.accounts.matrix import CHANGES, PRIVATE
from tests.accounts.test_matrix import controllers
from tests.database import counts, fetch
from tests.factories import make_chunk, make_conversation, make_transcript, make_video

FOR_OTHERS = "Only an administrator can write rows that are shared or someone else's."
OWNED = ("conversations", "transcripts", "chunks", "templates")


@pytest.fixture
async def callers(application: Litestar) -> AsyncIterator[Callers]:
    async with signed_in(application) as found:
        yield found


async def into(callers: Callers, table: str, who: str) -> tuple[str, UUID, dict[str, Any]]:
    """The reference of the table, a row for it, and what else a row of the table needs."""
    if table == "messages":
        conversation = await make_conversation(callers.id(who))
        return "conversation_id", conversation.id, {"role": "user", "content": "hello"}
    transcript = await make_transcript(user_id=callers.id(who))
    if who == "other":
        await make_chunk(transcript.id, chunk_index=7)
    return "transcript_id", transcript.id, {"chunk_text": "hello", "chunk_index": 7}


@pytest.mark.parametrize("table", ["messages", "chunks"])
async def test_nothing_is_written_into_it(callers: Callers, table: str) -> None:
    """Not even a key that is taken in it is told."""
    reference, hidden, values = await into(callers, table, "other")
    unknown, client, before = uuid4(), callers["user"], await counts()
    state = await fetch("SELECT * FROM conversations")
    answers = [
        await client.post(f"/api/{table}", json={**values, reference: str(key)})
        for key in (hidden, unknown)
    ]
    same(answers[0], hidden, answers[1], unknown)
    assert answers[0].status_code == 422
    message = f"No such {reference.removesuffix('_id').replace('_', ' ')}."
    assert answers[0].json()["errors"] == [{"field": reference, "message": message}]
    assert await counts() == before
    assert await fetch("SELECT * FROM conversations") == state


@pytest.mark.parametrize("table", ["messages", "chunks"])
async def test_nothing_is_moved_into_it(callers: Callers, table: str) -> None:
    reference, hidden, _ = await into(callers, table, "other")
    _, mine, values = await into(callers, table, "user")
    made = await callers["user"].post(f"/api/{table}", json={**values, reference: str(mine)})
    row, unknown = made.json(), uuid4()
    path = f"/api/{table}/{row['id']}"
    answers = [
        await callers["user"].patch(path, json={reference: str(key)}) for key in (hidden, unknown)
    ]
    same(answers[0], hidden, answers[1], unknown)
    assert answers[0].status_code == 422
    assert [fault["field"] for fault in answers[0].json()["errors"]] == [reference]
    assert (await callers["user"].get(path)).json() == row


async def test_a_hidden_row_that_would_be_moved_is_not_found(callers: Callers) -> None:
    chunk = await PRIVATE["chunks"](callers.id("other"))
    mine = await make_transcript(user_id=callers.id("user"))
    for key in (chunk.transcript_id, mine.id, uuid4()):
        answer = await callers["user"].patch(
            f"/api/chunks/{chunk.id}", json={"transcript_id": str(key)}
        )
        assert answer.status_code == 404


@pytest.mark.parametrize("table", ["messages", "chunks"])
async def test_a_batch_with_one_row_of_others_writes_nothing(callers: Callers, table: str) -> None:
    reference, hidden, values = await into(callers, table, "other")
    _, mine, _ = await into(callers, table, "user")
    before = await counts()
    items = [
        {**values, reference: str(mine)},
        {**values, reference: str(hidden)},
    ]
    answer = await callers["user"].post(f"/api/{table}/batch", json={"items": items})
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert fault["field"].removeprefix("items[1].") == reference
    assert await counts() == before


@pytest.mark.parametrize("table", OWNED)
async def test_nobody_writes_for_somebody_else_nor_for_everybody(
    callers: Callers, table: str
) -> None:
    row, client = await PRIVATE[table](callers.id("user")), callers["user"]
    path, before = f"/api/{table}/{row.id}", await fetch(f"SELECT * FROM {table}")
    content = (await client.get(path)).json()
    written = controllers()[table].signature_namespace["Create"].__struct_fields__
    others = [str(callers.id("other")), str(uuid4())]
    for user_id in others if table == "conversations" else [*others, None]:
        new = {name: content[name] for name in written} | {"user_id": user_id}
        for answer in (
            await client.patch(path, json={"user_id": user_id}),
            await client.post(f"/api/{table}", json=new),
            await client.post(f"/api/{table}/batch", json={"items": [new]}),
        ):
            assert answer.status_code == 403
            (fault,) = answer.json()["errors"]
            assert fault["message"] == FOR_OTHERS
    assert await fetch(f"SELECT * FROM {table}") == before


@pytest.mark.parametrize("table", ["transcripts", "templates"])
async def test_a_key_that_a_hidden_row_has_is_free(callers: Callers, table: str) -> None:
    row = await PRIVATE[table](callers.id("other"))
    content = (await callers["other"].get(f"/api/{table}/{row.id}")).json()
    written = controllers()[table].signature_namespace["Create"].__struct_fields__
    new = {name: content[name] for name in written if name != "user_id"}
    made = await callers["user"].post(f"/api/{table}", json=new)
    assert (made.status_code, made.json()["user_id"]) == (201, str(callers.id("user")))
    assert (await callers["user"].post(f"/api/{table}", json=new)).status_code == 409


@pytest.mark.parametrize("headers", [{}, {"If-Match": '"stale"'}])
@pytest.mark.parametrize("table", ["transcripts", "chunks", "templates", "videos"])
async def test_what_can_be_seen_and_not_changed_is_forbidden(
    callers: Callers, table: str, headers: dict[str, str]
) -> None:
    row = await (make_video() if table == "videos" else PRIVATE[table](None))
    path, noun = f"/api/{table}/{row.id}", table.removesuffix("s")
    change = {"title": "changed"} if table == "videos" else CHANGES[table]
    sentence = f"This {noun} is not yours to change."
    if table == "videos":
        sentence = "Only an administrator can change videos."
    before = await fetch(f"SELECT * FROM {table}")
    for answer in (
        await callers["user"].patch(path, json=change, headers=headers),
        await callers["user"].delete(path, headers=headers),
    ):
        assert (answer.status_code, answer.json()["detail"]) == (403, sentence)
    assert await fetch(f"SELECT * FROM {table}") == before
