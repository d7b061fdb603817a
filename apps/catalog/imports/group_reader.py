"""Reads the files of one video. Runs in worker processes, so it imports no ORM."""

import hashlib
import os
import stat
from collections.abc import Sequence
from typing import Any, Literal, Protocol

import msgspec

from apps.catalog.imports.info import BrokenFile, Info, parse_info
from apps.catalog.imports.info_values import as_float, channel_values, refuse_nul, video_values
from apps.catalog.imports.inventory import MEDIA_EXTENSIONS, File, FileGroup, ImportFault

MAX_INFO_BYTES = 128 << 20
"""A file with all of a video's comments can reach 100 MB."""
MAX_DESCRIPTION_BYTES = 1 << 20
READER_VERSION = 1
"""Part of every fingerprint: raise it to have all files read again."""


class SidecarImporter(Protocol):
    """Imports what another app takes from the files beside a video, such as subtitles.

    `begin` is called once, before anything is read. `read` runs in a worker process, `write` in the
    transaction that writes the videos.
    """

    async def begin(self) -> None: ...

    def claims(self, suffix: str) -> bool: ...

    def read(self, files: Sequence[File], info: Info) -> tuple[list[Any], list[ImportFault]]: ...

    async def write(
        self,
        connection: Any,
        videos: Sequence[tuple[Any, list[Any], bool]],
        counts: dict[str, int],
        *,
        restore: bool,
    ) -> None:
        """For each video: its id, what was read, and whether its files are the newest known.

        Older files may only add what is missing. `restore` brings back what a person deleted.
        """


class ParsedGroup(msgspec.Struct):
    """What the files of a group say: the video's columns in `values`, and faults by file."""

    kind: Literal["video", "channel", "playlist", "broken"]
    path: str
    fingerprint: str | None = None
    extracted_at: float = 0
    values: dict[str, Any] = {}
    channel: dict[str, Any] | None = None
    sidecars: list[list[Any]] = []
    faults: list[ImportFault] = []


def fingerprint_group(group: FileGroup) -> str:
    """Changes whenever a file of the group is added, removed or modified."""
    digest = hashlib.sha256(str(READER_VERSION).encode())
    for file in (group.info, *group.files):
        digest.update(f"{file.path}\0{file.size}\0{file.mtime_ns}\0".encode())
    return digest.hexdigest()


def read_bytes(file: File, limit: int) -> bytes:
    """Raises BrokenFile, also if the file has been replaced by a symbolic link."""
    try:
        handle = os.open(file.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as opened:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                raise BrokenFile("is not a regular file")
            if found.st_size > limit:
                size = f"{found.st_size / (1 << 20):,.0f} MB"
                raise BrokenFile(f"is too large ({size}; the limit is {limit >> 20} MB)")
            return opened.read(limit + 1)
    except OSError as error:
        raise BrokenFile(f"cannot be read ({error.strerror})") from None


def read_group(group: FileGroup, importers: Sequence[SidecarImporter]) -> ParsedGroup:
    """Never raises because of a file's content: that becomes a fault."""
    path = group.info.path
    try:
        info = parse_info(read_bytes(group.info, MAX_INFO_BYTES))
        extracted_at = as_float(info.epoch, "epoch") or group.info.mtime_ns / 1e9
        if info.is_list:
            return ParsedGroup(
                kind="channel" if info.is_channel else "playlist",
                path=path,
                fingerprint=fingerprint_group(group),
                extracted_at=extracted_at,
                channel=channel_values(info) if info.is_channel else None,
            )
        values, channel = video_values(info), channel_values(info)
    except BrokenFile as error:
        return ParsedGroup(kind="broken", path=path, faults=[ImportFault(path, str(error))])

    parsed = ParsedGroup(
        kind="video", path=path, extracted_at=extracted_at, values=values, channel=channel
    )
    parsed.values |= media_values(group, info)
    if values["description"] is None:
        _read_description(group, parsed)
    for importer in importers:
        files = [file for file in group.files if importer.claims(file.suffix)]
        rows, faults = importer.read(files, info)
        parsed.sidecars.append(rows)
        parsed.faults += faults
    # A group with a broken file has no fingerprint, so that the next import reports it again.
    parsed.fingerprint = None if parsed.faults else fingerprint_group(group)
    return parsed


def media_values(group: FileGroup, info: Info) -> dict[str, Any]:
    """The video's own file, if present: the container yt-dlp names, otherwise the largest.

    A name with a format id (`name.f137.mp4`) is part of an unfinished download.
    """
    found = [
        file for file in group.files if file.suffix[1:].lower() in MEDIA_EXTENSIONS and file.size
    ]
    if not found:
        return {"cloud_url": None, "file_size_bytes": None, "download_status": "pending"}
    best = max(found, key=lambda file: (file.suffix == f".{info.ext}", file.size))
    return {
        "cloud_url": best.path,
        "file_size_bytes": best.size,
        "download_status": "complete",
    }


def _read_description(group: FileGroup, parsed: ParsedGroup) -> None:
    for file in group.files:
        if file.suffix == ".description":
            try:
                text = read_bytes(file, MAX_DESCRIPTION_BYTES).decode()
                refuse_nul(text)
                parsed.values["description"] = text.strip() or None
            except UnicodeDecodeError as error:
                parsed.faults.append(ImportFault(file.path, f"is not UTF-8 (byte {error.start})"))
            except BrokenFile as error:
                parsed.faults.append(ImportFault(file.path, str(error)))


def read_groups(
    groups: Sequence[FileGroup], importers: Sequence[SidecarImporter]
) -> list[ParsedGroup]:
    """One task of a worker process."""
    return [read_group(group, importers) for group in groups]
