"""Measures the library: every figure, and everything that somebody should look at."""

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
from apps.configuration.services import configuration
from apps.overview.files import LONGEST_SECONDS, look_for_files
from apps.overview.kinds import KINDS
from apps.overview.measures import MEASURES
from apps.overview.repositories import (
    MEASURED,
    MOST_FINDINGS,
    FigureRepository,
    FindingRepository,
    as_json,
)
from apps.overview.tables import FindingKind
from apps.shared.db.engine import get_engine
from apps.shared.errors import Conflict
from apps.shared.settings import get_settings

LOCK_ID = 0x0FE6_A11E
"""The advisory lock that a measuring process holds; any number, but always this one."""
STATEMENT_SECONDS = 600
TRIES = 3

log = logging.getLogger(__name__)

Step = Callable[[Any], Awaitable[None]]


class BeingMeasured(Conflict):
    """Another process does it at this moment."""


class Refreshed(Struct, frozen=True):
    seconds: float
    faults: list[str]
    """The names of what could not be measured, and keeps its old value."""


async def refresh(newer_than: timedelta | None = None) -> Refreshed | None:
    """Measures all anew, one figure after the other; what was done when it ends early stays.

    Answers None when all was measured within `newer_than` by somebody else. Raises BeingMeasured,
    and what asyncpg raises while the database is down.
    """
    started = time.perf_counter()
    async with alone(), own_connection() as connection:
        if newer_than and await is_newer(newer_than, connection):
            return None
        faults = [name for name, step in steps().items() if not await tried(name, step, connection)]
        seconds = time.perf_counter() - started
        value = as_json({"names": list(steps()), "faults": faults})
        await FigureRepository().keep(MEASURED, value, seconds, connection)
    return Refreshed(seconds, faults)


async def is_newer(age: timedelta, connection: Any) -> bool:
    """Also not when it was measured by a program that knew other figures."""
    ago = await FigureRepository().seconds_ago(list(steps()), connection)
    return ago is not None and ago < age.total_seconds()


async def time_taken(connection: Any) -> timedelta:
    """By the last time that all was measured."""
    return timedelta(seconds=await FigureRepository().seconds_taken(connection))


@asynccontextmanager
async def own_connection() -> AsyncIterator[Any]:
    """Not one of the pool's, where it might be the only one and be missed for minutes."""
    connection = await get_engine().get_new_connection()
    try:
        # The memory is for sorting a million titles.
        await connection.execute(
            f"SET statement_timeout = '{STATEMENT_SECONDS}s'; SET work_mem = '64MB'; "
            "SET application_name = 'reelbase overview'"
        )
        yield connection
    finally:
        connection.terminate()


@asynccontextmanager
async def alone() -> AsyncIterator[None]:
    """Raises BeingMeasured. The lock is a transaction's, so that it ends with this process."""
    async with own_connection() as connection, connection.transaction():
        await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", LOCK_ID):
            raise BeingMeasured("The library is being looked through already.")
        yield


def steps() -> dict[str, Step]:
    """By the name of the figure that each keeps."""
    measures: dict[str, Step] = {
        name: partial(measure, name, query) for name, query in MEASURES.items()
    }
    kinds: dict[str, Step] = {
        kind.value: partial(find, kind) for kind in KINDS if kind != FindingKind.broken_file
    }
    return {**measures, "disk": measure_disk, **kinds, "broken_file": find_broken_files}


async def tried(name: str, step: Step, connection: Any) -> bool:
    """Raises whatever it was when the connection is lost; what else goes wrong is logged."""
    for _ in range(TRIES):
        try:
            await step(connection)
            return True
        except asyncpg.ForeignKeyViolationError:
            continue  # A row was deleted while it was being looked at.
        except Exception as error:
            if connection.is_closed():
                raise
            log.warning("%s could not be measured (%s).", name, type(error).__name__)
            return False
    return False


async def measure(name: str, query: str, connection: Any) -> None:
    started = time.perf_counter()
    value = await connection.fetchval(query)
    await FigureRepository().keep(name, value, time.perf_counter() - started, connection)


async def find(kind: FindingKind, connection: Any) -> None:
    started = time.perf_counter()
    hours = configuration().get(STUCK_HOURS)
    async with connection.transaction():
        count = await FindingRepository().find(kind, hours, connection)
        await keep_count(kind, {"count": count}, started, connection)


async def find_broken_files(connection: Any) -> None:
    started = time.perf_counter()
    missing = await look_for_files(connection, MOST_FINDINGS, LONGEST_SECONDS)
    async with connection.transaction():
        await FindingRepository().keep_broken(missing, connection)
        value = {"count": missing.count, "is_whole": missing.is_whole}
        await keep_count(FindingKind.broken_file, value, started, connection)


async def keep_count(
    kind: FindingKind, value: Mapping[str, Any], started: float, connection: Any
) -> None:
    seconds = time.perf_counter() - started
    await FigureRepository().keep(kind.value, as_json(value), seconds, connection)


async def measure_disk(connection: Any) -> None:
    """That of DATA_DIR, which there may not be yet."""
    folder = get_settings().data_dir.expanduser().absolute()
    there = next(each for each in (folder, *folder.parents) if each.exists())
    usage = shutil.disk_usage(there)
    value = as_json({"free": usage.free, "total": usage.total})
    await FigureRepository().keep("disk", value, 0.0, connection)
