"""The worker processes that read files during an import."""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import AsyncIterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

MIN_GROUPS_FOR_PROCESSES = 24
"""Fewer are read in a thread: a worker process takes half a second to start."""


@asynccontextmanager
async def open_reader_pool(total: int) -> AsyncIterator[tuple[Executor, int]]:
    """Where files are read, and how many tasks may be queued there, which bounds memory."""
    if total < MIN_GROUPS_FOR_PROCESSES:
        with ThreadPoolExecutor(1) as threads:
            yield threads, 1
        return
    workers = os.cpu_count() or 1
    # Not forked: this process has threads and a database connection, which do not survive a fork.
    context = multiprocessing.get_context("spawn")
    processes = ProcessPoolExecutor(workers, mp_context=context, initializer=start_worker)
    watcher = asyncio.create_task(break_when_a_worker_dies(processes))
    try:
        yield processes, workers * 2
    finally:
        await asyncio.to_thread(processes.shutdown, wait=True, cancel_futures=True)
        watcher.cancel()


async def break_when_a_worker_dies(processes: ProcessPoolExecutor) -> None:
    """Breaks the pool when a worker is killed.

    A worker killed while sending a result leaves half a message, and Python would wait for the rest
    forever. Closing the pipe wakes it.
    """
    while True:
        await asyncio.sleep(1)
        workers = list((processes._processes or {}).values())
        if any(not worker.is_alive() for worker in workers):
            for worker in workers:
                worker.kill()
            results: Any = processes._result_queue  # Not public.
            results._writer.close()
            return


def start_worker() -> None:
    """Leaves Ctrl-C to the parent, and exits when the parent dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
