"""Prometheus metrics, named as in https://prometheus.io/docs/practices/naming/"""

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
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from apps.shared.db.engine import get_engine

MEDIA_TYPE = CONTENT_TYPE_LATEST.removesuffix("; charset=utf-8")
MULTIPROCESS_DIR = "PROMETHEUS_MULTIPROC_DIR"
"""The variable with the folder in which workers share their metrics. `serve` sets it for more than
one worker; it must be set before prometheus_client is imported."""

disable_created_metrics()  # type: ignore[no-untyped-call]  # Not typed there.

REQUESTS = Histogram(
    "reelbase_request_duration_seconds",
    "Request duration.",
    ["method", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
DATABASE_ERRORS = Counter(
    "reelbase_database_errors",
    "Database errors by name.",
    ["error"],
)
BUILD = Gauge("reelbase_build_info", "Always 1.", ["version"], multiprocess_mode="livemax")
POOL_OPEN = Gauge(
    "reelbase_pool_connections", "Open database connections.", multiprocess_mode="livesum"
)
POOL_USED = Gauge(
    "reelbase_pool_connections_in_use", "Database connections in use.", multiprocess_mode="livesum"
)
POOL_LIMIT = Gauge(
    "reelbase_pool_connections_limit",
    "Most database connections that may be open.",
    multiprocess_mode="livesum",
)


def record_pool() -> None:
    """Records this process's connections: a worker cannot ask the others."""
    pool = get_engine().pool
    POOL_OPEN.set(pool.get_size() if pool else 0)
    POOL_USED.set(pool.get_size() - pool.get_idle_size() if pool else 0)
    POOL_LIMIT.set(pool.get_max_size() if pool else 0)


def render_metrics() -> bytes:
    """In Prometheus's text format, of all workers if there are several."""
    record_pool()
    if MULTIPROCESS_DIR not in os.environ:
        return generate_latest(REGISTRY)
    forget_dead_workers(Path(os.environ[MULTIPROCESS_DIR]))
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # Not typed there.
    return generate_latest(registry)


def forget_dead_workers(folder: Path) -> None:
    """Drops the gauges of dead workers; their counters stay, as counters never decrease."""
    for file in folder.glob("gauge_live*.db"):
        pid = int(file.stem.rpartition("_")[2])
        if not psutil.pid_exists(pid):
            mark_process_dead(pid)  # type: ignore[no-untyped-call]  # Not typed there.
