"""What a test that has run into its time limit was waiting for, and an end to it.

pytest-timeout interrupts the event loop, not the coroutine in it: without this, the report would
show the loop, and the test would go on beside the next ones with its programs still running.
"""

import asyncio
import traceback
from collections.abc import AsyncIterator, Generator, Set
from typing import Any

import pytest

LOOP = pytest.StashKey[asyncio.AbstractEventLoop]()
TASKS = pytest.StashKey[Set[object]]()
CANCEL_SECONDS = 30


@pytest.fixture(scope="session", autouse=True)
async def event_loop_of_tests(pytestconfig: pytest.Config) -> AsyncIterator[None]:
    pytestconfig.stash[LOOP] = asyncio.get_running_loop()
    yield
    del pytestconfig.stash[LOOP]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    note_tasks(item)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    note_tasks(item)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    note_tasks(item)


def note_tasks(item: pytest.Item) -> None:
    """Those of fixtures that go on longer than this test are left alone."""
    loop = item.config.stash.get(LOOP, None)
    item.stash[TASKS] = asyncio.all_tasks(loop) if loop else set()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    loop = item.config.stash.get(LOOP, None)
    if loop and call.excinfo and is_timeout(call.excinfo.value):
        unfinished = asyncio.all_tasks(loop) - item.stash[TASKS]
        report.sections += [("Still waiting", describe_task(task)) for task in unfinished]
        cancel_tasks(loop, unfinished)
    return report


def is_timeout(error: BaseException) -> bool:
    return isinstance(error, pytest.fail.Exception) and "pytest-timeout" in str(error)


def describe_task(task: asyncio.Task[Any]) -> str:
    """Each coroutine that it is in, down to the line that waits; `print_stack` has the first."""
    lines = [repr(task.get_coro()), "\n"]
    waiting: Any = task.get_coro()
    while frame := getattr(waiting, "cr_frame", None):
        lines += traceback.format_list(traceback.extract_stack(frame, limit=1))
        waiting = waiting.cr_await
    return "".join(lines)


def cancel_tasks(loop: asyncio.AbstractEventLoop, tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.wait(tasks, timeout=CANCEL_SECONDS))
