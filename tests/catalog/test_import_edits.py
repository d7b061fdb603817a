"""What a person has edited stays edited, however the files change."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.catalog.downloads import (
    change,
    channel,
    elsewhere,
    run_import,
    video,
    write_info,
    write_video,
)
from tests.database import counts, execute, fetch, value

CHANGED = {
    "title": "New title",
    "description": "New description.",
    "tags": ["new"],
    "upload_date": "20250101",
    "duration": 99,
    "webpage_url": "https://www.youtube.com/watch?v=aaaaaaaaaaa&new",
    "width": 640,
    "height": 480,
    "fps": 60,
    "vcodec": "vp9",
    "acodec": "aac",
    "view_count": 6,
    "categories": ["New"],
}
STORED = {
    "title": "New title",
    "description": "New description.",
    "tags": ["new"],
    "upload_date": date(2025, 1, 1),
    "duration_seconds": 99.0,
    "source_url": "https://www.youtube.com/watch?v=aaaaaaaaaaa&new",
    "resolution": "640x480",
    "frame_rate": 60.0,
    "video_codec": "vp9",
    "audio_codec": "aac",
    "file_size_bytes": 8,
    "download_status": "complete",
}


async def edit(table: str, **values: Any) -> None:
    """As the admin's form does: every row of the table."""
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(values, start=1))
    await execute(f"UPDATE {table} SET {sets}", *values.values())


async def change_and_import(home: Path) -> None:
    change(home / "Talk.info.json", **CHANGED)
    (home / "Talk.mp4").write_bytes(b"new film")
    await run_import(home)


@pytest.fixture
async def home(tmp_path: Path) -> Path:
    """Imported once, with media."""
    write_video(tmp_path)
    (tmp_path / "Talk.mp4").write_bytes(b"film")
    await run_import(tmp_path)
    return tmp_path


async def test_without_edits_all_follows_the_file(home: Path) -> None:
    await change_and_import(home)

    row = await video()
    assert {name: row[name] for name in STORED} == STORED
    assert (row["metadata"]["view_count"], row["metadata"]["categories"]) == (6, ["New"])


@pytest.mark.parametrize(
    "values",
    [
        {"title": "Mine"},
        {"title": ""},
        {"title": "aaaaaaaaaaa"},
        {"description": "Mine"},
        {"description": None},
        {"description": ""},
        {"tags": ["mine"]},
        {"tags": []},
        {"upload_date": date(1999, 1, 1)},
        {"upload_date": None},
        {"duration_seconds": 1.5},
        {"duration_seconds": None},
        {"source_url": None},
        {"resolution": None, "frame_rate": None, "video_codec": "mine", "audio_codec": None},
        {"file_size_bytes": 1},
        {"download_status": "failed"},
        {"download_status": "pending", "cloud_url": None},
        {"cloud_url": "s3://mine"},
        {"channel_id": None},
        {"youtube_video_id": None},
    ],
    ids=str,
)
async def test_an_edited_column_of_a_video_stays(values: dict[str, Any], home: Path) -> None:
    await edit("videos", **values)

    for _ in range(2):
        await change_and_import(home)

        row = await video()
        assert {name: row[name] for name in values} == values
        followed = {name: item for name, item in STORED.items() if name not in values}
        assert {name: row[name] for name in followed} == followed


async def test_a_renamed_video_is_still_known(home: Path) -> None:
    await edit("videos", identifier="my-talk")

    await change_and_import(home)

    assert (await counts())["videos"] == 1
    assert (await video("my-talk"))["title"] == "New title"


async def test_a_renamed_video_of_another_site_is_still_known(tmp_path: Path) -> None:
    path = tmp_path / "x.info.json"
    path.write_text(json.dumps(elsewhere("7")))
    await run_import(tmp_path)
    await edit("videos", identifier="my-talk")
    change(path, title="New")

    await run_import(tmp_path)

    assert (await counts())["videos"] == 1
    assert (await video("my-talk"))["title"] == "New"


async def test_an_identifier_of_another_video_is_reported_and_harms_neither(home: Path) -> None:
    await edit("videos", identifier="bbbbbbbbbbb")
    write_info(home, "B", video_id="bbbbbbbbbbb")
    write_info(home, "C", video_id="ccccccccccc")

    report = await run_import(home)

    assert [fault.path for fault in report.broken] == [str(home / "B.info.json")]
    assert "identifier already" in report.broken[0].reason
    assert (await video("bbbbbbbbbbb"))["youtube_video_id"] == "aaaaaaaaaaa"
    assert (await video("ccccccccccc"))["title"] == "Title of ccccccccccc"


async def test_metadata_is_kept_key_by_key(home: Path) -> None:
    metadata = (await video())["metadata"]
    del metadata["categories"]
    await edit("videos", metadata=json.dumps({**metadata, "mine": 1, "language": "de"}))
    before = await video()

    change(home / "Talk.info.json", **CHANGED, language="fr", availability="unlisted")
    await run_import(home)

    after = await video()
    assert after["metadata"] == before["metadata"] | {"view_count": 6, "availability": "unlisted"}


async def test_a_key_added_before_the_file_has_it_stays(home: Path) -> None:
    metadata = (await video())["metadata"]
    await edit("videos", metadata=json.dumps({**metadata, "comment_count": 1}))

    change(home / "Talk.info.json", comment_count=2)
    await run_import(home)

    assert (await video())["metadata"]["comment_count"] == 1


@pytest.mark.parametrize(
    "values",
    [
        {"name": "Mine"},
        {"handle": None},
        {"handle": "@mine"},
        {"description": "Mine"},
        {"source_url": None},
        {"youtube_channel_id": None},
        {"youtube_channel_id": "UC" + "m" * 22},
        {"youtube_channel_id": None, "source_url": "https://mine.test", "name": "Mine"},
        {"status": "paused", "settings": '{"a": 1}'},
    ],
    ids=str,
)
async def test_an_edited_channel_stays_and_stays_one(values: dict[str, Any], home: Path) -> None:
    await edit("channels", **values)
    (before,) = await fetch("SELECT * FROM channels")

    change(home / "Talk.info.json", channel="New name", uploader_id="@new", **CHANGED)
    write_info(home, "Next", video_id="bbbbbbbbbbb", epoch=1_800_000_000, channel="New name")
    await run_import(home)

    (after,) = await fetch("SELECT * FROM channels")
    assert {name: after[name] for name in values} == {name: before[name] for name in values}
    assert after["name"] == values.get("name", "New name")
    assert await value("SELECT count(*) FROM videos WHERE channel_id = $1", after["id"]) == 2


@pytest.mark.parametrize(
    "values",
    [{"name": "Mine"}, {"source_url": "https://mine.test"}, {"name": "Mine", "source_url": ""}],
)
async def test_an_edited_channel_of_another_site_stays_one(
    values: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "1.info.json").write_text(json.dumps(elsewhere("1")))
    await run_import(tmp_path)
    await edit("channels", **values)
    (tmp_path / "2.info.json").write_text(json.dumps(elsewhere("2")))

    await run_import(tmp_path)

    row = await channel()
    assert {name: row[name] for name in values} == values
    assert await value("SELECT count(*) FROM videos WHERE channel_id = $1", row["id"]) == 2


async def test_a_video_in_another_channel_stays_there(home: Path) -> None:
    other = await value("INSERT INTO channels (name) VALUES ('Other') RETURNING id")
    await edit("videos", channel_id=other)

    await change_and_import(home)

    assert (await video())["channel_id"] == other


async def test_status_and_favourites_are_never_touched(home: Path) -> None:
    await edit("videos", status="completed", is_favorite=True, error_message="x")

    await change_and_import(home)

    row = await video()
    assert (row["status"], row["is_favorite"], row["error_message"]) == ("completed", True, "x")


async def test_removing_a_path_later_stops_no_import(tmp_path: Path) -> None:
    write_info(tmp_path)
    await run_import(tmp_path)
    await edit("videos", download_status="downloading")
    (tmp_path / "Talk.mp4").write_bytes(b"film")
    await run_import(tmp_path)
    await edit("videos", download_status="pending", cloud_url=None)
    change(tmp_path / "Talk.info.json", title="New")

    report = await run_import(tmp_path)

    row = await video()
    assert (report.broken_files, row["title"], row["cloud_url"]) == (0, "New", None)
    assert row["download_status"] == "pending"
