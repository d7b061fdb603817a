"""The limit: ASGI and asyncpg alone, passing on the JSON that PostgreSQL writes.

With BENCH_CALLER_QUERY, the statement of this application, it finds out at each request who calls.
"""

import hashlib
import os
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

CALLER = os.environ.get("BENCH_CALLER_QUERY")
JSON = [(b"content-type", b"application/json")]

SELECT = "SELECT t.*, c.name AS channel_name FROM {} t LEFT JOIN channels c ON c.id = t.channel_id"
ONE = f"SELECT row_to_json(r)::text FROM ({SELECT.format('videos')} WHERE t.id = $1) r"
PAGE = f"""SELECT json_build_object('items', json_agg(r))::text
FROM ({SELECT.format("videos")} ORDER BY t.id LIMIT $1) r"""
CREATE = f"""WITH made AS (INSERT INTO videos
(identifier, channel_id, title, description, upload_date, duration_seconds, tags, metadata)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING *)
SELECT row_to_json(r)::text FROM ({SELECT.format("made")}) r"""


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


async def is_known(connection: Any, scope: Any) -> bool:
    token = dict(scope["headers"]).get(b"authorization", b"").removeprefix(b"Bearer ")
    found = await connection.fetchrow(CALLER, hashlib.sha256(token).hexdigest())
    return found is not None


async def answer(connection: Any, scope: Any, receive: Any) -> tuple[int, str | None]:
    if CALLER and not await is_known(connection, scope):
        return 401, None
    if scope["method"] == "POST":
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
