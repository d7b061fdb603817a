"""Files that are no whole export, rows that cannot come in, files that cannot be written: each is
one sentence, and nothing changes."""

import fcntl
import gzip
import json
import resource
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from apps.catalog.imports.locks import import_lock
from apps.exchange import library_export, library_file, library_import
from apps.exchange.export_file import UNFINISHED
from apps.exchange.library_import import import_library
from apps.shared.errors import Busy, Invalid
from tests.database import execute, value
from tests.exchange.whole_library import empty_library, everything, exported, versions
from tests.factories import make_chunk, make_clip, make_moment, make_prompt, make_user, make_video
from tests.shared.conftest import shared_url

CHANNEL = "0190b4b4-0000-7000-8000-000000000001"
VIDEO = "0190b4b4-0000-7000-8000-000000000002"
OTHER = "0190b4b4-0000-7000-8000-000000000003"
NOTHING = "Nothing was imported."

Lines = list[bytes]
Change = Callable[[Lines], Any]


@pytest.fixture
async def whole(tmp_path: Path) -> Path:
    """Its header, a channel in line 2, a video in line 3, the end in line 4; the library is empty.

    The rows are told apart by their ids, so that every sentence here is known.
    """
    await execute(
        "INSERT INTO channels (id, name) VALUES ($1, 'A channel')",
        CHANNEL,
    )
    await execute(
        "INSERT INTO videos (id, identifier, title, channel_id) VALUES ($1, 'a', 'A', $2)",
        VIDEO,
        CHANNEL,
    )
    path = await exported(tmp_path / "library.jsonl")
    await empty_library()
    return path


def changed(path: Path, change: Change) -> Path:
    lines = path.read_bytes().splitlines(keepends=True)
    change(lines)
    path.write_bytes(b"".join(lines))
    return path


def line(number: int, old: str, new: str) -> Change:
    def change(lines: Lines) -> None:
        assert old.encode() in lines[number - 1]
        lines[number - 1] = lines[number - 1].replace(old.encode(), new.encode())

    return change


def put(number: int, new: bytes) -> Change:
    def change(lines: Lines) -> None:
        lines[number - 1] = new

    return change


def added(number: int, new: bytes) -> Change:
    return lambda lines: lines.insert(number - 1, new)


def cut(number: int, bytes_kept: int = 0) -> Change:
    """In line `number`."""

    def change(lines: Lines) -> None:
        lines[number - 1 :] = [lines[number - 1][:bytes_kept]]

    return change


def row(table: str = "videos", **values: Any) -> bytes:
    return json.dumps({"table": table, "row": values}).encode() + b"\n"


async def refusal(path: Path) -> str:
    """What is said; the library is as it was."""
    before = await versions()
    with pytest.raises(Invalid) as refused:
        await import_library(path)
    assert await versions() == before
    assert await value("SELECT count(*) FROM pg_trigger WHERE tgenabled = 'D'") == 0
    return refused.value.message


NO_HEADER = "Line 1: This is not the header of a file written by `piccolo catalog export`."
NO_ROW = 'Expected a row: {"table": …, "row": {…}}.'
CUT_OFF = "the last line, with the row counts, is missing."
NO_END = "This is not the last line of an export."
TWICE = row("channels", id=CHANNEL, name="Another")

FILES: list[tuple[Change, str]] = [
    (put(1, b"{}\n"), NO_HEADER),
    (put(1, b"{" + b"[" * 5000 + b"\n"), NO_HEADER),
    (line(1, "reelbase-library", "else"), NO_HEADER),
    (lambda lines: lines.pop(0), NO_HEADER),
    (line(1, "{", "\ufeff{"), "Line 1: The file begins with a byte order mark: "),
    (line(1, '"version":1', '"version":2'), "The file is from a newer version of Reelbase. "),
    (line(1, '["accounts","', '["accounts","9'), "The file is from a newer version "),
    (line(1, '"name":"music"', '"name":"songs"'), "Line 1: Reelbase has no table songs."),
    (
        line(1, '"spotify_track_id"', '"beat\\u001b[1m"'),
        "Line 1: music has no column beat\\x1b[1m.",
    ),
    (line(1, '"columns":["id",', '"columns":['), "lacks the column id."),
    (cut(1, 100), " is truncated after line 1: " + CUT_OFF),
    (cut(3, 40), " is truncated after line 3: " + CUT_OFF),
    (cut(4), " is truncated after line 3: " + CUT_OFF),
    (cut(4, 12), " is truncated after line 4: " + CUT_OFF),
    (lambda lines: lines.pop(2), "The file has 0 rows of videos instead of 1."),
    (
        added(3, row(id=OTHER, identifier="b", title="B")),
        "The file has 2 rows of videos instead of 1.",
    ),
    (put(4, b'{"end": 5}\n'), "Line 4: " + NO_END),
    (added(5, b"\n"), "Line 5: Nothing may follow the last line."),
    (put(2, b"hello\n"), "Line 2: " + NO_ROW),
    (put(2, b"\n"), "Line 2: " + NO_ROW),
    (put(2, b'{"table":"channels","row":[]}\n'), "Line 2: " + NO_ROW),
    (line(2, '"A channel"', '"A channel'), "Line 2: The row is not valid JSON."),
    (put(2, b'{"table":"channels","row":{} {}}\n'), "Line 2: The row is not valid JSON."),
    (line(3, '"table":"videos"', '"table":"songs"'), "Line 3: The header has no table songs."),
    (line(3, '"table":"videos"', '"table":"sessions"'), "Line 3: The header has no table sess"),
    (line(3, '"title"', '"titel"'), "Line 3: The header has no column titel for videos."),
    (line(2, "}}\n", "}}\r\n"), "Line 2: The line ends with a carriage return: "),
    (
        put(2, b'{"table":"channels","row":{"name":"\xff"}}\n'),
        "Line 2: The row is not valid UTF-8.",
    ),
    (line(2, "A channel", "\0"), "Line 2: channels: Text cannot contain the NUL"),
    (line(2, "A channel", "\\u0000"), "Line 2: channels: Text cannot contain the NUL"),
    (line(2, "A channel", "\\ud800"), "Line 2: The row is not valid JSON."),
]


@pytest.mark.parametrize(("change", "said"), FILES)
async def test_an_incomplete_or_invalid_export_is_refused(
    whole: Path, change: Change, said: str
) -> None:
    message = await refusal(changed(whole, change))
    assert said in message
    assert message.endswith(NOTHING)
    assert message.count("\n") == 0


ROWS: list[tuple[Change, str]] = [
    (line(3, f'"id":"{VIDEO}"', '"id":"no"'), "videos: A value cannot be stored: "),
    (line(3, f'"id":"{VIDEO}",', ""), "videos: id is required."),
    (line(3, '"title":"A",', ""), "videos: title is required."),
    (line(3, '"title":"A"', '"title":null'), "videos: title is required."),
    (line(3, '"identifier":"a"', '"identifier":"/"'), "videos: An identifier may contain only"),
    (line(3, '"discovered"', '"lost"'), "videos: A video's status must be discovered, queued, "),
    (line(3, CHANNEL, OTHER), "videos: No such channel."),
    (line(3, '"tags":[]', '"tags":{}'), "videos: A value cannot be stored: "),
    (line(3, '"tags":[]', f'"tags":["{"x" * 101}"]'), "videos: A value cannot be stored: "),
]


@pytest.mark.parametrize(("change", "said"), ROWS)
async def test_a_row_that_breaks_a_rule(whole: Path, change: Change, said: str) -> None:
    message = await refusal(changed(whole, change))
    assert message.startswith(f"Line 3: {said}")
    assert message.endswith(NOTHING)


async def test_an_existing_row_with_other_values_is_refused(whole: Path) -> None:
    await import_library(whole)
    await execute("UPDATE videos SET title = 'A secret', description = 'Another'")

    message = await refusal(whole)

    assert message == (
        f"Line 3: videos {VIDEO} already exists with a different "
        f"updated_at, title, description. {NOTHING}"
    )


async def test_equal_numbers_in_another_notation(whole: Path) -> None:
    await import_library(whole)
    changed(whole, line(3, '"metadata":{}', '"metadata":{"a":1.0}'))
    stored = "UPDATE videos SET metadata = '{\"a\": 1}', updated_at = updated_at"
    await execute(f"SET session_replication_role = replica; {stored}; RESET ALL")
    assert "with a different metadata." in await refusal(whole)


async def test_one_id_twice(whole: Path) -> None:
    changed(whole, added(3, TWICE))
    expected = f"Line 3: channels {CHANNEL} already exists with a different "
    assert (await refusal(whole)).startswith(expected)


async def test_what_the_library_works_out_cannot_be_forged(tmp_path: Path) -> None:
    prompt = await make_prompt()
    path = await exported(tmp_path / "library.jsonl")
    await empty_library()
    changed(path, line(2, prompt.prompt_hash, "0" * 64))
    assert await refusal(path) == (
        f"Line 2: prompts {prompt.id} cannot be stored unchanged: "
        f"Reelbase sets prompt_hash itself. {NOTHING}"
    )


async def test_a_private_transcripts_chunks_stay_private(tmp_path: Path) -> None:
    user, chunk = await make_user(), await make_chunk()
    path = await exported(tmp_path / "library.jsonl")
    await empty_library()
    private = f'"table":"transcripts","row":{{"user_id":"{user.id}",'
    changed(path, line(4, '"table":"transcripts","row":{', private))
    assert await refusal(path) == (
        f"Line 5: chunks {chunk.id} cannot be stored unchanged: "
        f"Reelbase sets user_id itself. {NOTHING}"
    )


CIRCLE = "A moment cannot be its own ancestor, or have more than 99 ancestors."


@pytest.mark.parametrize(
    ("parents", "number", "said"),
    [
        ({0: 1, 1: 0}, 5, CIRCLE),
        ({2: 2}, 6, CIRCLE),
        ({1: 3}, 5, "A moment and its parent must belong to the same video."),
    ],
)
async def test_parents_that_cannot_be(
    tmp_path: Path, parents: dict[int, int], number: int, said: str
) -> None:
    """The moments are in the lines 4 to 7; the last is of another video."""
    video = await make_video()
    moments = [await make_moment(video.id) for _ in range(3)]
    moments.append(await make_moment())
    path = await exported(tmp_path / "library.jsonl")
    await empty_library()
    for child, parent in parents.items():
        child_id = f'"id":"{moments[child].id}"'
        changed(path, line(4 + child, child_id, f'{child_id},"parent_id":"{moments[parent].id}"'))

    assert await refusal(path) == f"Line {number}: moments: {said} {NOTHING}"


async def test_a_clip_of_another_video(tmp_path: Path) -> None:
    clip = await make_clip()
    video = await make_video()
    path = await exported(tmp_path / "library.jsonl")
    await empty_library()
    changed(path, line(5, f'"video_id":"{clip.video_id}"', f'"video_id":"{video.id}"'))
    expected = "Line 5: clips: A clip and its moment must belong to the same video."
    assert (await refusal(path)).startswith(expected)


async def test_what_is_refused_among_many_is_named(whole: Path) -> None:
    def many(lines: Lines) -> None:
        lines[2:3] = [
            lines[2]
            .replace(VIDEO.encode(), f"0190b4b4-0000-7000-8000-{number:012}".encode())
            .replace(b'"identifier":"a"', f'"identifier":"v{number % 1100}"'.encode())
            for number in range(1200)
        ]
        lines[-1] = lines[-1].replace(b'"videos":1', b'"videos":1200')

    assert await refusal(changed(whole, many)) == (
        f"Line 1,103: videos: A video with this identifier already exists. {NOTHING}"
    )


async def test_a_row_may_be_long_but_not_unlimited(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer than a batch; the other limit is lowered, so that memory need not hold it here."""
    await import_library(whole)
    await execute("UPDATE videos SET description = repeat('x', 5000000)")
    before = await everything()
    path = await exported(tmp_path / "long.jsonl")
    await empty_library()
    await import_library(path)
    assert await everything() == before

    for module in (library_file, library_export):
        monkeypatch.setattr(module, "MAX_LINE_BYTES", 4 << 20)
    await empty_library()
    assert await refusal(path) == f"Line 3: The line is longer than 4 MB. {NOTHING}"
    monkeypatch.setattr(library_file, "MAX_LINE_BYTES", 8 << 20)
    await import_library(path)
    with pytest.raises(Invalid, match="A row of videos is longer than 4 MB as JSON"):
        await exported(tmp_path / "again.jsonl")
    assert not (tmp_path / "again.jsonl").exists()


async def test_a_compressed_file_that_is_damaged(whole: Path) -> None:
    packed = gzip.compress(whole.read_bytes(), mtime=0)
    whole.write_bytes(packed[:-20])
    assert "is truncated after line " in await refusal(whole)
    whole.write_bytes(packed[:40] + bytes(60) + packed[100:])
    message = await refusal(whole)
    assert "cannot be decompressed." in message or message.startswith("Line 1: ")
    whole.write_bytes(b"\x1f\x8b" + bytes(10))
    assert "is damaged after line 0 and cannot be decompressed." in await refusal(whole)


async def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    assert (await refusal(tmp_path / "none")).endswith("none (No such file or directory).")
    assert (await refusal(tmp_path)).endswith(" (Is a directory).")


async def test_rows_locked_by_somebody_else(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_import, "LOCK_SECONDS", 1)
    other = await asyncpg.connect(await shared_url())
    async with other.transaction():
        await other.execute("LOCK TABLE channels")
        with pytest.raises(Busy, match="The tables have been locked by another writer for 1 s"):
            await import_library(whole)
    await other.close()
    await import_library(whole)


async def test_one_import_at_a_time(whole: Path) -> None:
    async with import_lock():
        with pytest.raises(Busy, match="Another import is running"):
            await import_library(whole)


PLACES = [
    ("{folder}/no/library.jsonl", " (No such file or directory)."),
    ("{folder}", "is a folder. Name a file in it."),
    ("/proc/library.jsonl", "Cannot write "),
    ("{folder}/" + "x" * 300, " (File name too long)."),
    ("/dev/full", "Cannot write /dev/full (No space left on device)."),
]


@pytest.mark.parametrize(("place", "said"), PLACES)
async def test_an_unwritable_target_is_refused(place: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        await exported(Path(place.format(folder=tmp_path)))
    assert said in refused.value.message
    assert list(tmp_path.iterdir()) == []


async def test_a_disk_that_is_full(tmp_path: Path) -> None:
    """The file that is there stays as it is."""
    await make_video(description="x" * 100_000)
    path = tmp_path / "library.jsonl"
    path.write_text("the last one")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        with pytest.raises(Invalid, match=r"library.jsonl \(File too large\)\."):
            await exported(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [each.name for each in tmp_path.iterdir()] == ["library.jsonl"]
    assert path.read_text() == "the last one"


async def test_two_exports_to_one_file(tmp_path: Path) -> None:
    path = tmp_path / "library.jsonl"
    left = tmp_path / f"library.jsonl{UNFINISHED}"
    left.write_text("of one that was killed")
    left.chmod(0o644)
    with left.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Busy, match="Another export is writing "):
            await exported(path)
    assert left.read_text() == "of one that was killed"

    await exported(path)

    assert [each.name for each in tmp_path.iterdir()] == ["library.jsonl"]
    assert path.read_text().startswith('{"format"')
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_an_export_that_just_got_its_name_is_not_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one is finished after its file was opened here, and before it is locked."""
    path = tmp_path / "library.jsonl"
    beside = tmp_path / f"library.jsonl{UNFINISHED}"
    beside.write_text("whole")
    lock = fcntl.flock

    def too_late(file: Any, how: int) -> None:
        beside.rename(path)
        lock(file, how)

    monkeypatch.setattr(fcntl, "flock", too_late)
    with pytest.raises(Busy, match="Another export has just written "):
        await exported(path)
    assert path.read_text() == "whole"
