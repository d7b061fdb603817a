"""A file that changed updates what changed; a poorer one takes nothing away."""

from pathlib import Path

from tests.catalog.downloads import (
    automatic,
    change,
    channel,
    dump,
    info,
    run_import,
    video,
    write_info,
    write_video,
)
from tests.database import fetch


async def test_a_file_that_changed_updates_what_changed(tmp_path: Path) -> None:
    path = write_video(tmp_path)
    await run_import(tmp_path)
    before, chunks = await video(), await dump("transcripts", "chunks")

    change(path, title="Another", view_count=6, tags=["three"], duration=5, comment_count=1)
    report = await run_import(tmp_path)

    after = await video()
    assert {name for name in after if after[name] != before[name]} == {
        *("title", "tags", "duration_seconds", "metadata", "updated_at")
    }
    assert (after["metadata"]["view_count"], after["metadata"]["comment_count"]) == (6, 1)
    assert (report.videos.updated, report.transcripts.unchanged) == (1, 1)
    assert await dump("transcripts", "chunks") == chunks


async def test_a_subtitle_that_changed_replaces_its_transcript(tmp_path: Path) -> None:
    write_video(tmp_path)
    await run_import(tmp_path)
    before = await dump("videos")

    (tmp_path / "Talk.en.vtt").write_bytes(automatic(400))
    report = await run_import(tmp_path)

    (transcript,) = await fetch("SELECT number_of_words, is_primary FROM transcripts")
    assert tuple(transcript.values()) == (400, True)
    assert (report.transcripts.updated, report.chunks_created) == (1, 3)
    assert len(await fetch("SELECT * FROM chunks")) == 3
    assert await dump("videos") == before


async def test_a_later_title_is_imported(tmp_path: Path) -> None:
    path = write_info(tmp_path, title=None)
    await run_import(tmp_path)
    assert (await video())["title"] == "aaaaaaaaaaa"

    change(path, title="At last")
    await run_import(tmp_path)

    assert (await video())["title"] == "At last"


async def test_media_that_come_later_complete_the_download(tmp_path: Path) -> None:
    write_info(tmp_path)
    await run_import(tmp_path)
    assert (await video())["download_status"] == "pending"

    (tmp_path / "Talk.webm").write_bytes(b"film")
    await run_import(tmp_path)

    row = await video()
    assert (row["download_status"], row["file_size_bytes"]) == ("complete", 4)


async def test_poorer_files_remove_nothing(tmp_path: Path) -> None:
    path = write_video(tmp_path)
    (tmp_path / "Talk.mp4").write_bytes(b"film")
    await run_import(tmp_path)
    before = await dump("videos", "channels", "transcripts", "chunks")

    kept = {"id", "epoch", "extractor", "extractor_key", "_type"}
    change(path, **dict.fromkeys(set(info()) - kept))
    (tmp_path / "Talk.mp4").unlink()
    (tmp_path / "Talk.en.vtt").unlink()
    report = await run_import(tmp_path)
    assert (report.videos.unchanged, report.broken_files) == (1, 0)
    assert await dump("videos", "channels", "transcripts", "chunks") == before

    change(path, description="", tags=[], title=" ", chapters=[], duration=..., upload_date="")
    (tmp_path / "Talk.en.vtt").write_text("WEBVTT\n")
    (tmp_path / "Talk.mp4").touch()
    report = await run_import(tmp_path)
    assert (report.videos.unchanged, report.broken_files) == (1, 0)
    assert await dump("videos", "channels", "transcripts", "chunks") == before


async def test_an_older_file_of_a_channel_adds_only_what_is_missing(tmp_path: Path) -> None:
    write_info(tmp_path, "New", epoch=9, channel="New name", channel_follower_count=...)
    await run_import(tmp_path)
    write_info(tmp_path, "Old", epoch=3, channel="Old name", video_id="bbbbbbbbbbb")

    await run_import(tmp_path)

    row = await channel()
    assert (row["name"], row["metadata"]) == ("New name", {"channel_follower_count": 12})
