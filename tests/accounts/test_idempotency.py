"""A request that is sent again with its Idempotency-Key."""

import asyncio

import httpx
import pytest

from apps.accounts.callers import Caller
from apps.accounts.idempotency import run_idempotent
from apps.accounts.tables import Session
from apps.shared.errors import Invalid
from tests.database import execute, value
from tests.factories import make_user

VIDEO = {"identifier": "one", "title": "One"}
KEY = {"Idempotency-Key": "a key of mine"}


async def count(table: str = "videos") -> int:
    return int(await value(f"SELECT count(*) FROM {table}"))


async def test_the_answer_is_that_of_the_first_time(client: httpx.AsyncClient) -> None:
    first = await client.post("/api/videos", json=VIDEO, headers=KEY)
    await client.patch("/api/videos/one", json={"title": "Two"})
    again = await client.post("/api/videos", json=VIDEO, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["etag"] == first.headers["etag"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await count() == 1


async def test_a_batch_is_made_once(client: httpx.AsyncClient) -> None:
    body = {"items": [{"name": "a"}, {"name": "b"}]}
    first = await client.post("/api/channels/batch", json=body, headers=KEY)
    again = await client.post("/api/channels/batch", json=body, headers=KEY)
    assert (first.status_code, again.content) == (201, first.content)
    assert await count("channels") == 2


@pytest.mark.parametrize(
    ("path", "body"),
    [("/api/videos", {**VIDEO, "title": "Two"}), ("/api/channels", {"name": "a"})],
)
async def test_a_key_is_of_one_request(
    client: httpx.AsyncClient, path: str, body: dict[str, str]
) -> None:
    await client.post("/api/videos", json=VIDEO, headers=KEY)
    answer = await client.post(path, json=body, headers=KEY)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert (await count(), await count("channels")) == (1, 0)


async def test_what_was_refused_leaves_the_key_free(client: httpx.AsyncClient) -> None:
    refused = await client.post("/api/videos", json={**VIDEO, "duration_seconds": -1}, headers=KEY)
    assert refused.status_code == 422
    assert await count("idempotency_keys") == 0
    assert (await client.post("/api/videos", json=VIDEO, headers=KEY)).status_code == 201


async def test_a_key_is_its_users_own(
    client: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    other = await Session.create_session((await make_user(admin=True)).id)
    await client.post("/api/videos", json=VIDEO, headers=KEY)
    theirs = await anonymous.post(
        "/api/channels",
        json={"name": "a"},
        headers={**KEY, "Authorization": f"Bearer {other.token}"},
    )
    assert theirs.status_code == 201


async def test_a_key_is_forgotten_after_a_day(client: httpx.AsyncClient) -> None:
    for _ in range(3):
        await client.post("/api/channels", json={"name": "a"}, headers=KEY)
    assert await count("channels") == 1
    await execute("UPDATE idempotency_keys SET created_at = now() - interval '86401 seconds'")
    await client.post("/api/channels", json={"name": "b"}, headers={"Idempotency-Key": "another"})
    assert await count("idempotency_keys") == 1
    await client.post("/api/channels", json={"name": "a"}, headers=KEY)
    assert await count("channels") == 3


@pytest.mark.parametrize("key", ["", "k" * 256])
async def test_a_key_that_cannot_be(client: httpx.AsyncClient, key: str) -> None:
    answer = await client.post("/api/videos", json=VIDEO, headers={"Idempotency-Key": key})
    assert answer.status_code == 400
    assert "idempotency" in answer.json()["errors"][0]["field"].lower()
    assert await count() == 0


async def test_of_many_at_once_one_makes_it(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(
        *[client.post("/api/channels", json={"name": "a"}, headers=KEY) for _ in range(20)]
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert await count("channels") == 1


async def test_an_error_of_the_maker_is_passed_on() -> None:
    user = await make_user()
    caller = Caller(user.id, user.email, False, False)

    async def fail() -> bytes:
        raise Invalid("No.")

    with pytest.raises(Invalid, match="No"):
        await run_idempotent(caller, "key", "f" * 64, fail)
    assert await count("idempotency_keys") == 0
