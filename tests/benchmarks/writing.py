"""The import's writing against plain COPY of the same parsed rows, into the same tables."""

import time
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
from uuid_utils.compat import uuid7

from apps.catalog.imports.batching import batch_by_size
from apps.catalog.imports.folder_import import FolderImport, sidecar_importers
from apps.catalog.imports.group_reader import ParsedGroup, read_group
from apps.catalog.imports.inventory import Inventory
from apps.catalog.tables import Channel, ImportRecord, Video
from apps.shared.db.repositories import encode_row
from apps.shared.db.tables import columns_in, names
from apps.transcripts.subtitle_writer import (
    CHUNK_COLUMNS,
    TRANSCRIPT_COLUMNS,
    chunk_rows,
    encode_provenance,
)
from piccolo_project.wiring import wire
from tests.benchmarks.databases import fresh_database
from tests.benchmarks.library import make_library, video_id

PARSED = 40
"""So many videos are parsed; the others are the same under other names."""


def parse(folder: Path) -> tuple[list[ParsedGroup], int]:
    """What the files say, and how many videos a transaction of the import has."""
    make_library(folder, PARSED)
    with Inventory(folder) as inventory:
        inventory.scan()
        groups = list(inventory.groups())
    parsed = [read_group(group, sidecar_importers()) for group in groups]
    return parsed, len(next(batch_by_size(groups)))


def renamed(read: ParsedGroup, number: int) -> ParsedGroup:
    name = video_id(number)
    values = {**read.values, "identifier": name, "youtube_video_id": name}
    path = f"{read.path}.{number}"
    return msgspec.structs.replace(read, path=path, fingerprint=f"{number:064d}", values=values)


async def by_import(reads: list[ParsedGroup], together: int) -> float:
    async with fresh_database("bench_import"):
        run = FolderImport(Path())
        started = time.perf_counter()
        for at in range(0, len(reads), together):
            await run._write(reads[at : at + together])
        return time.perf_counter() - started


def rows(table: Any, values: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(encode_row(columns_in(table, values), values))


async def by_copy(reads: list[ParsedGroup]) -> float:
    """The tuples are made beforehand: it is the limit, what PostgreSQL itself takes."""
    channels = {read.channel["youtube_channel_id"]: uuid7() for read in reads if read.channel}
    named = {read.channel["youtube_channel_id"]: read.channel for read in reads if read.channel}
    channel_rows = [{"id": key, **named[name]} for name, key in channels.items()]
    video_rows: list[dict[str, Any]] = []
    records: list[dict[str, Any]] = []
    subtitles = []
    for read in reads:
        assert read.channel
        row_id = uuid7()
        channel_id = channels[read.channel["youtube_channel_id"]]
        video_rows.append({"id": row_id, "channel_id": channel_id, **read.values})
        records.append(
            {
                "video_id": row_id,
                "path": read.path,
                "fingerprint": read.fingerprint,
                "extracted_at": read.extracted_at,
                "written": dict.fromkeys(read.values, "0123456789abcdef"),
            }
        )
        subtitles += [(uuid7(), row_id, subtitle, True) for subtitle in read.sidecars[0]]
    copies: list[tuple[str, list[str], list[Any]]] = []
    for table, dicts in ((Channel, channel_rows), (Video, video_rows), (ImportRecord, records)):
        columns = names(columns_in(table, dicts[0]))
        copies.append((table._meta.tablename, columns, [rows(table, row) for row in dicts]))
    transcripts = [
        (
            *(row_id, video, subtitle.source, subtitle.language, primary, subtitle.full_text),
            *(subtitle.words, subtitle.segments, subtitle.number_of_words),
            *(subtitle.number_of_segments, encode_provenance(subtitle)),
        )
        for row_id, video, subtitle, primary in subtitles
    ]
    copies.append(("transcripts", list(TRANSCRIPT_COLUMNS), transcripts))
    copies.append(("chunks", list(CHUNK_COLUMNS), list(chunk_rows(subtitles))))

    async with fresh_database("bench_copy") as dsn:
        connection = await asyncpg.connect(dsn)
        started = time.perf_counter()
        async with connection.transaction():
            for tablename, columns, records_of_it in copies:
                await connection.copy_records_to_table(
                    tablename, columns=columns, records=records_of_it
                )
        taken = time.perf_counter() - started
        await connection.close()
        return taken


async def compare(folder: Path, videos: int, rounds: int) -> None:
    wire()
    parsed, together = parse(folder)
    reads = [renamed(parsed[number % PARSED], number) for number in range(videos)]
    for number in range(rounds):
        limit, ours = await by_copy(reads), await by_import(reads, together)
        print(
            f"writing {videos:,} videos, round {number + 1}: plain COPY {limit:.1f} s, "
            f"import {ours:.1f} s: {limit / ours:.2f} of its speed (goal: 0.5)"
        )
