"""What surrounds every request: ids, the log, metrics, errors, headers. Of the real program."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from apps.shared.version import VERSION
from tests.acceptance.browser import EMAIL, PASSWORD, connect
from tests.acceptance.invented import token
from tests.processes import Web, data_folder, free_port, serve, wait_for

MADE = re.compile(r"[0-9a-f]{32}")
SECURITY = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
JSON = {"Content-Type": "application/json"}
ORIGIN = "https://pages.example"
LIMIT = 16 << 20


@dataclass
class Running:
    web: Web
    api: httpx.AsyncClient
    """Signed in as an administrator."""
    folder: Path

    def lines(self, request_id: str) -> list[str]:
        """Of the log, once the request is noted there."""

        def found() -> list[str]:
            return [line for line in self.web.stderr.splitlines() if f"[{request_id}]" in line]

        access = f"reelbase.access [{request_id}]"
        wait_for(lambda: any(access in line for line in found()), access)
        return found()


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[Running]:
    """With one connection, and little patience."""
    chosen = {"DATABASE_POOL_SIZE": 1, "DATABASE_MAX_OVERFLOW": 0, "DATABASE_POOL_TIMEOUT": 0.2}
    with (
        data_folder() as folder,
        serve(
            folder,
            free_port(),
            ADMIN_EMAIL=EMAIL,
            ADMIN_PASSWORD=PASSWORD,
            CORS_ORIGINS=ORIGIN,
            ALLOWED_HOSTS="127.0.0.1,*.films.example",
            DATABASE_STATEMENT_TIMEOUT=0.6,
            **chosen,
        ) as web,
    ):
        web.wait_for_status("/health/ready", 200)
        headers = {"Authorization": f"Bearer {await token(web.url, EMAIL, PASSWORD)}"}
        async with httpx.AsyncClient(base_url=web.url, headers=headers, timeout=20) as api:
            yield Running(web, api, folder)


@pytest.fixture
async def postgres(running: Running) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(running.folder)
    yield connection
    await connection.close()


async def endless(size: int) -> AsyncIterator[bytes]:
    for _ in range(size >> 20):
        yield b" " * (1 << 20)


PROBLEMS: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("GET", "/nothing", {}, 404, "No such endpoint. See /schema."),
    ("GET", "/api/videos/nothing", {}, 404, "There is no video nothing."),
    ("PUT", "/api/videos", {}, 405, "This endpoint allows GET, OPTIONS, POST."),
    ("GET", "/api/videos?limit=%FF", {}, 400, "limit: Must be a whole number from 1 to 200."),
    ("GET", "/api/videos/%00", {}, 422, "Text cannot contain the NUL character (U+0000)."),
    ("GET", "/api/videos", {"headers": {"Host": "other"}}, 400, "This host is not in ALLOWED_"),
    ("GET", "/api/videos", {"headers": {"Host": "a b"}}, 400, "Invalid host header"),
    (
        "GET",
        "/api/videos",
        {"headers": {"Authorization": "Bearer x"}},
        401,
        "This token is invalid or has expired. Sign in again.",
    ),
    (
        "POST",
        "/api/videos",
        {"content": b"{}", "headers": {"Content-Type": "text/plain"}},
        415,
        "The Content-Type of the body must be application/json.",
    ),
    ("POST", "/api/videos", {"content": b"{", "headers": JSON}, 400, "body: Not valid JSON: "),
    ("POST", "/api/videos", {"content": b"{}", "headers": JSON}, 400, "identifier: "),
    (
        "POST",
        "/api/videos",
        {"content": b" " * (LIMIT + 1), "headers": JSON},
        413,
        "A body is limited to 16 MB.",
    ),
]


def assert_problem(answer: httpx.Response, status: int, detail: str) -> None:
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].startswith(detail)
    assert not re.search(r"SELECT|INSERT|Traceback|File \"|asyncpg", answer.text)
    assert {name: answer.headers[name] for name in SECURITY} == SECURITY


@pytest.mark.parametrize(("method", "path", "sent", "status", "detail"), PROBLEMS)
async def test_every_refusal_is_a_problem_with_the_id_of_its_request(
    running: Running, method: str, path: str, sent: dict[str, Any], status: int, detail: str
) -> None:
    answer = await running.api.request(method, path, **sent)
    assert_problem(answer, status, detail)
    (line,) = running.lines(answer.headers["x-request-id"])
    assert re.search(
        rf": {method} {re.escape(path.split('?', maxsplit=1)[0])} {status} \d+\.\d ms$", line
    )
    if status == 405:
        assert set(answer.headers["allow"].split(", ")) == {"GET", "OPTIONS", "POST"}


async def test_a_body_without_length_is_cut_off_at_the_same_size(running: Running) -> None:
    body = endless(LIMIT + (1 << 20))
    answer = await running.api.post("/api/videos", content=body, headers=JSON)
    assert_problem(answer, 413, "A body is limited to 16 MB.")


@pytest.mark.parametrize(
    "media_type", ["application/json; charset=utf-8", "application/merge-patch+json", None]
)
async def test_json_by_any_of_its_names_is_read(running: Running, media_type: str | None) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    answer = await running.api.post("/api/videos", content=b'{"title": 1}', headers=headers)
    assert_problem(answer, 400, "title: Expected `str`")


@pytest.mark.parametrize("given", ["a", "Ab.9_-" * 10, "0" * 64])
async def test_an_id_that_is_given_is_kept(running: Running, given: str) -> None:
    answer = await running.api.get("/health/live", headers={"X-Request-ID": given})
    assert answer.headers.get_list("x-request-id") == [given]
    assert len(running.lines(given)) == 1


@pytest.mark.parametrize("given", ["", "a b", "0" * 65, "a\tb", "[-]", "é"])
async def test_an_id_that_is_not_safe_is_replaced(running: Running, given: str) -> None:
    answer = await running.api.get(
        "/health/live", headers=[(b"X-Request-ID", given.encode("latin-1"))]
    )
    (made,) = answer.headers.get_list("x-request-id")
    assert MADE.fullmatch(made)
    assert len(running.lines(made)) == 1


async def test_an_answer_without_a_body_has_one_too(running: Running) -> None:
    body = {"identifier": "a", "title": "A"}
    made = await running.api.post("/api/videos", json=body)
    known = {"If-None-Match": made.headers["etag"], "X-Request-ID": "known"}
    answer = await running.api.get("/api/videos/a", headers=known)
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["x-request-id"] == "known"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await running.api.delete("/api/videos/a")).status_code == 204


async def test_values_and_tokens_are_not_in_the_log(running: Running) -> None:
    answer = await running.api.get("/api/videos?title=hush&q%0Aq=1")
    assert len(running.lines(answer.headers["x-request-id"])) == 1
    assert "hush" not in running.web.stderr
    assert running.api.headers["authorization"].split()[1] not in running.web.stderr
    assert "uvicorn.access" not in running.web.stderr
    assert re.search(r"uvicorn.error \[-\]: Application startup complete", running.web.stderr)


async def test_all_that_the_log_says_of_a_failure_has_the_id(
    running: Running, postgres: asyncpg.Connection
) -> None:
    await postgres.execute("ALTER TABLE videos RENAME COLUMN title TO caption")
    try:
        answer = await running.api.get("/api/videos", headers={"X-Request-ID": "broken"})
    finally:
        await postgres.execute("ALTER TABLE videos RENAME COLUMN caption TO title")
    assert_problem(answer, 500, "Something went wrong. The log has the details.")
    assert answer.headers["x-request-id"] == "broken"
    failed, access = running.lines("broken")
    assert "ERROR   reelbase.errors [broken]: GET /api/videos failed." in failed
    assert "INFO    reelbase.access [broken]: GET /api/videos 500 " in access
    assert "UndefinedColumnError" in running.web.stderr


async def test_a_slow_database_and_a_full_pool_are_503(
    running: Running, postgres: asyncpg.Connection
) -> None:
    await running.api.get("/api/auth/me")  # The token is known for the next second.
    async with postgres.transaction():
        await postgres.execute("LOCK TABLE videos")
        slow = asyncio.create_task(running.api.get("/api/videos"))
        blocked = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while not await postgres.fetchval(blocked):
            await asyncio.sleep(0.01)
        full = await running.api.get("/api/videos")
        late = await slow
    assert_problem(full, 503, "All database connections were busy for 0.2 s. Try again shortly.")
    assert_problem(late, 503, "The database took too long.")
    assert (full.headers["retry-after"], late.headers["retry-after"]) == ("1", "1")
    assert (await running.api.get("/api/videos")).status_code == 200
    figures = (await running.api.get("/metrics")).text
    assert 'reelbase_database_errors_total{error="QueryCanceledError"} 1.0' in figures
    assert 'reelbase_database_errors_total{error="Busy"} 1.0' in figures


@pytest.mark.parametrize(
    ("path", "accepted", "encoding"),
    [
        ("/schema/openapi.json", "gzip", "gzip"),
        ("/schema/openapi.json", "identity", None),
        ("/api/auth/me", "gzip", None),
    ],
)
async def test_what_is_long_is_compressed_for_who_accepts_it(
    running: Running, path: str, accepted: str, encoding: str | None
) -> None:
    answer = await running.api.get(path, headers={"Accept-Encoding": accepted, "Origin": ORIGIN})
    assert answer.headers.get("content-encoding") == encoding
    assert ("Accept-Encoding" in answer.headers["vary"]) == (encoding == "gzip")
    assert "Origin" in answer.headers["vary"]
    assert answer.json()


async def test_pages_of_the_origins_that_are_set_may_call(running: Running) -> None:
    asks = {
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "if-match,idempotency-key",
    }
    allowed = await running.api.options("/api/videos/a", headers={"Origin": ORIGIN, **asks})
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == ORIGIN
    assert "if-match" in allowed.headers["access-control-allow-headers"]
    answer = await running.api.get("/api/auth/me", headers={"Origin": ORIGIN})
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    exposed = answer.headers["access-control-expose-headers"]
    assert set(exposed.split(", ")) == {
        *("ETag", "Idempotency-Replayed", "Retry-After", "X-Request-ID")
    }
    other = {"Origin": "https://other.example"}
    refused = await running.api.options("/api/videos/a", headers={**other, **asks})
    assert refused.status_code == 400
    answer = await running.api.get("/api/auth/me", headers=other)
    assert not {"access-control-allow-origin"} & {*refused.headers, *answer.headers}


@pytest.mark.parametrize("path", ["/", "/admin/", "/schema", "/health", "/favicon.ico"])
async def test_security_headers_are_on_every_page_once(running: Running, path: str) -> None:
    answer = await running.api.get(path)
    assert answer.status_code < 400
    assert {name: answer.headers.get_list(name) for name in SECURITY} == {
        name: [value] for name, value in SECURITY.items()
    }


async def test_a_host_may_be_any_port_of_a_name_or_of_its_children(running: Running) -> None:
    for host in ("127.0.0.1:1", "127.0.0.1", "A.films.example:8000"):
        answer = await running.api.get("/health/live", headers={"Host": host})
        assert answer.status_code == 200
    for host in ("films.example", "afilms.example", "127.0.0.1.example"):
        answer = await running.api.get("/health/live", headers={"Host": host})
        assert_problem(answer, 400, "This host is not in ALLOWED_HOSTS.")


def figure(text: str, name: str) -> float:
    (found,) = re.findall(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found)


async def test_only_administrators_see_the_metrics_which_have_no_unbounded_label(
    running: Running, postgres: asyncpg.Connection
) -> None:
    assert_problem(await running.api.get("/metrics", headers={"Authorization": ""}), 401, "Send a")
    for number in range(3):
        await running.api.get(f"/nothing/{number}")
        await running.api.get(f"/api/videos/number-{number}")
    answer = await running.api.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    text = answer.text
    count = "reelbase_request_duration_seconds_count"
    seen = f'{count}{{method="GET",route="/api/videos/{{key}}",status="404"}}'
    assert figure(text, seen) >= 3
    assert figure(text, f'{count}{{method="GET",route="unknown",status="404"}}') >= 3
    assert figure(text, f'reelbase_build_info{{version="{VERSION}"}}') == 1
    assert figure(text, "reelbase_pool_connections_limit") == 1
    assert "number-" not in text
    assert "/nothing" not in text
    await postgres.execute("UPDATE users SET admin = false, superuser = false")
    try:

        async def is_refused() -> bool:
            return (await running.api.get("/metrics")).status_code == 403

        async with asyncio.timeout(5):  # The caller is remembered for a second.
            while not await is_refused():
                await asyncio.sleep(0.05)
    finally:
        await postgres.execute("UPDATE users SET admin = true, superuser = true")
