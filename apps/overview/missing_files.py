"""Finds rows whose file is missing."""

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from apps.shared.settings import get_settings

FILE_COLUMNS = {
    "videos": "cloud_url",
    "clips": "cloud_url",
    "thumbnails": "cloud_url",
    "music": "file_path",
}
BATCH = 2_000
MAX_SECONDS = 300
"""A network disk may take a millisecond for each file."""

# A value with a scheme is the URL of a remote file.
PAGE = """
SELECT id, {column} AS path FROM {table}
WHERE id > $1 AND {column} IS NOT NULL AND {column} !~ '^[A-Za-z][A-Za-z0-9+.-]*://'
ORDER BY id LIMIT {batch}"""


@dataclass
class MissingFiles:
    """`ids` has the first of them. `is_complete` is false if time ran out."""

    limit: int
    ids: list[UUID] = field(default_factory=list)
    count: int = 0
    is_complete: bool = True

    def add(self, ids: Sequence[UUID]) -> None:
        self.count += len(ids)
        self.ids += ids[: self.limit - len(self.ids)]


async def find_missing_files(connection: Any, limit: int, seconds: float) -> MissingFiles:
    """Page by page. A relative path is relative to DATA_DIR."""
    missing = MissingFiles(limit)
    end = time.monotonic() + seconds
    folder = get_settings().data_dir.expanduser().absolute()
    for table, column in FILE_COLUMNS.items():
        query = PAGE.format(table=table, column=column, batch=BATCH)
        page = [{"id": UUID(int=0)}]
        while page := await connection.fetch(query, page[-1]["id"]):
            missing.add(await asyncio.to_thread(list_without_file, folder, page))
            if time.monotonic() > end:
                missing.is_complete = False
                return missing
    return missing


def list_without_file(folder: Path, rows: Sequence[Any]) -> list[UUID]:
    paths = ((row["id"], os.path.join(folder, row["path"])) for row in rows)  # noqa: PTH118  # Path is as slow as the disk.
    return [row_id for row_id, path in paths if not os.path.exists(path)]  # noqa: PTH110  # Path.exists raises for invalid paths.
