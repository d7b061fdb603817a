"""make bench: each comparison side by side in one run, as ratios.

BENCH_VIDEOS (default 2000), BENCH_ROUNDS (default 2; 5 over HTTP), BENCH_SECONDS (default 2, of
each load over HTTP), BENCH_CHUNKS (default 1000000, of the backup) and BENCH_ADMIN_VIDEOS (default
100000, and as many chunks) make it shorter or longer. `python -m tests.benchmarks http` runs that
one; BENCH_ADMIN_TABLES="videos chunks" asks the admin for these tables alone.
"""

import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path

# Chooses DATA_DIR, which the others read.
from tests.benchmarks import databases

# isort: split
import piccolo_conf
from apps.shared.db.migrations import apply_migrations
from tests.benchmarks import backing_up, searching, starting, writing
from tests.benchmarks.admin.compare import compare as compare_admin
from tests.benchmarks.http.compare import compare as compare_http
from tests.benchmarks.http.load import require_wrk

VIDEOS = int(os.environ.get("BENCH_VIDEOS", "2000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "2"))
HTTP_ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "2"))
NAMES = ("starting", "http", "searching", "writing", "backup", "admin")


async def prepare() -> str:
    """The template that every benchmark's database is copied from, and its address."""
    await piccolo_conf.DB.open()
    await apply_migrations(announce=lambda _: None)
    await piccolo_conf.DB.close()
    return await databases.server_dsn()


async def compare_all(folder: Path, chosen: list[str]) -> None:
    if "http" in chosen:
        await compare_http(HTTP_ROUNDS, SECONDS)
    if "searching" in chosen:
        await searching.compare()
    if "writing" in chosen:
        await writing.compare(folder / "library", VIDEOS, ROUNDS)
    if "backup" in chosen:
        await backing_up.compare(folder / "backups")
    if "admin" in chosen:
        await compare_admin(ROUNDS)


def main(chosen: list[str]) -> None:
    folder = Path(tempfile.mkdtemp(prefix="reelbase-bench-"))
    try:
        if unknown := set(chosen) - set(NAMES):
            raise SystemExit(f"There is no benchmark {unknown.pop()}, only {', '.join(NAMES)}.")
        if "http" in chosen:
            require_wrk()
        dsn = asyncio.run(prepare())
        if "starting" in chosen:
            starting.compare(folder, dsn, max(3, ROUNDS))
        asyncio.run(compare_all(folder, chosen))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:] or list(NAMES))
