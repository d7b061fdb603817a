"""Requests per second of each program and endpoint, in interleaved rounds, and their ratios."""

import statistics
from pathlib import Path
from typing import Any
from uuid import UUID

from apps.accounts.callers import CACHE_SECONDS
from apps.accounts.tables import Session
from tests.benchmarks.databases import fresh_database
from tests.benchmarks.http import depth
from tests.benchmarks.http.data import VIDEOS, delete_created, fields_to_create, fill_videos
from tests.benchmarks.http.load import CONNECTIONS, Sample, load
from tests.benchmarks.http.picture import svg
from tests.benchmarks.http.programs import (
    BARE,
    BARER,
    DESIGNED,
    OURS,
    PROGRAMS,
    all_started,
    check_equal,
)
from tests.factories import make_user
from tests.processes import Web

PICTURE = Path(__file__).parents[3] / "docs" / "benchmarks.svg"
CREATE = "a create"
GOALS = {"one row": 0.6, "a page of 50": 0.9, CREATE: 0.6}
"""Of the bare program's requests per second."""

TIMES = 5
"""The goal against the designs' own stack."""

Samples = dict[str, dict[str, list[Sample]]]
"""Of each endpoint, of each program: one for each round."""


async def measure(
    running: dict[str, Web],
    token: str,
    video: UUID,
    fields: dict[str, Any],
    rounds: int,
    seconds: int,
) -> Samples:
    """The programs take turns in being the first of a round; round 0 warms them up."""
    paths = dict(zip(GOALS, (f"/{video}", "?limit=50", ""), strict=True))
    samples: Samples = {endpoint: {name: [] for name in PROGRAMS} for endpoint in GOALS}
    for number in range(rounds + 1):
        first = number % len(PROGRAMS)
        for endpoint, path in paths.items():
            for name in (*PROGRAMS[first:], *PROGRAMS[:first]):
                prefix = f"made-{number}-{PROGRAMS.index(name)}-" if endpoint == CREATE else ""
                url = f"{running[name].url}/api/videos{path}"
                sample = load(url, token, seconds if number else 1, prefix, fields)
                if number:
                    samples[endpoint][name].append(sample)
                if prefix:
                    await delete_created()
    return samples


def ratio(of: list[Sample], to: list[Sample]) -> float:
    """The median of the rounds': what slows the machine for a while slows both."""
    return statistics.median(a.rate / b.rate for a, b in zip(of, to, strict=True))


def report(samples: Samples) -> None:
    for endpoint, programs in samples.items():
        for name, rounds in programs.items():
            rates = [sample.rate for sample in rounds]
            rate, p50, p99 = Sample.median(rounds)
            spread = f"({min(rates):,.0f} to {max(rates):,.0f})"
            print(
                f"{endpoint:<13} {name:<21} {rate:>7,.0f}/s {spread:<17} "
                f"p50 {p50:>5.1f} ms  p99 {p99:>6.1f} ms"
            )
    for endpoint, programs in samples.items():
        bare, barer, designed = (
            ratio(programs[OURS], programs[other]) for other in (BARE, BARER, DESIGNED)
        )
        print(
            f"{endpoint}: {bare:.2f} of {BARE} {verdict(bare, GOALS[endpoint])}, "
            f"{designed:.1f} times {DESIGNED} {verdict(designed, TIMES)}"
        )
        print(f"{' ' * len(endpoint)}  {barer:.2f} of the same without the look-up of the token")


def verdict(figure: float, goal: float) -> str:
    return f"(goal: at least {goal:g}, {'met' if figure >= goal else 'not met'})"


async def compare(rounds: int, seconds: int) -> None:
    async with fresh_database("bench_http") as dsn:
        video = await fill_videos()
        fields = await fields_to_create()
        caller = await make_user(admin=True)
        session = await Session.create_session(caller.id)
        with all_started(dsn, caller) as running:
            await check_equal(running, session.token, video, fields)
            print(
                f"over HTTP: {VIDEOS:,} videos, {CONNECTIONS} connections, "
                f"{seconds} s a load, rounds: {rounds}; the median, the slowest and the fastest"
            )
            print(
                f"{OURS} looks a token up every {CACHE_SECONDS:g} s; {DESIGNED} and {BARE}, at "
                "each request"
            )
            samples = await measure(running, session.token, video, fields, rounds, seconds)
            report(samples)
            await depth.compare(running[OURS], session.token, video, rounds, seconds)
    rates = {
        endpoint: {name: round(Sample.median(each).rate) for name, each in programs.items()}
        for endpoint, programs in samples.items()
    }
    PICTURE.write_text(svg(rates))
    print(f"Wrote {PICTURE}.")
