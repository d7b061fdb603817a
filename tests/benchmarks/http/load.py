"""The load generator: wrk, 16 connections that ask again as soon as they are answered."""

import json
import os
import shutil
import statistics
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

SCRIPT = Path(__file__).with_name("load.lua")
CONNECTIONS = 16


class Sample(NamedTuple):
    """Requests per second, and milliseconds."""

    rate: float
    p50: float
    p99: float

    @classmethod
    def median(cls, samples: Sequence[Self]) -> Self:
        return cls(*(statistics.median(values) for values in zip(*samples, strict=True)))


def require_wrk() -> None:
    if shutil.which("wrk") is None:
        raise SystemExit("The benchmarks over HTTP need wrk: apt-get install wrk")


def load(
    url: str, token: str, seconds: int, prefix: str = "", fields: dict[str, Any] | None = None
) -> Sample:
    """GET; with `prefix`, POST of `fields` and an identifier that starts so.

    Raises RuntimeError unless each request was answered well.
    """
    variables = {}
    if prefix:
        rest = json.dumps(fields).removeprefix("{")
        variables = {"BENCH_PREFIX": prefix, "BENCH_FIELDS": rest}
    done = subprocess.run(
        [
            *("wrk", "--latency", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(SCRIPT)),
            *("-H", f"Authorization: Bearer {token}", "-H", "Content-Type: application/json", url),
        ],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    requests, failed, taken, p50, p99 = map(int, done.stdout.splitlines()[-1].split())
    if failed or not requests:
        raise RuntimeError(f"{failed} of {requests} requests failed:\n{done.stdout}")
    return Sample(requests / taken * 1e6, p50 / 1000, p99 / 1000)
