"""What an import stores of a video, and what it never stores."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.catalog.downloads import (
    CHANNEL_ID,
    automatic,
    channel,
    elsewhere,
    info,
    reasons,
    run_import,
    text_of_everything,
    video,
    write_info,
    write_video,
)
from tests.database import counts, fetch, value


async def test_a_video_has_every_column_of_its_file(tmp_path: Path) -> None:
    write_video(tmp_path)
    media = tmp_path / "Talk.mp4"
    media.write_bytes(b"12345")

    report = await run_import(tmp_path)

    row = await video()
    assert {name: row[name] for name in row if name not in ("id", "created_at", "updated_at")} == {
        "identifier": "aaaaaaaaaaa",
        "youtube_video_id": "aaaaaaaaaaa",
        "channel_id": (await channel())["id"],
        "title": "Title of aaaaaaaaaaa",
        "description": "What it is about.",
        "source_url": "https://www.youtube.com/watch?v=aaaaaaaaaaa",
        "cloud_url": str(media),
        "status": "discovered",
        "download_status": "complete",
        "is_favorite": False,
        "upload_date": date(2024, 2, 29),
        "duration_seconds": 61.0,
        "file_size_bytes": 5,
        "video_codec": "avc1.640028",
        "audio_codec": "opus",
        "resolution": "1920x1080",
        "frame_rate": 30.0,
        "tags": ["one", "two"],
        "metadata": {
            "view_count": 5_000_000_000,
            "categories": ["Education"],
            "chapters": [{"start_time": 0.0, "end_time": 61, "title": "All"}],
            "heatmap": [{"start_time": 0.0, "end_time": 0.61, "value": 0.25}],
            "live_status": "not_live",
            "availability": "public",
            "language": "en",
            "extractor": "youtube",
        },
        "processing_history": "[]",
        "error_message": None,
    }
    assert (report.videos.created, report.channels.created, report.transcripts.created) == (1, 1, 1)
    assert not report.broken_files


async def test_its_channel_comes_along(tmp_path: Path) -> None:
    write_info(tmp_path)

    await run_import(tmp_path)

    row = await channel()
    assert (row["name"], row["youtube_channel_id"]) == ("A channel", CHANNEL_ID)
    assert (row["handle"], row["metadata"]) == ("@achannel", {"channel_follower_count": 12})


SECRETS: dict[str, Any] = {
    "formats": [
        {
            "url": "https://r1.test/videoplayback?ip=203.0.113.77&sig=SECRET1",
            "http_headers": {"User-Agent": "SECRET2", "Cookie": "SECRET3"},
            "cookies": "SID=SECRET4",
        }
    ],
    "requested_formats": [{"url": "https://r2.test/?ip=203.0.113.77"}],
    "url": "https://r3.test/SECRET5",
    "http_headers": {"Authorization": "SECRET6"},
    "cookies": "SID=SECRET7",
    "subtitles": {"de": [{"ext": "vtt", "url": "https://c.test/?ip=203.0.113.77&SECRET8"}]},
    "automatic_captions": {"en": [{"ext": "vtt", "url": "https://c.test/SECRET9"}]},
    "requested_subtitles": {"en": {"url": "https://c.test/SECRET10", "filepath": "/home/SECRET11"}},
    "thumbnails": [{"url": "https://i.test/SECRET12.jpg"}],
    "thumbnail": "https://i.test/SECRET13.jpg",
    "comments": [{"text": "SECRET14", "author": "SECRET15"}],
    "_filename": "/home/SECRET16/x.mp4",
    "fragments": [{"url": "https://f.test/SECRET17"}],
}


async def test_what_nobody_should_keep_is_nowhere_in_the_database(tmp_path: Path) -> None:
    write_video(tmp_path, **SECRETS)

    await run_import(tmp_path)

    everything = await text_of_everything()
    assert "Title of aaaaaaaaaaa" in everything
    assert "SECRET" not in everything
    assert "203.0.113.77" not in everything


async def test_a_bare_minimum_is_a_video(tmp_path: Path) -> None:
    (tmp_path / "x.info.json").write_text('{"id": "abc", "title": null, "tags": null}')

    assert not (await run_import(tmp_path)).broken_files

    row = await video("video-abc")
    assert (row["title"], row["tags"], row["channel_id"]) == ("video-abc", [], None)
    assert row["metadata"] == {}


@pytest.mark.parametrize(
    ("fields", "column", "expected"),
    [
        ({"duration": 12.75}, "duration_seconds", 12.75),
        ({"duration": None}, "duration_seconds", None),
        ({"tags": None}, "tags", []),
        ({"tags": [None, "a", " ", "a", "b" * 150]}, "tags", ["a", "b" * 100]),
        ({"title": "pending"}, "title", "pending"),
        ({"title": "  "}, "title", "aaaaaaaaaaa"),
        ({"vcodec": "none"}, "video_codec", None),
        ({"width": None, "resolution": "audio only"}, "resolution", None),
        ({"width": 10**30, "resolution": "1" * 30 + "x1"}, "resolution", None),
        ({"fps": -1}, "frame_rate", None),
        ({"upload_date": None}, "upload_date", None),
        ({"entries": None, "no_such_field": {"a": [1]}}, "title", "Title of aaaaaaaaaaa"),
    ],
)
async def test_odd_values_find_their_column(
    fields: dict[str, Any], column: str, expected: Any, tmp_path: Path
) -> None:
    write_info(tmp_path, **fields)

    assert not (await run_import(tmp_path)).broken_files
    assert (await video())[column] == expected


@pytest.mark.parametrize("number", [2**31, 2**63, 10**400, 1e22, -0.0, 1e300])
async def test_any_number_is_stored_and_read_again_as_the_same(
    number: float, tmp_path: Path
) -> None:
    path = write_video(tmp_path, view_count=number)
    (tmp_path / "Talk.de.vtt").write_text("<html>")  # Broken, so that all is read at every run.
    await run_import(tmp_path)
    stored = (await video())["metadata"]["view_count"]
    assert stored == number or float(stored) == number

    report = await run_import(tmp_path)
    assert (report.videos.unchanged, report.changed_rows) == (1, 0)

    path.write_text(path.read_text().replace('"like_count": null', '"like_count": 7'))
    report = await run_import(tmp_path)
    assert (report.videos.updated, (await video())["metadata"]["like_count"]) == (1, 7)


@pytest.mark.parametrize("video_id", ["-aaaaaaaaaa", "--wZTyB3z-U", "___________"])
async def test_an_id_of_any_letters_becomes_the_identifier(video_id: str, tmp_path: Path) -> None:
    write_video(tmp_path, video_id, video_id=video_id)

    await run_import(tmp_path)

    assert (await video(video_id))["youtube_video_id"] == video_id


async def test_videos_of_other_sites_are_told_apart(tmp_path: Path) -> None:
    for number, values in enumerate(
        [
            elsewhere("1"),
            elsewhere("a/b c"),
            elsewhere("a b/c"),
            elsewhere("é" * 300),
            elsewhere("2", extractor=None, extractor_key=None),
            elsewhere("aaaaaaaaaaa"),
            info("aaaaaaaaaaa"),
        ]
    ):
        (tmp_path / f"{number}.info.json").write_text(json.dumps(values))

    report = await run_import(tmp_path)

    assert (report.videos.created, report.broken_files) == (7, 0)
    assert (await video("vimeo-1"))["youtube_video_id"] is None
    assert await value("SELECT count(DISTINCT identifier) FROM videos") == 7
    assert await value("SELECT count(*) FROM channels") == 2  # One of YouTube, one by its name.


async def test_an_old_file_without_a_channel_uses_the_uploader(tmp_path: Path) -> None:
    write_info(tmp_path, channel=..., channel_id=..., channel_url=..., uploader="Some One")

    await run_import(tmp_path)

    assert (await channel())["name"] == "Some One"
    assert (await video())["channel_id"] is not None


async def test_a_video_without_a_channel_has_none(tmp_path: Path) -> None:
    write_info(tmp_path, channel=..., channel_id=..., channel_url=..., uploader_id=None)

    await run_import(tmp_path)

    assert (await counts())["channels"] == 0
    assert (await video())["channel_id"] is None


async def test_files_of_channels_and_playlists_are_no_videos(tmp_path: Path) -> None:
    tab = {"extractor": "youtube:tab", "extractor_key": "YoutubeTab"}
    write_info(
        tmp_path, "channel", **tab, video_id=CHANNEL_ID, _type="playlist", description="We film."
    )
    write_info(tmp_path, "playlist", **tab, video_id="PL" + "x" * 32, _type="playlist")
    write_info(tmp_path, "untyped", **tab, video_id="PLy", _type=...)
    write_info(tmp_path, "entries", video_id="PLz", _type=..., entries=[{"id": "bbbbbbbbbbb"}])
    write_video(tmp_path)

    report = await run_import(tmp_path)

    assert (report.videos.created, report.playlists, report.channels.created) == (1, 3, 1)
    assert (await channel())["description"] == "We film."
    assert [row["identifier"] for row in await fetch("SELECT * FROM videos")] == ["aaaaaaaaaaa"]


async def test_a_description_file_is_used_if_the_info_has_none(tmp_path: Path) -> None:
    write_info(tmp_path, description="")
    (tmp_path / "Talk.description").write_text("From beside.\n")

    await run_import(tmp_path)

    assert (await video())["description"] == "From beside."


async def test_chunks_end_where_segments_end_and_know_their_times(tmp_path: Path) -> None:
    write_info(tmp_path)
    (tmp_path / "Talk.en.vtt").write_bytes(automatic(1000))

    report = await run_import(tmp_path)

    assert reasons(report) == {}
    (transcript,) = await fetch(
        "SELECT id, number_of_words, number_of_segments, is_primary FROM transcripts"
    )
    assert (transcript["number_of_words"], transcript["is_primary"]) == (1000, True)
    chunks = await fetch("SELECT * FROM chunks ORDER BY chunk_index")
    ends = await fetch(
        'SELECT s."end" FROM transcripts, jsonb_to_recordset(segment_timestamps) AS s("end" float)'
    )
    ends = [row["end"] for row in ends]
    assert report.chunks_created == len(chunks) == 7
    assert sum(chunk["token_count"] for chunk in chunks) == 1000
    for chunk in chunks:
        assert chunk["end_time"] in ends
        assert 0 <= chunk["start_time"] < chunk["end_time"]
        assert len(chunk["word_starts"]) == len(chunk["chunk_text"].split())
