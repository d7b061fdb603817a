"""What Prometheus is told. https://prometheus.io/docs/practices/naming/"""

import os
from pathlib import Path

import psutil
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)
from prometheus_client import generate_latest as written
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from apps.shared.db.engine import get_engine

MEDIA_TYPE = CONTENT_TYPE_LATEST.removesuffix("; charset=utf-8")
MULTIPROCESS_DIR = "PROMETHEUS_MULTIPROC_DIR"
"""In this variable: where workers keep their figures for each other, as files. It must be set
before prometheus_client is imported, and `serve` sets it for more than one worker."""

disable_created_metrics()  # type: ignore[no-untyped-call]  # Not typed there.

REQUESTS = Histogram(
    "reelbase_request_duration_seconds",
    "How long requests took.",
    ["method", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
DATABASE_ERRORS = Counter(
    "reelbase_database_errors",
    "What the database refused or could not do, by the name of the error.",
    ["error"],
)
BUILD = Gauge("reelbase_build_info", "Always 1.", ["version"], multiprocess_mode="livemax")
POOL_OPEN = Gauge(
    "reelbase_pool_connections", "Open database connections.", multiprocess_mode="livesum"
)
POOL_USED = Gauge(
    "reelbase_pool_connections_in_use", "Those that are in use.", multiprocess_mode="livesum"
)
POOL_LIMIT = Gauge(
    "reelbase_pool_connections_limit", "How many may be open.", multiprocess_mode="livesum"
)


def record_pool() -> None:
    """The connections of this process. A worker cannot ask the others: each notes its own."""
    pool = get_engine().pool
    POOL_OPEN.set(pool.get_size() if pool else 0)
    POOL_USED.set(pool.get_size() - pool.get_idle_size() if pool else 0)
    POOL_LIMIT.set(pool.get_max_size() if pool else 0)


def render_metrics() -> bytes:
    """The text format; of all workers, where they share a folder."""
    record_pool()
    if MULTIPROCESS_DIR not in os.environ:
        return written(REGISTRY)
    forget_dead_workers(Path(os.environ[MULTIPROCESS_DIR]))
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # Not typed there.
    return written(registry)


def forget_dead_workers(folder: Path) -> None:
    """They have no connections any more. What they have counted stays: counters never go back."""
    for file in folder.glob("gauge_live*.db"):
        pid = int(file.stem.rpartition("_")[2])
        if not psutil.pid_exists(pid):
            mark_process_dead(pid)  # type: ignore[no-untyped-call]  # Not typed there.
