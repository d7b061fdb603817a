"""The right name, or none: whoever else is at work on the same few connections."""

import asyncio
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

import piccolo_conf
from apps.accounts.callers import forget_callers
from apps.accounts.tables import Session, User
from apps.catalog.tables import Video
from apps.shared.db.actors import EntryPoint, act_as, run_in_background
from tests.admin.forms import signed_in
from tests.audit.entries import entries, forget
from tests.database import execute, fetch, value
from tests.factories import make_user, make_video

Write = Callable[[str], Awaitable[Any]]
"""Makes a video of this title."""

SOMEBODY = uuid4()
STALE = '{"door":"rest","email":"somebody@else.example"}'


def body(title: str) -> dict[str, Any]:
    return {"identifier": uuid4().hex, "title": title}


@pytest.fixture
async def people(application: Litestar) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """Email → a client; those with an `a` use REST, the others the admin."""
    transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with AsyncExitStack() as stack:
        found = {}
        for name in ("anna", "carla", "otto", "otis"):
            user = await make_user(email=f"{name}@example.org", admin=True, superuser=True)
            if "a" in name:
                token = (await Session.create_session(user.id)).token
                found[user.email] = await stack.enter_async_context(
                    httpx.AsyncClient(
                        transport=transport,
                        base_url="http://localhost/",
                        headers={"Authorization": f"Bearer {token}"},
                    )
                )
            else:
                forms = await stack.enter_async_context(signed_in(application, user))
                found[user.email] = forms.client
        await forget()
        yield found


async def write_as(client: httpx.AsyncClient, email: str) -> None:
    path = "api/videos" if "a" in email.partition("@")[0] else "api/tables/videos/"
    await client.post(path, json=body(email))


async def read_as(client: httpx.AsyncClient, email: str) -> None:
    path = "api/videos" if "a" in email.partition("@")[0] else "api/tables/videos/"
    await client.get(path)


async def fail_as(client: httpx.AsyncClient, email: str) -> None:
    """A transaction that is rolled back when half of it is done."""
    if "a" in email.partition("@")[0]:
        twice = {"items": [body(f"rolled back by {email}")] * 2}
        await client.post("api/videos/batch", json=twice)


async def hang_up_as(client: httpx.AsyncClient, email: str) -> None:
    """The request is cut off wherever it is."""
    task = asyncio.create_task(write_as(client, email))
    await asyncio.sleep(random.random() / 100)  # No secret.
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def write_as_nobody(*_: Any) -> None:
    await Video(**body("nobody")).save()


async def write_in_background(client: httpx.AsyncClient, email: str) -> None:
    """Started by a request, and of nobody."""
    with act_as(EntryPoint.rest, SOMEBODY, email):
        task = run_in_background(write_as_nobody())
    await task


async def lose_a_connection(*_: Any) -> None:
    query = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
        "AND datname = current_database() AND application_name = 'reelbase' LIMIT 1"
    )
    other = await asyncpg.connect(await piccolo_conf.DB.address.dsn())
    await other.execute(query)
    await other.close()


DEEDS = [write_as, write_as, write_as, read_as, fail_as, hang_up_as, write_as_nobody]
DEEDS += [write_in_background, read_as, lose_a_connection]


@pytest.mark.parametrize("seed", range(3))
async def test_every_entry_names_who_it_was(
    small_pool: int, people: dict[str, httpx.AsyncClient], seed: int
) -> None:
    chance = random.Random(seed)

    async def work(email: str) -> None:
        for _ in range(25):
            with suppress(Exception):  # Any may lose its connection; what is written down counts.
                await chance.choice(DEEDS)(people[email], email)

    await asyncio.gather(*(work(email) for email in people))

    written = await fetch("SELECT id, title FROM videos")
    found = await entries()
    assert {(each["row_id"], each["user_email"]) for each in found} == {
        (row["id"], row["title"]) for row in written if row["title"] != "nobody"
    }
    assert len(found) == sum(row["title"] != "nobody" for row in written) > 5
    for each in found:
        assert each["new"]["title"] == each["user_email"]
        assert each["door"] == ("rest" if "a" in each["user_email"].partition("@")[0] else "admin")


async def test_a_read_leaves_the_connection_to_whoever_writes_next(
    small_pool: int, people: dict[str, httpx.AsyncClient]
) -> None:
    anna, carla = people["anna@example.org"], people["carla@example.org"]
    await write_as(anna, "anna@example.org")
    await read_as(carla, "carla@example.org")
    await make_video(title="nobody")
    await write_as(carla, "carla@example.org")
    await write_as(anna, "anna@example.org")
    await execute("UPDATE videos SET description = 'nobody'")
    assert [each["user_email"] for each in await entries()] == [
        *("anna@example.org", "carla@example.org", "anna@example.org"),
    ]


async def test_the_same_person_is_named_once_for_a_connection(
    people: dict[str, httpx.AsyncClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    database = piccolo_conf.DB
    before, database.pool = database.pool, None
    await database.start_connection_pool(min_size=1, max_size=1)
    assert database.pool is not None
    said: list[str] = []
    async with database.connection() as connection:
        connection._con.add_query_logger(lambda query: said.append(query.query))
    for email in ("anna@example.org", "anna@example.org", "carla@example.org"):
        await write_as(people[email], email)
        await read_as(people["carla@example.org"], "carla@example.org")
    await database.pool.close()
    database.pool = before
    assert sum("reelbase.actor" in each for each in said) == 2


async def test_a_transaction_that_is_rolled_back_takes_no_name_along(small_pool: int) -> None:
    with act_as(EntryPoint.rest, SOMEBODY, "first@example.org"):
        async with piccolo_conf.DB.transaction() as transaction:
            await make_video()
            await transaction.rollback()
        await make_video(title="kept")
    await make_video(title="nobody")
    with act_as(EntryPoint.admin, SOMEBODY, "second@example.org"):
        async with piccolo_conf.DB.transaction():
            await make_video(title="kept as well")
    assert [(each["user_email"], each["new"]["title"]) for each in await entries()] == [
        ("first@example.org", "kept"),
        ("second@example.org", "kept as well"),
    ]


async def test_without_a_pool_and_elsewhere_the_name_is_told_as_well() -> None:
    database = piccolo_conf.DB
    here = await database.address.dsn()
    with act_as(EntryPoint.rest, SOMEBODY, "ann@example.org"), database.using_database(here):
        await make_video(title="elsewhere")
        async with database.transaction():
            await make_video(title="in a transaction")
    assert [(each["user_email"], each["new"]["title"]) for each in await entries()] == [
        ("ann@example.org", "elsewhere"),
        ("ann@example.org", "in a transaction"),
    ]


async def pretend(stale: str) -> None:
    """Every connection was somebody's last."""
    pool = piccolo_conf.DB.pool
    assert pool is not None
    for holder in pool._holders:
        if holder._con is not None:
            await holder._con.execute("SELECT set_config('reelbase.actor', $1, false)", stale)
            holder._con.actor = stale


async def test_no_address_that_is_read_writes_anything_down(
    application: Litestar, client: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    """Reading leaves a connection under the name of whoever wrote last."""
    rows = {"videos": (await make_video()).id}
    paths = {
        re.sub(r"\{[^}]*\}", str(rows["videos"]), route.path)
        for route in application.routes
        if isinstance(route, HTTPRoute) and "GET" in route.methods
    }
    assert len(paths) > 60
    await execute("UPDATE sessions SET last_used_at = NULL, expires_at = now() + interval '1 min'")
    forget_callers()
    await pretend(STALE)
    try:
        for path in sorted(paths):
            await client.get(path)
            await admin.get(path if path != "/admin" else "api/tables/videos/")
        assert await value("SELECT count(*) FROM sessions WHERE last_used_at IS NOT NULL") == 2
        assert await entries() == []
    finally:
        await pretend("")


async def test_whoever_signs_in_is_named_by_the_session_they_get(
    anonymous: httpx.AsyncClient, application: Litestar, admin_user: User, librarian: User
) -> None:
    await execute(
        "INSERT INTO sessions (user_id, token_hash, expires_at) VALUES ($1, $2, now())",
        *(librarian.id, "e" * 64),
    )
    login = {"email": admin_user.email, "password": "correct horse"}
    # A token of somebody else's does not count where people sign in.
    token = (await Session.create_session(librarian.id)).token
    headers = {"Authorization": f"Bearer {token}"}
    answer = await anonymous.post("/api/auth/login", json=login, headers=headers)
    assert answer.status_code == 200
    async with signed_in(application, librarian) as forms:
        await forms.client.get("")
        who = {"username": admin_user.email, "password": "correct horse"}
        assert (await forms.client.post("public/login/", json=who)).status_code == 200
        assert (await forms.client.post("public/logout/")).status_code in {200, 303}
    said = [(e["user_email"], e["door"], e["action"], e["table_name"]) for e in await entries()]
    ann = admin_user.email
    assert said == [
        (ann, "rest", "created", "sessions"),
        (ann, "admin", "created", "sessions"),
        (ann, "admin", "deleted", "sessions"),
    ]
    assert {e["user_id"] for e in await entries()} == {admin_user.id}
