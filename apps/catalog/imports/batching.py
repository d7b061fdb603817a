"""How an import divides its work: into tasks for a worker, and batches for a transaction."""

from collections.abc import Iterable, Iterator
from typing import Any

from apps.catalog.imports.group_reader import ParsedGroup
from apps.catalog.imports.inventory import FileGroup

TASK_BYTES = 2 << 20
TASK_GROUPS = 16


def batch_by_count(groups: Iterable[FileGroup], count: int) -> Iterator[list[FileGroup]]:
    batch: list[FileGroup] = []
    for group in groups:
        batch.append(group)
        if len(batch) == count:
            yield batch
            batch = []
    if batch:
        yield batch


def batch_by_size(groups: Iterable[FileGroup]) -> Iterator[list[FileGroup]]:
    """Tasks of at most TASK_GROUPS groups, and of TASK_BYTES unless one group alone is larger."""
    task: list[FileGroup] = []
    size = 0
    for group in groups:
        if task and (size + group.size > TASK_BYTES or len(task) == TASK_GROUPS):
            yield task
            task, size = [], 0
        task.append(group)
        size += group.size
    if task:
        yield task


def batch_without_repeats(parsed_groups: Iterable[ParsedGroup]) -> Iterator[list[ParsedGroup]]:
    """Batches in which no video appears twice."""
    batch: list[ParsedGroup] = []
    seen: set[Any] = set()
    for parsed in parsed_groups:
        key = parsed.values.get("identifier")
        if key is not None and key in seen:
            yield batch
            batch, seen = [], set()
        batch.append(parsed)
        seen.add(key)
    if batch:
        yield batch
