"""What a list makes of the library, and what it leaves alone."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.catalog.imports.locks import import_lock
from apps.catalog.lists import importing
from apps.shared.errors import Busy, DomainError, Invalid
from tests.catalog.downloads import (
    channel,
    dump,
    elsewhere,
    run_import,
    video,
    write_info,
    write_video,
)
from tests.catalog.lists import channel_id, numbers_of, run_list, write
from tests.database import counts, execute, fetch, value
from tests.factories import make_channel, make_video

A, B = channel_id(1), channel_id(2)
ARCHIVE = "youtube aaaaaaaaaaa\nvimeo 1\nyoutube aaaaaaaaaaa\r\nwhat?\n"
TAKEOUT = f"Kanal-ID,Kanal-URL,Titel\n{A},,Lights\n{B},,Boats\n{A},,Lights again\nx,y,z\n"
FEED = "https://www.youtube.com/feeds/videos.xml?channel_id="
OPML = (
    f"<opml>\n<outline text='Lights' xmlUrl='{FEED}{A}'/><outline text='B' xmlUrl='{FEED}{B}'/>\n"
    f"<outline text='Again' xmlUrl='{FEED}{A}'/>\n<outline text='x' xmlUrl='https://x.test'/></opml>"
)
LISTS = {"archive.txt": ARCHIVE, "subscriptions.csv": TAKEOUT, "feeds.opml": OPML}


@pytest.mark.parametrize("name", LISTS)
async def test_a_second_run_writes_no_row(name: str, tmp_path: Path) -> None:
    file = write(tmp_path, LISTS[name], "any name")

    first = await run_list(file)
    before = await dump()
    again = await run_list(file)

    assert numbers_of(first) == (2, 0, 0, 1, 1)
    assert numbers_of(again) == (0, 0, 2, 1, 1)
    assert await dump() == before


async def test_an_archive_makes_videos(tmp_path: Path) -> None:
    file = write(tmp_path, ARCHIVE)

    report = await run_list(file)

    assert (report.format, report.table) == ("yt-dlp download archive", "videos")
    assert [(fault.path, fault.reason) for fault in report.broken] == [
        (f"{file}:4", "is not `<extractor> <id>`")
    ]
    rows = await fetch(
        "SELECT identifier, youtube_video_id, title, source_url, status, download_status, path "
        "FROM videos v JOIN import_records r ON r.video_id = v.id ORDER BY v.id"
    )
    youtube = "https://www.youtube.com/watch?v=aaaaaaaaaaa"
    assert [tuple(row.values()) for row in rows] == [
        (*["aaaaaaaaaaa"] * 3, youtube, "discovered", "pending", f"{file}:1"),
        ("vimeo-1", None, "vimeo-1", None, "discovered", "pending", f"{file}:2"),
    ]


@pytest.mark.parametrize("name", ["subscriptions.csv", "feeds.opml"])
async def test_subscriptions_make_channels(name: str, tmp_path: Path) -> None:
    await run_list(write(tmp_path, LISTS[name]))

    rows = await fetch("SELECT youtube_channel_id, name, source_url, status FROM channels")
    assert sorted(tuple(row.values()) for row in rows) == [
        (A, "Lights", f"https://www.youtube.com/channel/{A}", "active"),
        (
            B,
            {"feeds.opml": "B"}.get(name, "Boats"),
            f"https://www.youtube.com/channel/{B}",
            "active",
        ),
    ]


async def test_a_dry_run_changes_nothing(tmp_path: Path) -> None:
    await make_video(identifier="vimeo-1")
    before = await dump()

    for name, text in LISTS.items():
        report = await run_list(write(tmp_path, text, name), dry_run=True)
        assert numbers_of(report) == ((1, 1, 0, 1, 1) if name == "archive.txt" else (2, 0, 0, 1, 1))

    assert await dump() == before


async def test_what_is_there_stays_as_it_is(tmp_path: Path) -> None:
    await make_channel(youtube_channel_id=A, name="My name for it")
    await make_video(identifier="my-talk", youtube_video_id="aaaaaaaaaaa", title="My title")
    await make_video(
        identifier="vimeo-1", title="Mine", download_status="complete", cloud_url="/x.mp4"
    )
    before = await dump("channels", "import_records")
    (kept,) = await fetch("SELECT xmin, t.* FROM videos t WHERE identifier = 'vimeo-1'")

    for text in (ARCHIVE, TAKEOUT.replace(B, A), OPML.replace(B, A)):
        assert (await run_list(write(tmp_path, text))).created == 0

    assert await dump("channels", "import_records") == before
    assert await fetch("SELECT xmin, t.* FROM videos t WHERE identifier = 'vimeo-1'") == [kept]
    talk = await video("my-talk")
    assert (talk["title"], talk["source_url"]) == ("My title", None)


async def test_what_is_there_is_noted_as_downloaded_once(tmp_path: Path) -> None:
    await make_video(youtube_video_id="aaaaaaaaaaa", identifier="a", metadata={"mine": 1})
    # Of two rows that a line may mean it is YouTube's id that counts.
    await make_video(identifier="aaaaaaaaaaa", metadata={})
    await make_video(identifier="vimeo-1", metadata=[])
    file = write(tmp_path, ARCHIVE)

    assert numbers_of(await run_list(file)) == (0, 1, 1, 1, 1)
    assert (await video("a"))["metadata"] == {"mine": 1, "archive_id": "youtube aaaaaaaaaaa"}
    assert (await video("aaaaaaaaaaa"))["metadata"] == {}
    assert numbers_of(await run_list(file)) == (0, 0, 2, 1, 1)


async def test_what_a_person_renamed_is_not_made_again(tmp_path: Path) -> None:
    archive, takeout = write(tmp_path, ARCHIVE, "a"), write(tmp_path, TAKEOUT, "b")
    await run_list(archive)
    await run_list(takeout)
    await execute("UPDATE videos SET identifier = 'talk' WHERE identifier = 'vimeo-1'")
    await execute("UPDATE channels SET youtube_channel_id = NULL, name = name || '!'")
    before = await dump()

    for file in (archive, takeout):
        assert numbers_of(await run_list(file)) == (0, 0, 2, 1, 1)

    assert await dump() == before


async def test_the_import_of_the_downloads_fills_what_a_list_left_open(tmp_path: Path) -> None:
    address = "https://www.youtube.com/watch?v=aaaaaaaaaaa&from=file"
    write_video(tmp_path / "home", webpage_url=address, channel_id=A, channel="New name")
    write_info(tmp_path / "home", "Other", **elsewhere("1"))
    await run_list(write(tmp_path, ARCHIVE))
    await run_list(write(tmp_path, f"{A},Old name"))

    report = await run_import(tmp_path / "home")

    assert (report.videos.created, report.videos.updated, report.channels.updated) == (0, 2, 1)
    talk = await video()
    assert (talk["title"], talk["source_url"]) == ("Title of aaaaaaaaaaa", address)
    assert talk["metadata"]["archive_id"] == "youtube aaaaaaaaaaa"
    assert (await video("vimeo-1"))["title"] == "Title of 1"
    assert await value("SELECT name FROM channels WHERE youtube_channel_id = $1", A) == "New name"
    assert await value("SELECT count(*) FROM videos WHERE channel_id IS NOT NULL") == 2
    before = await dump()
    assert numbers_of(await run_list(write(tmp_path, ARCHIVE))) == (0, 0, 2, 1, 1)
    assert await dump() == before


async def test_what_a_person_edited_after_the_list_stays(tmp_path: Path) -> None:
    write_info(tmp_path / "home", channel_id=A, channel="New name")
    await run_list(write(tmp_path, ARCHIVE))
    await run_list(write(tmp_path, TAKEOUT.replace(B, A)))
    await execute("UPDATE videos SET title = 'Mine'")
    await execute("UPDATE channels SET name = 'My channel'")

    await run_import(tmp_path / "home")

    assert (await video())["title"] == "Mine"
    assert (await channel())["name"] == "My channel"


NOTHING = "A list is a yt-dlp download archive, Google Takeout's subscriptions.csv, or OPML."


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", f"The file is empty. {NOTHING}"),
        (b" \r\n\n", f"The file is empty. {NOTHING}"),
        (b"youtube aaaaaaaaaaa\0", f"The file is not UTF-8 text. {NOTHING}"),
        ("youtube aaaaaaaaaaa".encode("utf-16"), f"The file is not UTF-8 text. {NOTHING}"),
        (
            b"Dear reader,\nthis is a letter.",
            f"The file is not a list of videos or channels. {NOTHING}",
        ),
        (b'{"id": "x"}', f"The file is not a list of videos or channels. {NOTHING}"),
        (b"<html></html>", "The file is XML, but not OPML."),
        (
            OPML.replace("</opml>", "").encode(),
            "The file is not well-formed XML (line 4: no element found).",
        ),
        (
            b"youtube aaaaaaaaaaa\n" + b"x" * 70_000,
            "This is not a list: line 2 is longer than 65,536 characters.",
        ),
    ],
)
async def test_what_is_not_a_list_changes_nothing(data: bytes, reason: str, tmp_path: Path) -> None:
    file = write(tmp_path, data, "archive.txt")

    with pytest.raises(Invalid) as refused:
        await run_list(file)

    assert refused.value.message == f"Cannot import {file}. {reason}"
    assert not any((await counts()).values())


async def test_a_file_that_is_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "MAX_BYTES", 1 << 20)
    file = write(tmp_path, ARCHIVE)
    os.truncate(file, 3 << 20)

    with pytest.raises(Invalid, match=r"is too large \(3 MB; the limit is 1 MB\). A list is"):
        await run_list(file)


@pytest.mark.parametrize("name", ["nothing", ".", "a\0b", "\udcff", "x" * 300])
async def test_what_is_not_a_file_is_reported(name: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="is not a file"):
        await run_list(tmp_path / name)


async def test_while_another_import_runs_it_is_refused(tmp_path: Path) -> None:
    async with import_lock():
        with pytest.raises(Busy):
            await run_list(write(tmp_path, ARCHIVE))


async def test_a_list_longer_than_a_batch_is_one_transaction(tmp_path: Path) -> None:
    lines = [f"youtube {number:011d}" for number in range(5000)]

    report = await run_list(write(tmp_path, "\n".join([*lines, *lines[:10]])))

    assert numbers_of(report) == (5000, 0, 0, 10, 0)
    assert await value("SELECT count(DISTINCT xmin::text) FROM videos") == 1
    made = await fetch("SELECT identifier FROM videos ORDER BY id")
    assert [f"youtube {row['identifier']}" for row in made] == lines


STARTS = st.sampled_from([b"", b"youtube aaaaaaaaaaa\n", TAKEOUT.encode(), OPML.encode()[:-7]])


@settings(max_examples=60)
@given(STARTS, st.binary(max_size=80))
async def test_any_file_is_imported_or_refused(tmp_path: Path, start: bytes, rest: bytes) -> None:
    try:
        report = await run_list(write(tmp_path, start + rest), dry_run=True)
    except DomainError:
        return
    done = report.created + report.updated + report.unchanged + report.repeated
    assert done == report.entries
