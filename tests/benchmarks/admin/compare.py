"""Milliseconds of every listing, page, sort and filter of the admin, ours beside Piccolo's own."""

import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import httpx

from apps.accounts.tables import Session
from tests.benchmarks.admin import indexes
from tests.benchmarks.admin.data import fill
from tests.benchmarks.admin.pages import keep_figures, report_pages, without_kept
from tests.benchmarks.admin.questions import Question, questions, tables
from tests.benchmarks.databases import fresh_database
from tests.factories import make_user
from tests.processes import Web, free_port, wait_for

VIDEOS = int(os.environ.get("BENCH_ADMIN_VIDEOS", "100000"))
SLOWEST = 10
CHOSEN = os.environ.get("BENCH_ADMIN_TABLES", "").split()
STOCK, OURS = "Piccolo's own", "this program"
PROGRAMS = {STOCK: "tests.benchmarks.admin.stock:app", OURS: "piccolo_project.app:app"}

Times = dict[Question, dict[str, list[float]]]
"""Milliseconds of each program: one for each round."""


@contextmanager
def clients(dsn: str, token: str) -> Iterator[dict[str, httpx.Client]]:
    """Those of each program, signed in to its admin."""
    with ExitStack() as stack:
        opened = {}
        for name, app in PROGRAMS.items():
            port = free_port()
            command = [sys.executable, "-m", "uvicorn", app, "--port", str(port)]
            web = stack.enter_context(Web(*command, port=port, DATABASE_URL=dsn, LOG_LEVEL="ERROR"))
            wait_for(partial(web.get, "/health/live"), f"{name} to answer", 60)
            opened[name] = stack.enter_context(signed_in(web.url, token))
        yield opened


def signed_in(url: str, token: str) -> httpx.Client:
    return httpx.Client(base_url=f"{url}/admin/api/tables/", cookies={"id": token}, timeout=60)


def milliseconds(client: httpx.Client, question: Question) -> float:
    started = time.perf_counter()
    answer = client.get(f"{question.table}/{question.path}", params=question.params)
    taken = (time.perf_counter() - started) * 1000
    if answer.status_code not in {200, 503}:  # Given up is an answer, of so many seconds.
        raise RuntimeError(f"{question} is answered {answer.status_code}: {answer.text[:300]}")
    return taken


def measure(opened: dict[str, httpx.Client], rounds: int) -> Times:
    """Round 0 warms the caches up; the programs take turns in being the first."""
    times: Times = {}
    for table in CHOSEN or tables(opened[OURS]):
        asked = questions(opened[OURS], table)
        for number in range(rounds + 1):
            for question in asked:
                for name in list(opened)[:: 1 if number % 2 else -1]:
                    taken = milliseconds(opened[name], question)
                    if number:
                        each = times.setdefault(question, {name: [] for name in opened})
                        each[name].append(taken)
    return times


def percentile(figures: list[float], part: float) -> float:
    return sorted(figures)[min(len(figures) - 1, int(len(figures) * part))]


def report(times: Times) -> None:
    medians = {
        question: {name: statistics.median(each) for name, each in taken.items()}
        for question, taken in times.items()
    }
    print(f"{'table':<22} {'asked':>5}   median → ms         worst → ms, and what that was")
    for table in dict.fromkeys(question.table for question in medians):
        tell(table, {asked: each for asked, each in medians.items() if asked.table == table})
    tell("all tables", medians)
    for name in PROGRAMS:
        figures = [each[name] for each in medians.values()]
        print(
            f"{name}: median {statistics.median(figures):.0f} ms, 95th percentile "
            f"{percentile(figures, 0.95):.0f} ms, worst {max(figures):.0f} ms"
        )
    for question in sorted(medians, key=lambda each: -medians[each][OURS])[:SLOWEST]:
        print(f"  {medians[question][OURS]:>6.0f} ms: {question.table}, {question.what}")


def tell(table: str, medians: dict[Question, dict[str, float]]) -> None:
    stock, ours = ([each[name] for each in medians.values()] for name in (STOCK, OURS))
    slowest = max(medians, key=lambda question: medians[question][OURS])
    print(
        f"{table:<22} {len(medians):>5}   {statistics.median(stock):>6.0f} → "
        f"{statistics.median(ours):<6.0f}   {max(stock):>7.0f} → {max(ours):<6.0f} {slowest.what}"
    )


async def compare(rounds: int) -> None:
    async with fresh_database("bench_admin") as dsn:
        await fill(dsn, VIDEOS)
        looked, before = await keep_figures(), await without_kept(rounds)
        session = await Session.create_session((await make_user(admin=True, superuser=True)).id)
        with clients(dsn, session.token) as opened:
            print(f"the admin at {VIDEOS:,} videos; rounds: {rounds}; {STOCK} → {OURS}")
            report(measure(opened, rounds))
            print(f"one look through the library: {looked:.1f} s")
            report_pages(opened[OURS], before, rounds)
        await indexes.compare(dsn)
