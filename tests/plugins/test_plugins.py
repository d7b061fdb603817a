"""A run of pytest within a test, with our plugins and none of our fixtures."""

import re
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.processes import ROOT, run

PLUGINS = ["signals", "time_limits", "leftovers", "file_order"]

CTRL_C = """
import signal, subprocess

def test_ctrl_c_ends_a_program():
    with subprocess.Popen(["sleep", "60"]) as program:
        program.send_signal(signal.SIGINT)
        assert program.wait(10) == -signal.SIGINT
"""

HANGING = """
import asyncio, subprocess

async def wait_for_nothing():
    with subprocess.Popen(["sleep", "61.25"]) as program:
        try:
            await asyncio.Event().wait()
        finally:
            program.kill()

async def test_that_hangs():
    await wait_for_nothing()

async def test_that_comes_after():
    assert len(asyncio.all_tasks()) == 1
"""

LEFT = """
import subprocess

def test_that_leaves_a_daemon():
    subprocess.run("setsid sleep 61.5 >/dev/null 2>&1 &", shell=True)
"""


def run_pytest(folder: Path, *options: str, ignoring: str = "") -> subprocess.CompletedProcess[str]:
    """As a shell starts it that ignores these signals."""
    (folder / "pytest.ini").write_text(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = session\n"
        "asyncio_default_test_loop_scope = session\n"
    )
    command = [sys.executable, "-m", "pytest", *options]
    for plugin in PLUGINS:
        command += ["-p", f"tests.plugins.{plugin}"]
    shell = f"trap '' {ignoring}; exec \"$@\"" if ignoring else 'exec "$@"'
    settings = {"PYTHONPATH": ROOT}
    return run("sh", "-c", shell, "sh", *command, settings=settings, cwd=folder)


@pytest.mark.parametrize("options", [(), ("--numprocesses=1",)], ids=["alone", "in a worker"])
def test_ctrl_c_ends_programs_where_the_tests_were_started_without(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    (tmp_path / "test_it.py").write_text(CTRL_C)
    done = run_pytest(tmp_path, *options, ignoring="INT QUIT TERM HUP")
    assert done.returncode == 0, done.stdout


def test_a_test_that_hangs_fails_with_what_it_waits_for_and_is_over(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(HANGING)
    done = run_pytest(tmp_path, "--timeout=1")
    assert done.returncode == 1
    assert "1 failed, 1 passed" in done.stdout
    assert "await asyncio.Event().wait()" in done.stdout.partition("Still waiting")[2]
    assert "left running" not in done.stdout


@pytest.mark.parametrize("options", [(), ("--numprocesses=1",)], ids=["alone", "in a worker"])
def test_a_run_that_leaves_a_program_running_fails_and_names_it(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    (tmp_path / "test_it.py").write_text(LEFT)
    (tmp_path / "conftest.py").write_text(
        "from tests.plugins import leftovers\nleftovers.GRACE_SECONDS = 0.1\n"
    )
    done = run_pytest(tmp_path, *options)
    assert done.returncode == 1, done.stdout
    assert "1 passed" in done.stdout
    _, _, left = done.stdout.partition("left running")
    found = re.search(r"(\d+) of test_it.py::test_that_leaves_a_daemon \(call\): sleep 61.5", left)
    assert found
    assert not is_alive(int(found[1]))


def is_alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_files_run_in_random_order_and_again_in_the_same_one(tmp_path: Path) -> None:
    for number in range(8):
        (tmp_path / f"test_{number}.py").write_text("def test_a(): pass\ndef test_b(): pass\n")
    first = run_pytest(tmp_path, "-v", "--order=random").stdout
    seed = first.partition("--order ")[2].split()[0]
    again = run_pytest(tmp_path, "-v", f"--order={seed}").stdout
    order = [line.split()[0] for line in first.splitlines() if "::" in line]
    assert order == [line.split()[0] for line in again.splitlines() if "::" in line]
    assert order != sorted(order)
    files = [name.partition("::")[0] for name in order]
    assert files[0::2] == files[1::2], "The tests of a file stay together."
