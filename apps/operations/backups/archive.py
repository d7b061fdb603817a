"""The file format: a zip with the uncompressed dump, then the manifest.

The zip's comment, its last 64 bytes, is the SHA-256 of the whole file with zeros in their place, so
that no changed bit goes unnoticed, not even in parts of a zip that nobody reads.
"""

import hashlib
import os
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO, Self, cast

from apps.operations.backups.manifest import Manifest, NotABackup, decode_manifest, encode_manifest

DUMP = "library.dump"
MANIFEST = "manifest.json"

BEGINNING = b"PK\3\4"
NO_DIGEST = b"0" * 64

BLOCK_BYTES = 1024 * 1024
MANIFEST_BYTES = 16 * 1024 * 1024

# What zipfile has been seen to raise for files with a changed byte.
MALFORMED = (
    zipfile.BadZipFile,
    struct.error,
    EOFError,
    KeyError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
)


class HashingFile:
    """A write-only file that computes a digest; zipfile needs no more."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        return self.file.write(data)

    def flush(self) -> None:
        self.file.flush()


class ArchiveWriter:
    """Writes a new file; `dump_bytes` and `dump_sha256` describe what was written so far."""

    def __init__(self, file: BinaryIO) -> None:
        self.dump_bytes = 0
        self._digest = hashlib.sha256()
        self._file = HashingFile(file)
        self._zip = zipfile.ZipFile(cast(IO[bytes], self._file), "w")
        self._entry = self._zip.open(zipfile.ZipInfo(DUMP), "w", force_zip64=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        # If left open, they would raise when garbage collected.
        with suppress(OSError, ValueError):
            self._entry.close()
        with suppress(OSError, ValueError):
            self._zip.close()

    @property
    def dump_sha256(self) -> str:
        return self._digest.hexdigest()

    def write(self, block: bytes) -> None:
        self._entry.write(block)
        self._digest.update(block)
        self.dump_bytes += len(block)

    def finish(self, manifest: Manifest) -> None:
        self._entry.close()
        self._zip.writestr(zipfile.ZipInfo(MANIFEST), encode_manifest(manifest))
        self._zip.comment = NO_DIGEST
        self._zip.close()
        self._file.file.seek(-len(NO_DIGEST), os.SEEK_END)
        self._file.file.write(self._file.digest.hexdigest().encode())


def check_digest(file: Path) -> None:
    """Reads the whole file. Raises NotABackup if anything has changed."""
    digest = hashlib.sha256()
    end = b""
    with _open_file(file) as raw:
        while block := raw.read(BLOCK_BYTES):
            digest.update((end + block)[: -len(NO_DIGEST)])
            end = (end + block)[-len(NO_DIGEST) :]
    digest.update(NO_DIGEST)
    if digest.hexdigest().encode() != end:
        raise _damaged_error(file)


def read_manifest(file: Path) -> Manifest:
    """Reads the manifest and checks the file's length, but not the dump. Raises NotABackup."""
    with _open_archive(file) as archive:
        return _parse_manifest(archive, file)


def read_dump(file: Path) -> Iterator[bytes]:
    """Yields the dump in blocks. Raises NotABackup, at the end if the digest differs."""
    with _open_archive(file) as archive:
        manifest = _parse_manifest(archive, file)
        digest = hashlib.sha256()
        with archive.open(DUMP) as entry:
            while block := entry.read(BLOCK_BYTES):
                digest.update(block)
                yield block
    if digest.hexdigest() != manifest.dump_sha256:
        raise _damaged_error(file)


@contextmanager
def _open_archive(file: Path) -> Iterator[zipfile.ZipFile]:
    with _open_file(file) as raw, zipfile.ZipFile(raw) as archive:
        yield archive


@contextmanager
def _open_file(file: Path) -> Iterator[IO[bytes]]:
    try:
        with file.open("rb") as raw:
            if raw.read(len(BEGINNING)) != BEGINNING:
                raise NotABackup(f"{file} is not a Reelbase backup.")
            raw.seek(0)
            yield raw
    except OSError as error:
        raise NotABackup(f"{file} cannot be read ({error.strerror}).") from None
    except MALFORMED:
        raise _damaged_error(file) from None


def _parse_manifest(archive: zipfile.ZipFile, file: Path) -> Manifest:
    entries = {entry.filename: entry for entry in archive.infolist()}
    if entries.keys() != {DUMP, MANIFEST} or entries[MANIFEST].file_size > MANIFEST_BYTES:
        raise NotABackup(f"{file} is not a Reelbase backup, or is damaged.")
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries.values()):
        raise _damaged_error(file)
    manifest = decode_manifest(archive.read(MANIFEST), file)
    if entries[DUMP].file_size != manifest.dump_bytes:
        raise _damaged_error(file)
    return manifest


def _damaged_error(file: Path) -> NotABackup:
    return NotABackup(f"{file} is damaged. Use another backup.")
