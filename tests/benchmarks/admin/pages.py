"""Milliseconds of the pages beside the admin; of those with figures, also of asking for these anew.

Nothing else makes the pages of the search and of a video: these are figures by themselves.
"""

import statistics
import time

import httpx

from apps.overview.figure_queries import FIGURE_QUERIES
from apps.overview.finding_queries import FINDING_QUERIES
from apps.overview.services import dedicated_connection, refresh_overview
from apps.overview.tables import FindingKind
from tests.benchmarks.library import VOCABULARY

COUNT = """
WITH stuck AS (SELECT now() - interval '24 hours' AS since), every AS ({query})
SELECT count(*) FROM every"""

STATEMENTS = {
    "/": list(FIGURE_QUERIES.values()),
    "/review": [
        COUNT.format(query=kind.query)
        for name, kind in FINDING_QUERIES.items()
        if name != FindingKind.broken_file  # What PostgreSQL cannot see is left out.
    ],
}
"""What a page would have to ask if nothing was kept for it."""

TALK = "/watch/v0000000005"
PAGES = (
    *STATEMENTS,
    *(f"/search?q={words}" for words in (VOCABULARY[0], " ".join(VOCABULARY[:3]), VOCABULARY[-1])),
    *(f"{TALK}?t=30", f"{TALK}/captions.vtt"),
)


async def keep_figures() -> float:
    """The seconds of it. Programs that start afterwards have nothing to measure meanwhile."""
    done = await refresh_overview()
    if done is None or done.faults:
        raise RuntimeError(f"The library could not be looked through: {done}")
    return done.seconds


async def without_kept(rounds: int) -> dict[str, float]:
    """Milliseconds of the statements of a page."""
    medians = {}
    async with dedicated_connection() as connection:
        for path, statements in STATEMENTS.items():
            taken = []
            for _ in range(rounds + 1):
                started = time.perf_counter()
                for statement in statements:
                    await connection.fetchval(statement)
                taken.append((time.perf_counter() - started) * 1000)
            medians[path] = statistics.median(taken[1:])
    return medians


def report_pages(client: httpx.Client, before: dict[str, float], rounds: int) -> None:
    print(f"{'page':<52}   asked anew → kept: median, worst ms")
    for path in PAGES:
        taken = [milliseconds(client, path) for _ in range(10 * rounds + 1)][1:]
        anew = f"{before[path]:>9.0f} → " if path in before else " " * 12
        print(f"{path:<52}   {anew}{statistics.median(taken):.0f}, {max(taken):.0f}")


def milliseconds(client: httpx.Client, path: str) -> float:
    started = time.perf_counter()
    client.get(client.base_url.join(path)).raise_for_status()
    return (time.perf_counter() - started) * 1000
