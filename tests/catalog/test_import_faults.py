"""A broken file is told with its path and reason; nothing of it is stored, and the rest is."""

import asyncio
import json
import multiprocessing
from concurrent.futures import BrokenExecutor
from pathlib import Path

import pytest

from apps.catalog.imports.folder_import import FolderImport
from apps.catalog.imports.reader_pool import open_reader_pool
from apps.shared.errors import Busy
from tests.catalog.downloads import (
    automatic,
    by_hand,
    dump,
    info,
    reasons,
    run_import,
    video,
    write_info,
    write_video,
)
from tests.database import counts, fetch
from tests.processes import wait_for
from tests.transcripts.caption_files import json3

GB = 1 << 30


def sparse(path: Path, size: int = 2 * GB) -> None:
    with path.open("wb") as file:
        file.truncate(size)


INFO = json.dumps(info("bbbbbbbbbbb")).encode()
BROKEN_INFOS = {
    b"": "is empty",
    b" \n": "is empty",
    INFO[:-20]: "not valid JSON",
    INFO + b"}": "not valid JSON",
    b"<!DOCTYPE html><html><body>Not found": "not valid JSON",
    b"[]": "not a yt-dlp file",
    b"null": "not a yt-dlp file",
    b"{}": "`id`",
    b'{"id": 5}': "`id`",
    b'{"id": " "}': "empty id",
    b'{"id": "bbbbbbbbbbb", "title": "\xff"}': "not UTF-8",
    INFO.decode().encode("utf-16"): "not valid JSON",
    INFO.replace(b"What", b"Wh\\u0000at"): "NUL character in description",
    INFO.replace(b"All", b"A\\u0000"): "NUL character in metadata",
    INFO.replace(b"20240229", b"20230229"): "invalid upload_date",
    INFO.replace(b"20240229", b"00010101"): "invalid upload_date",
    INFO.replace(b"20240229", b"99991231"): "invalid upload_date",
    INFO.replace(b": 61", b": -1"): "negative duration",
    INFO.replace(b": 61", b": 1" + b"0" * 400): "duration that is too large",
    INFO.replace(b"1700000000", b"1" + b"0" * 400): "epoch that is too large",
    INFO.replace(b"5000000000", b"9" * 5000): "view_count",
    INFO.replace(b'["Education"]', b"[" * 99999 + b"]" * 99999): "`categories",
    INFO.replace(b'"All"', b"[" * 900 + b"]" * 900): "nested too deeply",
    INFO.replace(b'"All"', b"[" * 99999 + b"]" * 99999): "nested too deeply",
}


@pytest.mark.parametrize(
    ("data", "reason"), BROKEN_INFOS.items(), ids=[str(n) for n in range(len(BROKEN_INFOS))]
)
async def test_a_broken_info_file(data: bytes, reason: str, tmp_path: Path) -> None:
    write_video(tmp_path)
    broken = tmp_path / "Broken.info.json"
    broken.write_bytes(data)
    (tmp_path / "Broken.en.vtt").write_bytes(automatic())

    report = await run_import(tmp_path)

    assert [fault.path for fault in report.broken] == [str(broken)]
    assert reason in report.broken[0].reason
    assert [row["identifier"] for row in await fetch("SELECT * FROM videos")] == ["aaaaaaaaaaa"]
    assert len(await fetch("SELECT * FROM transcripts")) == 1


CAPTIONS = {
    b"": "is empty",
    b"<!DOCTYPE html><html>": "web page",
    b"WEBVTT\n\n00:05.000 --> 00:06.000\nb\n\n00:01.000 --> 00:02.000\na\n": "before the previous",
    b"WEBVTT\n\n00:05.000 --> 00:01.000\nb\n": "ends before it starts",
    b"WEBVTT\n\n00:01.000 --> 00:02.000\na\0b\n": "NUL",
    b"WEBVTT\n\n00:01.000 --> 00:02.000\n\xff\n": "not UTF-8",
}


@pytest.mark.parametrize(("data", "reason"), CAPTIONS.items(), ids=CAPTIONS.values())
async def test_a_broken_subtitle(data: bytes, reason: str, tmp_path: Path) -> None:
    write_video(tmp_path)
    (tmp_path / "Talk.de.vtt").write_bytes(data)

    report = await run_import(tmp_path)

    assert list(reasons(report)) == ["Talk.de.vtt"]
    assert reason in reasons(report)["Talk.de.vtt"]
    rows = await fetch("SELECT language FROM transcripts")
    assert [row["language"] for row in rows] == ["en"]


async def test_a_subtitle_that_broke_leaves_its_transcript(tmp_path: Path) -> None:
    write_video(tmp_path)
    await run_import(tmp_path)
    before = await dump("transcripts", "chunks", "videos")

    (tmp_path / "Talk.en.vtt").write_bytes(automatic() + b"\n00:09:")
    report = await run_import(tmp_path)

    assert list(reasons(report)) == ["Talk.en.vtt"]
    assert await dump("transcripts", "chunks", "videos") == before


async def test_a_repaired_file_is_imported(tmp_path: Path) -> None:
    write_info(tmp_path)
    (tmp_path / "Talk.en.vtt").write_bytes(b"<html>")
    await run_import(tmp_path)

    (tmp_path / "Talk.en.vtt").write_bytes(automatic())
    report = await run_import(tmp_path)

    assert (report.broken_files, report.transcripts.created) == (0, 1)


async def test_files_of_two_gigabytes_are_not_read(tmp_path: Path) -> None:
    write_video(tmp_path, description="")
    for name in ("Big.info.json", "Talk.de.vtt", "Talk.fr.json3", "Talk.description", "Talk.mp4"):
        sparse(tmp_path / name)

    report = await run_import(tmp_path)

    assert set(reasons(report)) == {
        *("Big.info.json", "Talk.de.vtt", "Talk.fr.json3", "Talk.description")
    }
    assert all("too large (2,048 MB" in fault.reason for fault in report.broken)
    assert (await video())["file_size_bytes"] == 2 * GB


async def test_a_description_that_cannot_be_read(tmp_path: Path) -> None:
    for name, data in {"a": b"\xff", "b": b"a\0b"}.items():
        write_info(tmp_path, name, video_id=name * 11, description=None)
        (tmp_path / f"{name}.description").write_bytes(data)

    report = await run_import(tmp_path)

    assert reasons(report) == {
        "a.description": "is not UTF-8 (byte 0)",
        "b.description": "contains a NUL character in its text",
    }
    assert (await video("a" * 11))["description"] is None


async def test_the_report_keeps_faults_beyond_those_shown(tmp_path: Path) -> None:
    for number in range(130):
        (tmp_path / f"{number:03d}.info.json").touch()
    importing = FolderImport(tmp_path)

    report = await importing.run()

    assert (report.broken_files, len(report.broken)) == (130, 100)
    assert len({json.loads(line)["path"] for line in importing.faults.lines()}) == 130


async def test_a_killed_reader_process_is_one_sentence(tmp_path: Path) -> None:
    """As when memory runs out; the next run goes on."""
    for number in range(60):
        write_video(tmp_path, str(number), video_id=f"{number:011d}", words=3000)

    def kill_readers(done: int, total: int) -> None:
        if done == 0:
            return
        for child in multiprocessing.active_children():
            child.kill()

    with pytest.raises(Busy, match="run the import again"):
        await FolderImport(tmp_path).run(kill_readers)

    wait_for(lambda: not multiprocessing.active_children(), "the readers to end")
    report = await run_import(tmp_path)
    assert (await counts())["videos"] == (await counts())["transcripts"] == 60
    assert report.broken_files == 0


def send_much(started: Path) -> bytes:
    """Called in a worker."""
    started.touch()
    return bytes(300 << 20)


async def test_a_partial_result_of_a_killed_reader_does_not_hang(tmp_path: Path) -> None:
    started = tmp_path / "started"
    async with open_reader_pool(1000) as (pool, _):
        task = asyncio.get_running_loop().run_in_executor(pool, send_much, started)
        await asyncio.to_thread(wait_for, started.exists, "the reader to begin")
        await asyncio.sleep(0.35)  # Some of the 300 MB are on their way.
        for child in multiprocessing.active_children():
            child.kill()
        with pytest.raises(BrokenExecutor):
            await asyncio.wait_for(task, 60)


async def test_events_of_json3_without_text_make_no_transcript(tmp_path: Path) -> None:
    write_info(tmp_path)
    (tmp_path / "Talk.en.json3").write_bytes(json3([]))
    (tmp_path / "Talk.de.vtt").write_bytes(by_hand())

    report = await run_import(tmp_path)

    assert (report.transcripts.created, report.broken_files) == (1, 0)
