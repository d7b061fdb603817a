"""Fails a run that leaves a program running, and ends the program.

Whatever a test starts inherits a variable of this run and pytest's PYTEST_CURRENT_TEST, so that
even a server that has become a daemon is found, and the test that started it is named.
"""

import contextlib
import os
import secrets
import time
from collections.abc import Iterator

import psutil
import pytest

RUN = "REELBASE_TEST_RUN"
GRACE_SECONDS = 10


def pytest_configure(config: pytest.Config) -> None:
    if not is_worker(config):
        os.environ[RUN] = secrets.token_hex(8)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    result = yield
    if is_worker(session.config):
        return result  # Its own server is still up; the process that started it looks last.
    if left := find_lasting_processes(os.environ[RUN]):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        terminal = session.config.pluginmanager.get_plugin("terminalreporter")
        assert terminal is not None
        terminal.section("left running", red=True)
        for process in left:
            terminal.write_line(describe_process(process))
        kill_processes(left)
    return result


def is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def find_lasting_processes(run: str) -> list[psutil.Process]:
    deadline = time.monotonic() + GRACE_SECONDS
    while (left := find_processes(run)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def find_processes(run: str) -> list[psutil.Process]:
    """But for those that write their title over their environment, as PostgreSQL's children do."""
    return [
        process
        for process in psutil.process_iter(["environ", "status"])
        if (process.info["environ"] or {}).get(RUN) == run
        and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


def describe_process(process: psutil.Process) -> str:
    try:
        test = process.environ().get("PYTEST_CURRENT_TEST", "no test")
        return f"{process.pid} of {test}: {' '.join(process.cmdline())}"
    except psutil.Error:
        return str(process)


def kill_processes(processes: list[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            for one in (*process.children(recursive=True), process):
                one.kill()
