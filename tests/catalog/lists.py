"""Lists as other programs write them, imports and exports of them."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from apps.catalog.lists.entries import ListEntry, RejectedLine
from apps.catalog.lists.exporting import export_list
from apps.catalog.lists.formats import choose_export_format
from apps.catalog.lists.importing import ListImport
from apps.catalog.lists.report import ListReport

Parse = Callable[[BinaryIO], Iterator[ListEntry | RejectedLine]]


def channel_id(number: int = 0) -> str:
    """They may end in a dash."""
    return f"UC{number:021d}-"


def parsed(parse: Parse, data: bytes | str) -> list[ListEntry | RejectedLine]:
    return list(parse(io.BytesIO(data if isinstance(data, bytes) else data.encode())))


def refusals(entries: list[ListEntry | RejectedLine]) -> dict[int, str]:
    return {entry.line: entry.reason for entry in entries if isinstance(entry, RejectedLine)}


def names(entries: list[ListEntry | RejectedLine]) -> dict[str, str]:
    """Channel id → name."""
    found = (entry.values for entry in entries if isinstance(entry, ListEntry))
    return {values["youtube_channel_id"]: values["name"] for values in found}


def write(home: Path, data: bytes | str, name: str = "list") -> Path:
    home.mkdir(parents=True, exist_ok=True)
    path = home / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


async def run_list(file: Path, **options: Any) -> ListReport:
    return await ListImport(file, **options).run()


async def exported(target: Path, **options: Any) -> tuple[int, int]:
    return await export_list(target, choose_export_format(target, None), **options)


def numbers_of(report: ListReport) -> tuple[int, int, int, int, int]:
    return (
        report.created,
        report.updated,
        report.unchanged,
        report.repeated,
        report.broken_lines,
    )
