"""A second start of the program against that of an empty Litestar program on the same pool."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

EMPTY = """
import os
from contextlib import asynccontextmanager
import asyncpg
from litestar import Litestar, get

@asynccontextmanager
async def lifespan(app):
    dsn = os.environ["BENCH_DSN"]
    async with asyncpg.create_pool(dsn, min_size=5, max_size=15) as app.state.pool:
        yield

@get("/health")
async def health() -> dict[str, str]:
    return {"status": await app.state.pool.fetchval("SELECT 'healthy'")}

app = Litestar([health], lifespan=[lifespan])
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def seconds_to_answer(command: list[str], port: int, environment: dict[str, str]) -> float:
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while time.perf_counter() - started < 60:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health") as answer:
                    if answer.status == 200:
                        return time.perf_counter() - started
            except OSError:
                time.sleep(0.01)
        raise TimeoutError("It does not answer.")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def compare(folder: Path, dsn: str, rounds: int) -> None:
    (folder / "empty_program.py").write_text(EMPTY)
    piccolo = str(Path(sys.executable).with_name("piccolo"))
    times: dict[str, list[float]] = {"empty": [], "ours": []}
    for _ in range(rounds):
        port = free_port()
        uvicorn = [sys.executable, "-m", "uvicorn", "--app-dir", str(folder), "empty_program:app"]
        times["empty"].append(
            seconds_to_answer([*uvicorn, "--port", str(port)], port, {"BENCH_DSN": dsn})
        )
        port = free_port()
        times["ours"].append(
            seconds_to_answer([piccolo, "project", "serve"], port, {"PORT": str(port)})
        )
    empty, ours = min(times["empty"]), min(times["ours"])
    print(
        f"start: an empty Litestar program {empty:.2f} s, this one {ours:.2f} s: "
        f"{ours / empty:.2f} times (goal: at most 2.5)"
    )
