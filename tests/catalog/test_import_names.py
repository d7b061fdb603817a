"""Which files belong together, whatever they are called."""

import os
from pathlib import Path

import pytest

from apps.catalog.imports.report import format_report
from tests.catalog.downloads import (
    automatic,
    by_hand,
    change,
    reasons,
    run_import,
    video,
    write_info,
    write_video,
)
from tests.database import fetch, value

LONGEST = 255 - len(".info.json")


@pytest.mark.parametrize(
    "name",
    [
        "Talk 1",
        "Talk.1.5",
        "über Größe 日本語 🎬",
        "e\u0301",
        'it\'s "quoted" `x` $HOME; rm -rf %s {} \\',
        "two\nlines",
        "\x1b[2J",
        "-rf",
        "--help",
        " ",
        "a.info.json",
        "n" * LONGEST,
        "ü" * (LONGEST // 2),
        "100%_[x]*?",
    ],
)
async def test_a_name_keeps_its_files(name: str, tmp_path: Path) -> None:
    home = tmp_path / name
    write_video(home, name)
    (home / f"{name}.mp4").write_bytes(b"film")
    (home / f"{name}.de.vtt").write_bytes(b"<html>")

    report = await run_import(home)

    assert list(reasons(report)) == [f"{name}.de.vtt"]
    assert "\x1b" not in format_report(report)
    row = await video()
    assert row["cloud_url"] == str(home / f"{name}.mp4")
    assert await value("SELECT count(*) FROM transcripts") == 1
    assert (await run_import(tmp_path)).changed_rows == 0


async def test_a_longer_name_keeps_its_own_files(tmp_path: Path) -> None:
    for name, video_id, words in (
        ("Talk", "a", 10),
        ("Talk 1", "b", 20),
        ("Talk 1.5", "c", 30),
    ):
        write_video(tmp_path, name, words=words, video_id=video_id * 11)
        (tmp_path / f"{name}.mp4").write_bytes(b"x" * words)

    await run_import(tmp_path)

    rows = await fetch(
        "SELECT left(v.identifier, 1) AS name, v.file_size_bytes, t.number_of_words, t.language "
        "FROM videos v JOIN transcripts t ON t.video_id = v.id ORDER BY 1"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("a", 10, 10, "en"),
        ("b", 20, 20, "en"),
        ("c", 30, 30, "en"),
    ]


async def test_files_of_a_longer_name_without_info_belong_to_nobody(tmp_path: Path) -> None:
    write_info(tmp_path, "Talk 1")
    (tmp_path / "Talk 1.5.vtt").write_bytes(by_hand())
    (tmp_path / "Talk 1.5.mp4").write_bytes(b"film")
    (tmp_path / "Talk 1.5.en.vtt").write_bytes(by_hand())

    await run_import(tmp_path)

    assert await value("SELECT count(*) FROM transcripts") == 0
    assert (await video())["cloud_url"] is None


async def test_the_suffix_is_case_insensitive(tmp_path: Path) -> None:
    write_video(tmp_path)
    for name in ("X.INFO.JSON", ".info.json", "info.json", "x.info.json.part"):
        (tmp_path / name).write_text("{")

    report = await run_import(tmp_path)

    assert (report.videos.created, report.broken_files, report.other_files) == (1, 0, 4)


async def test_a_name_that_is_not_utf8_is_reported(tmp_path: Path) -> None:
    write_video(tmp_path)
    (tmp_path / os.fsdecode(b"\xff.info.json")).write_text("{}")
    (tmp_path / os.fsdecode(b"folder\xfe")).mkdir()

    report = await run_import(tmp_path)

    assert reasons(report) == dict.fromkeys(
        ("?.info.json", "folder?"), "has a name that is not valid UTF-8"
    )
    assert report.videos.created == 1
    assert "folder?" in format_report(report)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Talk.mp4"], "Talk.mp4"),
        (["Talk.MP4"], "Talk.MP4"),
        (["Talk.m4a", "Talk.mp4"], "Talk.mp4"),
        (["Talk.webm", "Talk.opus"], "Talk.webm"),
        (["Talk.f137.mp4", "Talk.f140.m4a"], None),
        (["Talk.f137.mp4", "Talk.webm"], "Talk.webm"),
        (["Talk.mp4.part", "Talk.mp4.ytdl", "Talk.temp.mp4", "Talk.f137.mp4.part"], None),
        (["Talk.jpg", "Talk.webp", "Talk.live_chat.json", "Talk.description"], None),
        (["Talk 2.mp4", "Talkmp4", "talk.mp4"], None),
    ],
)
async def test_the_media_file_of_a_video(
    names: list[str], expected: str | None, tmp_path: Path
) -> None:
    write_info(tmp_path)
    for name in names:
        # The others are larger.
        (tmp_path / name).write_bytes(b"x" * (5 if name == expected else 9 if "m4a" in name else 4))

    assert not (await run_import(tmp_path)).broken_files

    row = await video()
    assert row["cloud_url"] == (str(tmp_path / expected) if expected else None)
    assert row["download_status"] == ("complete" if expected else "pending")


async def test_an_unfinished_download_is_completed_by_the_next_run(tmp_path: Path) -> None:
    path = write_info(tmp_path)
    (tmp_path / "Talk.mp4.part").write_bytes(b"fi")
    await run_import(tmp_path)

    (tmp_path / "Talk.mp4.part").rename(tmp_path / "Talk.mp4")
    change(path, title="Done")
    await run_import(tmp_path)

    row = await video()
    assert (row["title"], row["download_status"], row["file_size_bytes"]) == ("Done", "complete", 2)


async def test_the_same_name_in_two_folders_is_two_videos(tmp_path: Path) -> None:
    for name, words in (("a", 10), ("b", 20)):
        write_info(tmp_path / name, video_id=name * 11)
        (tmp_path / name / "Talk.en.vtt").write_bytes(automatic(words))

    await run_import(tmp_path)

    rows = await fetch(
        "SELECT v.identifier, t.number_of_words FROM videos v "
        "JOIN transcripts t ON t.video_id = v.id ORDER BY 1"
    )
    assert [tuple(row.values()) for row in rows] == [("a" * 11, 10), ("b" * 11, 20)]
