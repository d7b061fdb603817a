"""What was written down stays; what was not done is not written down."""

import asyncio
from uuid import UUID

import asyncpg
import httpx
import pytest

import piccolo_conf
from apps.accounts.tables import User
from apps.audit.tables import CONSTRAINT_MESSAGES
from apps.shared.db.actors import EntryPoint, act_as
from apps.shared.db.errors import translate_error
from apps.shared.errors import Invalid
from tests.audit.entries import entries
from tests.database import execute, value
from tests.factories import make_audit_entry, make_channel, make_video

LOST = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What asyncpg makes of a connection that was ended."""
SENTENCE = CONSTRAINT_MESSAGES["audit_entries_immutable"]


@pytest.mark.parametrize(
    "query",
    [
        "UPDATE audit_entries SET user_email = 'else@example.org'",
        "UPDATE audit_entries SET user_email = user_email WHERE false",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
        "INSERT INTO audit_entries (id, door, action, table_name, row_id) "
        "SELECT id, door, action, table_name, row_id FROM audit_entries "
        "ON CONFLICT (id) DO UPDATE SET user_email = NULL",
    ],
)
async def test_plain_sql_cannot_change_it(query: str) -> None:
    await make_audit_entry()
    before = await entries()
    with pytest.raises(asyncpg.RestrictViolationError) as refusal:
        await execute(query)
    assert refusal.value.constraint_name == "audit_entries_immutable"
    said = translate_error(refusal.value)
    assert isinstance(said, Invalid)
    assert said.message == SENTENCE
    assert await entries() == before


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
async def test_rest_cannot_change_it(client: httpx.AsyncClient, method: str) -> None:
    entry = await make_audit_entry()
    before = await entries()
    path = "/api/audit_entries" + (f"/{entry.id}" if method != "POST" else "")
    answer = await client.request(method, path, json={"door": "admin"})
    assert answer.status_code == 405
    assert answer.json()["detail"] == "This endpoint allows GET, OPTIONS."
    assert await entries() == before


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
async def test_the_admin_cannot_change_it(admin: httpx.AsyncClient, method: str) -> None:
    entry = await make_audit_entry()
    before = await entries()
    path = "api/tables/audit_entries/" + (f"{entry.id}/" if method != "POST" else "")
    answer = await admin.request(method, path, json={"door": "admin"})
    assert answer.status_code in {405, 422}, answer.text
    assert await entries() == before


async def test_what_is_refused_is_not_written_down(client: httpx.AsyncClient) -> None:
    video = {"identifier": "one", "title": "One"}
    assert (await client.post("/api/videos", json=video)).status_code == 201
    one = {**video, "identifier": "two"}
    refused = [
        await client.post("/api/videos", json=video),
        await client.post("/api/videos/batch", json={"items": [one, one]}),
        await client.patch("/api/videos/one", json={"duration_seconds": -1}),
        await client.patch("/api/videos/one", json={"title": "x"}, headers={"If-Match": '"old"'}),
        await client.delete("/api/videos/none"),
    ]
    assert [answer.status_code for answer in refused] == [409, 409, 422, 412, 404]
    assert [(e["action"], e["new"]["identifier"]) for e in await entries()] == [("created", "one")]


async def test_what_is_sent_again_is_written_down_once(client: httpx.AsyncClient) -> None:
    for _ in range(2):
        answer = await client.post(
            "/api/videos",
            json={"identifier": "one", "title": "One"},
            headers={"Idempotency-Key": "once"},
        )
        assert answer.status_code == 201
    assert [e["table_name"] for e in await entries()] == ["videos"]


async def test_a_change_and_its_entry_come_and_go_together(admin_user: User) -> None:
    """The server ends the connection before the transaction has ended."""

    async def change() -> None:
        async with piccolo_conf.DB.transaction():
            await make_video()
            assert await value("SELECT count(*) FROM audit_entries") == 1
            assert await in_other("SELECT count(*) FROM audit_entries") == 0
            await in_other(f"SELECT pg_terminate_backend({await value('SELECT pg_backend_pid()')})")

    with (
        act_as(EntryPoint.rest, admin_user.id, admin_user.email),
        pytest.raises(LOST),
    ):
        await change()
    assert await value("SELECT (SELECT count(*) FROM videos), count(*) FROM audit_entries") == 0
    assert await entries() == []


async def in_other(query: str) -> object:
    connection = await asyncpg.connect(await piccolo_conf.DB.address.dsn())
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_it_outlives_the_row_and_the_person(admin_user: User) -> None:
    with act_as(EntryPoint.rest, admin_user.id, admin_user.email):
        video = await make_video()
    await execute("DELETE FROM videos; DELETE FROM users")
    (entry,) = await entries()
    assert entry["row_id"] == UUID(str(video.id))
    assert (entry["user_id"], entry["user_email"]) == (admin_user.id, admin_user.email)


async def test_what_nobody_does_is_not_written_down() -> None:
    """The terminal, a migration, psql."""
    channel = await make_channel()
    await execute("UPDATE channels SET description = 'new' WHERE id = $1", channel.id)
    await asyncio.gather(*(make_video(channel_id=channel.id) for _ in range(8)))
    await execute("DELETE FROM channels")
    assert await entries() == []
