"""The limit: ASGI and asyncpg alone, passing on the JSON that PostgreSQL writes.

With BENCH_CALLER_QUERY, the statement of this application, it looks the caller up at each request;
without it the caller is the one in BENCH_CALLER. Either way PostgreSQL is told who creates a row,
and its trigger writes the audit entry.
"""

import hashlib
import os
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

CALLER_QUERY = os.environ.get("BENCH_CALLER_QUERY")
CALLER = os.environ["BENCH_CALLER"]
SET_ACTOR = "SELECT set_config('reelbase.actor', $1, false)"
JSON = [(b"content-type", b"application/json")]

SELECT = "SELECT t.*, c.name AS channel_name FROM {} t LEFT JOIN channels c ON c.id = t.channel_id"
ONE = f"SELECT row_to_json(r)::text FROM ({SELECT.format('videos')} WHERE t.id = $1) r"
PAGE = f"""SELECT json_build_object('items', json_agg(r))::text
FROM ({SELECT.format("videos")} ORDER BY t.id LIMIT $1) r"""
CREATE = f"""WITH made AS (INSERT INTO videos
(identifier, channel_id, title, description, upload_date, duration_seconds, tags, metadata)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING *)
SELECT row_to_json(r)::text FROM ({SELECT.format("made")}) r"""


pool: asyncpg.Pool
actors: dict[int, str] = {}
"""Process of PostgreSQL → who it was told acts."""


class Video(msgspec.Struct):
    identifier: str
    channel_id: UUID
    title: str
    description: str
    upload_date: date
    duration_seconds: float
    tags: list[str]
    metadata: msgspec.Raw


async def nothing(connection: Any) -> None:
    """Instead of asyncpg's reset, which is a round trip for each connection that is given back."""


async def lifespan(receive: Any, send: Any) -> None:
    global pool
    await receive()
    low, high = int(os.environ["BENCH_POOL_MIN"]), int(os.environ["BENCH_POOL_MAX"])
    dsn = os.environ["BENCH_DSN"]
    async with asyncpg.create_pool(dsn, min_size=low, max_size=high, reset=nothing) as pool:
        await send({"type": "lifespan.startup.complete"})
        await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def read_body(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def find_actor(connection: Any, scope: Any) -> str | None:
    """JSON, as the audit's trigger reads it; None for a token that is unknown."""
    if not CALLER_QUERY:
        return CALLER
    token = dict(scope["headers"]).get(b"authorization", b"").removeprefix(b"Bearer ")
    found = await connection.fetchrow(CALLER_QUERY, hashlib.sha256(token).hexdigest())
    if found is None:
        return None
    actor = {"door": "rest", "id": found["id"], "email": found["email"]}
    return msgspec.json.encode(actor).decode()


async def tell_actor(connection: Any, actor: str) -> None:
    """A connection remembers whom it was told last: one caller costs no further round trip."""
    server = connection.get_server_pid()
    if actors.get(server) != actor:
        await connection.execute(SET_ACTOR, actor)
        actors[server] = actor


async def answer(connection: Any, scope: Any, receive: Any) -> tuple[int, str | None]:
    actor = await find_actor(connection, scope)
    if actor is None:
        return 401, None
    if scope["method"] == "POST":
        await tell_actor(connection, actor)
        video = msgspec.json.decode(await read_body(receive), type=Video)
        values = msgspec.structs.astuple(video)
        made = await connection.fetchval(CREATE, *values[:-1], bytes(video.metadata).decode())
        return 201, made
    if scope["path"] == "/api/videos":
        limit = int(scope["query_string"].removeprefix(b"limit="))
        return 200, await connection.fetchval(PAGE, limit)
    return 200, await connection.fetchval(ONE, scope["path"].removeprefix("/api/videos/"))


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    async with pool.acquire() as connection:
        status, body = await answer(connection, scope, receive)
    content = (body or "{}").encode()
    headers = [*JSON, (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
