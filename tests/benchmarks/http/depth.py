"""A page deep inside a table of a million rows against its first page."""

import statistics
from uuid import UUID

import httpx

from tests.benchmarks.http.data import STATISTICS, fetchval, fill_statistics
from tests.benchmarks.http.load import Sample, load
from tests.processes import Web

DEPTH = STATISTICS - 1_000
GOAL = 1.2
PAGE = "/api/video_statistics?limit=50"


def view_counts(web: Web, path: str, token: str) -> list[int]:
    answer = web.get(path, headers={"Authorization": f"Bearer {token}"})
    assert isinstance(answer, httpx.Response)
    return [row["view_count"] for row in answer.raise_for_status().json()["items"]]


async def compare(web: Web, token: str, video: UUID, rounds: int, seconds: int) -> float:
    """How many times the first page's time the deep one takes."""
    await fill_statistics(video)
    cursor = await fetchval(f"SELECT id FROM video_statistics WHERE view_count = {DEPTH}")
    deep = f"{PAGE}&cursor={cursor}"
    for path, before in ((PAGE, 0), (deep, DEPTH)):
        if view_counts(web, path, token) != list(range(before + 1, before + 51)):
            raise RuntimeError(f"{path} does not answer the 50 rows after the {before:,}th.")
        load(web.url + path, token, 1)
    samples = [
        (load(web.url + PAGE, token, seconds), load(web.url + deep, token, seconds))
        for _ in range(rounds)
    ]
    first, last = (Sample.median(each) for each in zip(*samples, strict=True))
    ratio = statistics.median(start.rate / end.rate for start, end in samples)
    print(
        f"a page of {STATISTICS:,} rows: the first {first.rate:,.0f}/s (p50 {first.p50:.1f} ms), "
        f"that after the {DEPTH:,}th row {last.rate:,.0f}/s (p50 {last.p50:.1f} ms): "
        f"{ratio:.2f} times its time (goal: at most {GOAL}, "
        f"{'met' if ratio <= GOAL else 'not met'})"
    )
    return ratio
