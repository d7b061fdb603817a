"""make bench: each comparison side by side in one run, as ratios.

BENCH_VIDEOS (default 2000) and BENCH_ROUNDS (default 2) make it shorter or longer.
"""

import asyncio
import os
import shutil
import tempfile
from pathlib import Path

from tests.benchmarks import databases, searching, starting, writing

VIDEOS = int(os.environ.get("BENCH_VIDEOS", "2000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "2"))


async def prepare() -> str:
    """The template that every benchmark's database is copied from, and its address."""
    await databases.piccolo_conf.DB.open()
    await databases.migrate(announce=lambda _: None)
    await databases.piccolo_conf.DB.close()
    return await databases.server_dsn()


async def compare_all(folder: Path) -> None:
    await searching.compare()
    await writing.compare(folder / "library", VIDEOS, ROUNDS)


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="reelbase-bench-"))
    try:
        dsn = asyncio.run(prepare())
        starting.compare(folder, dsn, max(3, ROUNDS))
        asyncio.run(compare_all(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(databases.FOLDER, ignore_errors=True)


if __name__ == "__main__":
    main()
