"""A second run changes no row, whatever the folder; and what changed is what is changed."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from apps.catalog.imports.report import format_report
from tests.catalog.downloads import (
    CHANNEL_ID,
    CONTENT,
    by_hand,
    dump,
    elsewhere,
    run_import,
    video,
    write_info,
    write_video,
)
from tests.database import fetch
from tests.transcripts.caption_files import automatic_json3, spoken


def plain(home: Path) -> None:
    write_video(home, "One")
    write_video(home, "Two", video_id="bbbbbbbbbbb")
    (home / "Two.mp4").write_bytes(b"film")


def newer_copy_first(home: Path) -> None:
    write_video(home / "a", "New", words=40, title="New", epoch=200, view_count=2)
    write_video(home / "z", "Old", words=60, title="Old", epoch=100, view_count=1, fps=25)
    (home / "z" / "Old.de.vtt").write_bytes(by_hand())
    (home / "z" / "Old.mp4").write_bytes(b"film")


def newer_copy_last(home: Path) -> None:
    newer_copy_first(home)
    (home / "a").rename(home / "zz")


def equal_copies(home: Path) -> None:
    write_video(home / "a", words=40, title="A")
    write_video(home / "b", words=60, title="B")


def copies_without_epoch(home: Path) -> None:
    for number, name in enumerate("ba"):
        path = write_video(home / name, words=40 + number, title=name, epoch=...)
        os.utime(path, (1e9 + number, 1e9 + number))


def channels_and_playlists(home: Path) -> None:
    tab = {"extractor": "youtube:tab", "extractor_key": "YoutubeTab", "_type": "playlist"}
    write_info(home, "channel", **tab, video_id=CHANNEL_ID, description="All of it.", epoch=5)
    write_info(home, "list", **tab, video_id="PLx")
    write_video(home, "One", epoch=9, channel_follower_count=3)
    write_video(home, "Two", epoch=7, channel_follower_count=4, video_id="bbbbbbbbbbb")


def without_channels(home: Path) -> None:
    for number in range(3):
        write_info(
            home,
            str(number),
            video_id=f"{number:011d}",
            channel=None,
            channel_id=None,
            channel_url=None,
            uploader_id=None,
        )


def broken_ones(home: Path) -> None:
    write_video(home, "One")
    (home / "One.de.vtt").write_text("<!DOCTYPE html><html>")
    (home / "Two.info.json").write_text('{"id": "bbb')
    write_info(home, "Three", video_id="ccccccccccc", description="")
    (home / "Three.description").write_bytes(b"\xff\xfe")


def other_sites(home: Path) -> None:
    home.mkdir(exist_ok=True)
    for number, values in enumerate(
        [
            elsewhere("1"),
            elsewhere("2", channel_url="https://v.test/c"),
            elsewhere("3", channel="Another"),
            elsewhere("4", channel=None, uploader_id="nobody"),
        ]
    ):
        (home / f"{number}.info.json").write_text(json.dumps(values))
        (home / f"{number}.en.vtt").write_bytes(by_hand())
        (home / f"{number}.fr.vtt").write_text("WEBVTT\n")


def many_files_of_one_video(home: Path) -> None:
    write_video(home)
    (home / "Talk.en.json3").write_bytes(automatic_json3(*spoken(40)))
    (home / "Talk.en-US.vtt").write_bytes(by_hand())
    (home / "Talk.en-nP7-2PuUl7o.vtt").write_bytes(by_hand(60))
    (home / "Talk.m4a").write_bytes(b"sound")
    (home / "Talk.mp4").write_bytes(b"film")


def one_name_for_several(home: Path) -> None:
    for name in ("a", "b"):
        home.joinpath(name).mkdir()
        write_video(home / name, video_id=name * 11, title=name)


FOLDERS = [
    *(plain, newer_copy_first, newer_copy_last, equal_copies, copies_without_epoch),
    *(channels_and_playlists, without_channels, broken_ones, other_sites),
    *(many_files_of_one_video, one_name_for_several),
]


@pytest.mark.parametrize("fill", FOLDERS, ids=lambda fill: fill.__name__)
async def test_later_runs_change_no_row(fill: Callable[[Path], None], tmp_path: Path) -> None:
    fill(tmp_path)
    first = await run_import(tmp_path)
    assert first.videos.created
    before = await dump()

    for _ in range(2):
        report = await run_import(tmp_path)

        assert await dump() == before
        assert report.changed_rows == report.chunks_created == report.transcripts_kept == 0
        assert "Nothing changed." in format_report(report)
        assert report.broken_files == first.broken_files


@pytest.mark.parametrize("fill", FOLDERS, ids=lambda fill: fill.__name__)
async def test_a_dry_run_counts_what_the_real_one_does(
    fill: Callable[[Path], None], tmp_path: Path
) -> None:
    fill(tmp_path)
    before = await dump()

    plan = await run_import(tmp_path, dry_run=True)

    assert await dump() == before
    report = await run_import(tmp_path)
    assert "Would import" in format_report(plan)
    report.dry_run, report.seconds = True, plan.seconds
    assert plan == report


@pytest.mark.parametrize(
    # Of copies that differ and are equally old now one, now the other is read first.
    "fill",
    [fill for fill in FOLDERS if fill is not equal_copies],
    ids=lambda fill: fill.__name__,
)
async def test_a_tree_that_moved_is_the_same_library(
    fill: Callable[[Path], None], tmp_path: Path
) -> None:
    home, moved = tmp_path / "m", tmp_path / "a"
    home.mkdir()
    fill(home)
    await run_import(home)
    before = await dump("channels", "transcripts", "chunks")
    videos = [row | {"cloud_url": None} for row in await fetch(CONTENT["videos"])]

    home.rename(moved)
    await run_import(moved)

    assert await dump("channels", "transcripts", "chunks") == before
    assert [row | {"cloud_url": None} for row in await fetch(CONTENT["videos"])] == videos
    again = await dump()
    await run_import(moved)
    assert await dump() == again


@pytest.mark.parametrize("name", ["a", "z"])
async def test_media_that_moved_are_found_at_their_new_place(name: str, tmp_path: Path) -> None:
    home, moved = tmp_path / "m", tmp_path / name
    write_video(home)
    (home / "Talk.mp4").write_bytes(b"film")
    await run_import(home)

    home.rename(moved)
    await run_import(moved)

    assert (await video())["cloud_url"] == str(moved / "Talk.mp4")
    (record,) = await fetch("SELECT path FROM import_records WHERE video_id IS NOT NULL")
    assert record["path"] == str(moved / "Talk.info.json")


@pytest.mark.parametrize("fill", [newer_copy_first, newer_copy_last])
async def test_of_two_copies_the_newer_counts_and_the_older_fills_in(
    fill: Callable[[Path], None], tmp_path: Path
) -> None:
    fill(tmp_path)

    await run_import(tmp_path)

    row = await video()
    assert (row["title"], row["metadata"]["view_count"]) == ("New", 2)
    assert row["cloud_url"] == str(tmp_path / "z" / "Old.mp4")
    transcripts = await fetch("SELECT language, number_of_words FROM transcripts ORDER BY 1")
    assert [tuple(row.values()) for row in transcripts] == [("de", 40), ("en", 40)]
