"""What is read by one task of a worker, and written by one transaction."""

from collections.abc import Iterable, Iterator
from typing import Any

from apps.catalog.imports.inventory import Group
from apps.catalog.imports.reading import Read

TASK_BYTES = 2 << 20
TASK_GROUPS = 16


def batches(items: Iterable[Group], size: int) -> Iterator[list[Group]]:
    batch: list[Group] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def by_size(groups: Iterable[Group]) -> Iterator[list[Group]]:
    task: list[Group] = []
    size = 0
    for group in groups:
        if task and (size + group.size > TASK_BYTES or len(task) == TASK_GROUPS):
            yield task
            task, size = [], 0
        task.append(group)
        size += group.size
    if task:
        yield task


def distinct(reads: Iterable[Read]) -> Iterator[list[Read]]:
    """Batches in which no video stands twice."""
    batch: list[Read] = []
    seen: set[Any] = set()
    for read in reads:
        key = read.values.get("identifier")
        if key is not None and key in seen:
            yield batch
            batch, seen = [], set()
        batch.append(read)
        seen.add(key)
    if batch:
        yield batch
