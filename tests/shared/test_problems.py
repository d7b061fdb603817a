"""What a client learns when something goes wrong on our side."""

import asyncio

import asyncpg
import httpx
import pytest

import piccolo_conf
from apps.shared.db.engine import FixedAddress
from apps.shared.db.errors import translate_error
from apps.shared.db.tables import constraint_messages
from apps.shared.errors import Busy, Conflict, DatabaseUnavailable, DomainError, Invalid
from apps.shared.http.problems import render_problem
from tests.factories import make_user, make_video
from tests.processes import free_port


async def test_an_unexpected_error_is_told_to_the_log_only(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    async with piccolo_conf.DB.connection() as connection:
        await connection.execute("ALTER TABLE videos RENAME COLUMN title TO caption")
        try:
            answer = await client.get("/api/videos")
        finally:
            await connection.execute("ALTER TABLE videos RENAME COLUMN caption TO title")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Internal error",
        "status": 500,
        "detail": "Something went wrong. The log has the details.",
    }
    records = [record for record in caplog.records if record.name == "reelbase.errors"]
    assert [record.getMessage() for record in records] == ["GET /api/videos failed."]
    assert records[0].exc_info is not None
    assert isinstance(records[0].exc_info[1], asyncpg.UndefinedColumnError)


async def test_while_the_database_is_away_everything_is_a_503(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    database = piccolo_conf.DB
    address, pool = database.address, database.pool
    database.address = FixedAddress(f"postgresql://me:hush@127.0.0.1:{free_port()}/db")
    database.pool = None
    try:
        answers = [
            await client.get("/api/videos"),
            await client.post("/api/channels", json={"name": "new"}),
            await client.post("/api/auth/login", json={"email": "a@b", "password": "12345678"}),
            await client.get("/health"),
            await client.get("/health/ready"),
        ]
    finally:
        database.address, database.pool = address, pool
    assert "GET /api/videos: ConnectionRefusedError" in caplog.text
    assert "hush" not in caplog.text
    for answer in answers:
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "2"
        assert "hush" not in answer.text
    for answer in answers[:3]:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["title"] == "Database unavailable"


async def test_a_full_pool_is_a_503(client: httpx.AsyncClient) -> None:
    pool = piccolo_conf.DB.pool
    assert pool is not None
    held = [await pool.acquire() for _ in range(pool.get_max_size())]
    before, pool.acquire_timeout = pool.acquire_timeout, 0.05
    try:
        answer = await client.get("/api/videos")
    finally:
        pool.acquire_timeout = before
        for connection in held:
            await pool.release(connection)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "All database connections were busy" in answer.json()["detail"]
    assert (await client.get("/api/videos")).status_code == 200


async def refused(query: str, *values: object) -> DomainError | None:
    async with piccolo_conf.DB.connection() as connection:
        with pytest.raises(asyncpg.PostgresError) as raised:
            await connection.execute(query, *values)
    told = translate_error(raised.value)
    assert told is None or "Failing row" not in told.message
    return told


async def test_each_refusal_of_postgresql_has_its_kind() -> None:
    video = await make_video(identifier="a")
    insert = "INSERT INTO videos (identifier, title, {}) VALUES ('b', 'b', {})"
    told = await refused("INSERT INTO videos (identifier, title) VALUES ('a', 'a')")
    assert isinstance(told, Conflict)
    taken = constraint_messages()["videos_identifier_key"]
    assert (told.message, told.fields) == (taken, {"identifier": taken})
    told = await refused(insert.format("id", "$1"), video.id)
    assert isinstance(told, Conflict)
    assert told.message == "This id is already taken."
    told = await refused(insert.format("channel_id", "$1"), video.id)
    assert isinstance(told, Invalid)
    assert told.message == "No such channel."
    told = await refused("INSERT INTO videos (identifier) VALUES ('b')")
    assert isinstance(told, Invalid)
    assert told.fields == {"title": "title is required."}
    told = await refused(insert.format("resolution", "repeat('x', 99)"))
    assert isinstance(told, Invalid)
    told = await refused(insert.format("file_size_bytes", "1e30"))
    assert isinstance(told, Invalid)
    assert await refused("SELECT nonsense") is None


async def test_a_key_that_ignores_case_names_its_column() -> None:
    await make_user(email="me@example.org")
    told = await refused("INSERT INTO users (email, password) VALUES ('ME@example.org', 'x')")
    assert isinstance(told, Conflict)
    assert list(told.fields) == ["email"]


async def test_a_database_that_takes_no_changes_is_busy() -> None:
    async with piccolo_conf.DB.transaction():
        await piccolo_conf.DB.run_ddl("SET TRANSACTION READ ONLY")
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError) as raised:
            await piccolo_conf.DB.run_ddl("DELETE FROM videos")
        assert isinstance(translate_error(raised.value), Busy)


async def test_a_deadlock_is_busy() -> None:
    one, two = await make_video(), await make_video()
    change = "UPDATE videos SET description = 'x' WHERE id = '{}'"

    async def lock(first: object, second: object) -> None:
        async with piccolo_conf.DB.transaction():
            await piccolo_conf.DB.run_ddl("SET LOCAL deadlock_timeout = '20ms'")
            await piccolo_conf.DB.run_ddl(change.format(first))
            await asyncio.sleep(0.05)
            await piccolo_conf.DB.run_ddl(change.format(second))

    ends = await asyncio.gather(
        asyncio.create_task(lock(one.id, two.id)),
        asyncio.create_task(lock(two.id, one.id)),
        return_exceptions=True,
    )
    faults = [end for end in ends if end is not None]
    assert len(faults) == 1
    assert isinstance(translate_error(faults[0]), Busy)


@pytest.mark.parametrize(
    "error", [ConnectionRefusedError(), TimeoutError(), asyncpg.CannotConnectNowError("")]
)
def test_a_database_that_is_away_is_told_as_such(error: Exception) -> None:
    assert isinstance(translate_error(error), DatabaseUnavailable)


def test_what_nobody_foresaw_is_not_translated() -> None:
    assert translate_error(ZeroDivisionError()) is None


def test_a_problem_lists_its_fields() -> None:
    response = render_problem(
        422, "Invalid", "No.", fields={"name": "Too long."}, headers={"X-A": "b"}
    )
    assert response.headers["X-A"] == "b"
    assert response.content["errors"] == [{"field": "name", "message": "Too long."}]


@pytest.mark.parametrize(
    ("method", "path", "content", "field", "message"),
    [
        ("POST", "/api/videos", b"", "body", "A JSON object is required."),
        ("POST", "/api/videos", b"[]", "body", "Expected `object`, got `array`"),
        ("POST", "/api/videos", b"{", "body", "Not valid JSON: "),
        ("POST", "/api/videos", b'{"title": 1e400}', "body", "Not valid JSON: "),
        ("GET", "/api/search", None, "q", "This is required."),
    ],
)
async def test_what_is_missing_is_named(
    client: httpx.AsyncClient, method: str, path: str, content: bytes, field: str, message: str
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await client.request(method, path, content=content, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["title"] == "Invalid request"
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert error["message"].startswith(message)
    assert "`$" not in answer.text
