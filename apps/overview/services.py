"""Refreshes the overview: measures every figure and finds everything that needs attention."""

import logging
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import asyncpg
from msgspec import Struct

from apps.configuration.registry import STUCK_HOURS
from apps.configuration.services import get_configuration
from apps.overview.figure_queries import FIGURE_QUERIES
from apps.overview.finding_queries import FINDING_QUERIES
from apps.overview.missing_files import MAX_SECONDS, find_missing_files
from apps.overview.repositories import (
    MAX_FINDINGS,
    REFRESH_FIGURE,
    FigureRepository,
    FindingRepository,
    encode_json,
)
from apps.overview.tables import FindingKind
from apps.shared.db.engine import get_engine
from apps.shared.errors import Conflict
from apps.shared.settings import get_settings

LOCK_ID = 0x0FE6_A11E
"""The advisory lock of a refresh."""
STATEMENT_SECONDS = 600
TRIES = 3

log = logging.getLogger(__name__)

Step = Callable[[Any], Awaitable[None]]


class AlreadyRefreshing(Conflict):
    """Another process is refreshing the overview."""


class RefreshResult(Struct, frozen=True):
    seconds: float
    faults: list[str]
    """The names of the steps that failed, whose values are unchanged."""


async def refresh_overview(newer_than: timedelta | None = None) -> RefreshResult | None:
    """Runs all steps one after the other; if it ends early, what was done is kept.

    Returns None if the last refresh was within `newer_than`. Raises AlreadyRefreshing, and what
    asyncpg raises while the database is down.
    """
    started = time.perf_counter()
    async with overview_lock(), dedicated_connection() as connection:
        if newer_than and await is_up_to_date(newer_than, connection):
            return None
        faults = [
            name
            for name, step in list_steps().items()
            if not await run_step(name, step, connection)
        ]
        seconds = time.perf_counter() - started
        value = encode_json({"names": list(list_steps()), "faults": faults})
        await FigureRepository().save(REFRESH_FIGURE, value, seconds, connection)
    return RefreshResult(seconds, faults)


async def is_up_to_date(age: timedelta, connection: Any) -> bool:
    """False also if the last refresh was by a program with other steps."""
    ago = await FigureRepository().get_age_seconds(list(list_steps()), connection)
    return ago is not None and ago < age.total_seconds()


async def get_refresh_duration(connection: Any) -> timedelta:
    """The duration of the last refresh."""
    return timedelta(seconds=await FigureRepository().get_duration_seconds(connection))


@asynccontextmanager
async def dedicated_connection() -> AsyncIterator[Any]:
    """A connection outside the pool, which may have only one that others need."""
    connection = await get_engine().get_new_connection()
    try:
        # Enough memory to sort a million titles.
        await connection.execute(
            f"SET statement_timeout = '{STATEMENT_SECONDS}s'; SET work_mem = '64MB'; "
            "SET application_name = 'reelbase overview'"
        )
        yield connection
    finally:
        connection.terminate()


@asynccontextmanager
async def overview_lock() -> AsyncIterator[None]:
    """Raises AlreadyRefreshing. The lock is held by a transaction, so it ends with the process."""
    async with dedicated_connection() as connection, connection.transaction():
        await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", LOCK_ID):
            raise AlreadyRefreshing("The overview is already being refreshed.")
        yield


def list_steps() -> dict[str, Step]:
    """By the name of the figure that each one saves."""
    measures: dict[str, Step] = {
        name: partial(measure_figure, name, query) for name, query in FIGURE_QUERIES.items()
    }
    kinds: dict[str, Step] = {
        kind.value: partial(update_findings, kind)
        for kind in FINDING_QUERIES
        if kind != FindingKind.broken_file
    }
    return {**measures, "disk": measure_disk, **kinds, "broken_file": update_broken_files}


async def run_step(name: str, step: Step, connection: Any) -> bool:
    """Whether it succeeded. Logs errors, and raises them only if the connection is lost."""
    for _ in range(TRIES):
        try:
            await step(connection)
            return True
        except asyncpg.ForeignKeyViolationError:
            continue  # A row was deleted in the meantime.
        except Exception as error:
            if connection.is_closed():
                raise
            log.warning("%s could not be refreshed (%s).", name, type(error).__name__)
            return False
    return False


async def measure_figure(name: str, query: str, connection: Any) -> None:
    started = time.perf_counter()
    value = await connection.fetchval(query)
    await FigureRepository().save(name, value, time.perf_counter() - started, connection)


async def update_findings(kind: FindingKind, connection: Any) -> None:
    started = time.perf_counter()
    hours = get_configuration().get(STUCK_HOURS)
    async with connection.transaction():
        count = await FindingRepository().update_kind(kind, hours, connection)
        await save_count(kind, {"count": count}, started, connection)


async def update_broken_files(connection: Any) -> None:
    started = time.perf_counter()
    missing = await find_missing_files(connection, MAX_FINDINGS, MAX_SECONDS)
    async with connection.transaction():
        await FindingRepository().save_broken_files(missing, connection)
        value = {"count": missing.count, "is_whole": missing.is_complete}
        await save_count(FindingKind.broken_file, value, started, connection)


async def save_count(
    kind: FindingKind, value: Mapping[str, Any], started: float, connection: Any
) -> None:
    seconds = time.perf_counter() - started
    await FigureRepository().save(kind.value, encode_json(value), seconds, connection)


async def measure_disk(connection: Any) -> None:
    """The disk of DATA_DIR, which may not exist yet."""
    folder = get_settings().data_dir.expanduser().absolute()
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    usage = shutil.disk_usage(existing)
    value = encode_json({"free": usage.free, "total": usage.total})
    await FigureRepository().save("disk", value, 0.0, connection)
