"""Which of the files that rows refer to are missing."""

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from apps.shared.settings import get_settings

PLACES = {
    "videos": "cloud_url",
    "clips": "cloud_url",
    "thumbnails": "cloud_url",
    "music": "file_path",
}
BATCH = 2_000
LONGEST_SECONDS = 300
"""A disk far away may take a millisecond for each."""

# What has a scheme is the address of a file elsewhere.
PAGE = """
SELECT id, {column} AS path FROM {table}
WHERE id > $1 AND {column} IS NOT NULL AND {column} !~ '^[A-Za-z][A-Za-z0-9+.-]*://'
ORDER BY id LIMIT {batch}"""


@dataclass
class Missing:
    """`ids` are the first of them; `is_whole` says whether all could be looked for in time."""

    most: int
    ids: list[UUID] = field(default_factory=list)
    count: int = 0
    is_whole: bool = True

    def note(self, ids: Sequence[UUID]) -> None:
        self.count += len(ids)
        self.ids += ids[: self.most - len(self.ids)]


async def look_for_files(by: Any, most: int, seconds: float) -> Missing:
    """Page by page; `by` is a connection. A path that is not absolute begins in DATA_DIR."""
    missing = Missing(most)
    end = time.monotonic() + seconds
    folder = get_settings().data_dir.expanduser().absolute()
    for table, column in PLACES.items():
        query = PAGE.format(table=table, column=column, batch=BATCH)
        page = [{"id": UUID(int=0)}]
        while page := await by.fetch(query, page[-1]["id"]):
            missing.note(await asyncio.to_thread(without_file, folder, page))
            if time.monotonic() > end:
                missing.is_whole = False
                return missing
    return missing


def without_file(folder: Path, rows: Sequence[Any]) -> list[UUID]:
    paths = ((row["id"], os.path.join(folder, row["path"])) for row in rows)  # noqa: PTH118  # Path takes as long as the disk.
    return [row_id for row_id, path in paths if not os.path.exists(path)]  # noqa: PTH110  # Path.exists raises for what cannot be a path at all.
