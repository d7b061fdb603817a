"""How many rows a listing has: counted where that is quick, else estimated by the planner."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from apps.shared.db.engine import get_engine
from apps.shared.errors import Busy
from apps.shared.rows.statements import Arguments, Selection

COUNTED = 100_000
"""So many rows are counted; of more PostgreSQL's planner says about how many they are."""

ADDED = 1.01
"""To an estimate: a page too many shows the last rows again, a page too few would hide some."""

COUNT_SECONDS, FILE_SECONDS = 0.25, 20


async def count_rows(selection: Selection, args: Arguments) -> int:
    """Raises Busy."""
    async with limit_time(FILE_SECONDS, "Use a more selective filter.") as connection:
        return int(await connection.fetchval(selection.count(), *args))


async def count_or_estimate(selection: Selection, args: Arguments) -> tuple[int, bool]:
    """And whether it is an estimate: of more rows than COUNTED, or of what takes too long."""
    counting = selection.count_up_to(str(COUNTED + 1))
    try:
        async with limit_time(COUNT_SECONDS) as connection:
            count = int(await connection.fetchval(counting, *args))
    except Busy:
        count = COUNTED + 1
    if count <= COUNTED:
        return count, False
    async with get_engine().connection() as connection:
        answer = await connection.fetchval(selection.explain(), *args)
    planned = json.loads(answer)[0]["Plan"]["Plan Rows"]
    return max(COUNTED + 1, round(planned * ADDED)), True


@asynccontextmanager
async def limit_time(seconds: float, advice: str = "") -> AsyncIterator[asyncpg.Connection]:
    """What is asked within may take so long, and is planned for its own values. Raises Busy.

    A plan for any value would look for the rarest status as for the most frequent.
    """
    try:
        async with get_engine().transaction(), get_engine().connection() as connection:
            await connection.execute(
                f"SET LOCAL statement_timeout = {int(seconds * 1000)};"
                "SET LOCAL plan_cache_mode = force_custom_plan"
            )
            yield connection
    except asyncpg.QueryCanceledError:
        raise Busy(f"This takes longer than {seconds:g} s. {advice}") from None
