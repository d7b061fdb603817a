"""Wraps every request: its id, logging and metrics, and canceling it if the client hangs up."""

import asyncio
import logging
import re
import time
from collections import deque
from functools import lru_cache
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import Histogram
from uuid_utils import uuid7

from apps.shared.logs import REQUEST_ID
from apps.shared.metrics import REQUESTS

log = logging.getLogger("reelbase.access")

SAFE_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
CLIENT_CLOSED_REQUEST = 499
"""nginx's status for a client that hung up before the response."""

WATCH_AFTER = 1.0
"""After this many seconds a task watches whether the client is still connected."""

HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
]


class ObservationMiddleware:
    """Wraps the whole ASGI application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        exchange = Exchange(scope, receive, send)
        token = REQUEST_ID.set(exchange.id)
        try:
            await self.app(scope, exchange.receive, exchange.send)
        except asyncio.CancelledError:
            if not exchange.is_abandoned:
                raise
        finally:
            exchange.end()
        # Not after an error: uvicorn logs it, in this task.
        REQUEST_ID.reset(token)


class Exchange:
    """One request and its response."""

    def __init__(self, scope: Any, receive: Receive, send: Send) -> None:
        self.scope, self._receive, self._send = scope, receive, send
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        self.id = given.decode() if SAFE_ID.fullmatch(given) else uuid7().hex
        # Still encoded, hence without line breaks; routing changes `path`.
        self.path = scope["raw_path"].decode("latin-1")
        self.status = 500
        self.is_abandoned = False
        self.is_answered = False
        self.is_read = (
            headers.get(b"content-length", b"0") == b"0" and b"transfer-encoding" not in headers
        )
        self.kept: deque[Any] = deque()
        self.started = time.perf_counter()
        self.task = asyncio.current_task()
        self.watcher: asyncio.Task[None] | None = None
        self.loop = asyncio.get_running_loop()
        self.timer = self.loop.call_later(WATCH_AFTER, self._watch)

    async def receive(self) -> Any:
        if self.kept:
            return self.kept.popleft()
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self.is_abandoned = not self.is_answered
        self.is_read = not message.get("more_body")
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.is_answered = message["status"], True
            message["headers"] = self._headers(message["headers"])
        await self._send(message)

    def _headers(self, given: Any) -> list[tuple[bytes, bytes]]:
        headers = [*given, (b"x-request-id", self.id.encode()), *HEADERS]
        if (b"content-encoding", b"gzip") in headers and (b"vary", b"Origin") in headers:
            headers.append((b"vary", b"Accept-Encoding"))  # Litestar's CORS overwrites it.
        return headers

    def _watch(self) -> None:
        """Waits until the body has been read, as only one reader gets each message."""
        if self.is_read:
            self.watcher = self.loop.create_task(self._await_hang_up())
        elif not self.is_answered:
            self.timer = self.loop.call_later(WATCH_AFTER, self._watch)

    async def _await_hang_up(self) -> None:
        while (message := await self._receive())["type"] != "http.disconnect":
            # The end of a body that nobody has read yet.
            self.kept.append(message)
        self.kept.append(message)
        if self.task and not self.is_answered:
            self.is_abandoned = True
            self.task.cancel()

    def end(self) -> None:
        self.timer.cancel()
        if self.watcher:
            self.watcher.cancel()
        seconds = time.perf_counter() - self.started
        status = CLIENT_CLOSED_REQUEST if self.is_abandoned else self.status
        method = self.scope["method"]
        get_histogram(method, self.scope.get("path_template") or "unknown", status).observe(seconds)
        if log.isEnabledFor(logging.INFO):
            log_request(method, self.path, status, seconds * 1000)


@lru_cache(4096)
def get_histogram(method: str, route: str, status: int) -> Histogram:
    """Cached, as the lookup takes longer than recording the value."""
    return REQUESTS.labels(method if method in METHODS else "other", route, status)


def log_request(method: str, path: str, status: int, milliseconds: float) -> None:
    """Creates the record itself, because `log.info` would look up the calling line of code."""
    message = f"{method} {path} {status} {milliseconds:.1f} ms"
    record = log.makeRecord(log.name, logging.INFO, "", 0, message, (), None)
    record.fields = {
        "method": method,
        "path": path,
        "status": status,
        "milliseconds": round(milliseconds, 1),
    }
    log.handle(record)
