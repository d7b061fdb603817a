"""Lists that are written: what is in them, and that they come back as they were."""

import csv
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.catalog.lists.formats import choose_export_format
from apps.shared.errors import Invalid
from tests.catalog.downloads import elsewhere, run_import, write_info, write_video
from tests.catalog.lists import channel_id, exported, numbers_of, run_list, write
from tests.catalog.test_lists_archive import LINES
from tests.catalog.test_lists_takeout import CHANNEL_IDS
from tests.database import execute, fetch
from tests.factories import make_channel, make_video

A, B, C = channel_id(1), channel_id(2), channel_id(3)
STORABLE = st.text(
    st.characters(
        exclude_categories=("Cs", "Cc"),
        include_characters="\t\n\r",
        exclude_characters="\ufffe\uffff",
    ),
    min_size=1,
    max_size=255,
).filter(lambda name: bool(name.strip()))


async def channels() -> dict[str, str]:
    rows = await fetch("SELECT youtube_channel_id, name FROM channels")
    return {row["youtube_channel_id"]: row["name"] for row in rows}


async def test_an_archive_has_what_is_downloaded(tmp_path: Path) -> None:
    await make_video(youtube_video_id="bbbbbbbbbbb", identifier="b", title="Only discovered")
    await make_video(identifier="my-own", download_status="complete", cloud_url="/x.mp4")
    write_video(tmp_path / "home", video_id="-aaaaaaaaaa")
    (tmp_path / "home/Talk.mp4").write_bytes(b"film")
    write_info(tmp_path / "home", "Other", **elsewhere("1"))
    (tmp_path / "home/Other.mp4").write_bytes(b"film")
    await run_import(tmp_path / "home")
    await run_list(write(tmp_path, "generic a b\nyoutube zzzzzzzzzzz\n"))
    target = tmp_path / "archive.txt"

    assert await exported(target) == (4, 2)
    some = ["generic a b", "vimeo 1", "youtube -aaaaaaaaaa", "youtube zzzzzzzzzzz"]
    assert target.read_text().splitlines() == some
    assert await exported(target, everything=True) == (5, 1)
    assert target.read_text().splitlines() == [*some[:3], "youtube bbbbbbbbbbb", some[3]]


async def test_a_line_that_a_person_made_is_not_written(tmp_path: Path) -> None:
    for number, odd in enumerate(["two\nlines 1", 7, None, {"x": 1}]):
        await make_video(identifier=f"video-{number}", metadata={"archive_id": odd})

    assert await exported(tmp_path / "a.txt") == (0, 4)
    assert (tmp_path / "a.txt").read_text() == ""


async def test_channels_are_written_by_name(tmp_path: Path) -> None:
    await make_channel(youtube_channel_id=A, name='=Ünder, the "sea"')
    await make_channel(youtube_channel_id=B, name="Boats & <lights>\n")
    await make_channel(name="Of another site")
    await make_channel(name="Odd", youtube_channel_id="UCshort")

    assert await exported(tmp_path / "x.csv") == (2, 2)
    assert await exported(tmp_path / "x.opml") == (2, 2)

    assert (tmp_path / "x.csv").read_bytes().decode() == (
        "Channel Id,Channel Url,Channel Title\n"
        f'{A},http://www.youtube.com/channel/{A},"=Ünder, the ""sea"""\n'
        f'{B},http://www.youtube.com/channel/{B},"Boats & <lights>\n"\n'
    )
    with (tmp_path / "x.csv").open(newline="") as file:
        assert [row[0] for row in csv.reader(file)] == ["Channel Id", A, B]
    feed = "https://www.youtube.com/feeds/videos.xml?channel_id="
    assert (tmp_path / "x.opml").read_text().splitlines()[4:6] == [
        f'<outline text=\'=Ünder, the "sea"\' title=\'=Ünder, the "sea"\' type="rss" '
        f'xmlUrl="{feed}{A}" />',
        '<outline text="Boats &amp; &lt;lights&gt;&#10;" title="Boats &amp; &lt;lights&gt;&#10;" '
        f'type="rss" xmlUrl="{feed}{B}" />',
    ]


@pytest.mark.parametrize("suffix", ["csv", "opml"])
@settings(max_examples=25)
@given(known=st.dictionaries(CHANNEL_IDS, STORABLE, max_size=4))
async def test_channels_come_back(suffix: str, known: dict[str, str], tmp_path: Path) -> None:
    await execute("DELETE FROM channels")
    for id, name in known.items():
        await make_channel(youtube_channel_id=id, name=name)
    target = tmp_path / f"list.{suffix}"
    await exported(target)
    written = target.read_bytes()
    await execute("DELETE FROM channels")

    report = await run_list(target)

    assert numbers_of(report) == (len(known), 0, 0, 0, 0)
    assert await channels() == known
    await exported(target)
    assert target.read_bytes() == written


@settings(max_examples=25)
@given(lines=st.sets(LINES, min_size=1, max_size=5))
async def test_an_archive_comes_back(lines: set[str], tmp_path: Path) -> None:
    await execute("DELETE FROM videos")
    archive = "\n".join(["youtube aaaaaaaaaaa", *lines])
    await run_list(write(tmp_path, archive))

    await exported(tmp_path / "out.txt")

    wanted = sorted(line.encode() for line in {"youtube aaaaaaaaaaa", *lines})
    assert (tmp_path / "out.txt").read_bytes().split(b"\n") == [*wanted, b""]
    before = await fetch("SELECT identifier, youtube_video_id, title FROM videos ORDER BY 1")
    await execute("DELETE FROM videos")
    await run_list(tmp_path / "out.txt")
    after = await fetch("SELECT identifier, youtube_video_id, title FROM videos ORDER BY 1")
    assert after == before


async def test_an_empty_library_comes_back(tmp_path: Path) -> None:
    for name in ("x.csv", "x.opml"):
        assert await exported(tmp_path / name) == (0, 0)
        assert numbers_of(await run_list(tmp_path / name)) == (0, 0, 0, 0, 0)


async def test_a_file_is_replaced_completely_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "list.csv"
    target.write_text("old")
    await execute("ALTER TABLE channels RENAME TO channels_away")
    try:
        with pytest.raises(Exception, match="channels"):
            await exported(target)
    finally:
        await execute("ALTER TABLE channels_away RENAME TO channels")

    assert [path.name for path in tmp_path.iterdir()] == ["list.csv"]
    assert target.read_text() == "old"
    await exported(target)
    assert target.read_text() == "Channel Id,Channel Url,Channel Title\n"


async def test_a_device_is_written_to_and_a_full_one_is_reported(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    await exported(pipe)

    assert os.read(reader, 100) == b"Channel Id,Channel Url,Channel Title\n"
    assert pipe.is_fifo()
    os.close(reader)
    full = tmp_path / "full.csv"
    full.symlink_to("/dev/full")
    with pytest.raises(Invalid, match=r"Cannot write .*full.csv \(No space left on device\)"):
        await exported(full)


@pytest.mark.parametrize("name", ["no/folder.csv", "folder.csv"])
async def test_an_unwritable_target_is_reported(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()

    with pytest.raises(Invalid, match="Cannot write"):
        await exported(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "format", "chosen"),
    [
        ("a.txt", None, "archive"),
        ("a.CSV", None, "csv"),
        ("a.opml", None, "opml"),
        ("a.xml", None, "opml"),
        ("a.txt", "csv", "csv"),
        ("a", "archive", "archive"),
    ],
)
def test_the_name_or_the_option_tells_the_format(
    name: str, format: str | None, chosen: str
) -> None:
    assert choose_export_format(Path(name), format).name == chosen


@pytest.mark.parametrize(
    ("format", "sentence"),
    [
        (
            None,
            "The format of a.json is unknown: use the extension .txt, .csv, .opml or .xml, or "
            "--format (archive, csv, opml).",
        ),
        ("json", "--format must be one of archive, csv, opml."),
    ],
)
def test_an_unknown_format_is_reported(format: str | None, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        choose_export_format(Path("a.json"), format)

    assert refused.value.message == sentence
