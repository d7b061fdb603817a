"""yt-dlp's download archive, line by line."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.catalog.imports.info import parse_info
from apps.catalog.imports.info_values import video_values
from apps.catalog.lists.archive import format_archive_row, looks_like_archive, parse_archive
from apps.catalog.lists.entries import MAX_LINE, ListEntry
from apps.shared.errors import Invalid
from tests.catalog.lists import parsed, refusals

YOUTUBE_IDS = st.from_regex(r"[A-Za-z0-9_-]{11}", fullmatch=True)
OTHERS = st.tuples(
    st.sampled_from(["vimeo", "soundcloud", "youtubeclip", "generic", "bbccouk"]),
    st.text(min_size=1).filter(
        lambda text: text == text.strip() and not re.search(r"[\0\r\n\ud800-\udfff]", text)
    ),
)
LINES = st.one_of(YOUTUBE_IDS.map(lambda name: f"youtube {name}"), OTHERS.map(" ".join))


def one(line: str) -> ListEntry:
    (entry,) = parsed(parse_archive, line)
    assert isinstance(entry, ListEntry), entry
    return entry


def test_a_video_of_youtube() -> None:
    assert one("youtube --aaaaaaa-_").values == {
        "identifier": "--aaaaaaa-_",
        "youtube_video_id": "--aaaaaaa-_",
        "title": "--aaaaaaa-_",
        "source_url": "https://www.youtube.com/watch?v=--aaaaaaa-_",
        "metadata": {"archive_id": "youtube --aaaaaaa-_"},
    }


def test_a_video_of_another_site() -> None:
    assert one("vimeo 76979871").values == {
        "identifier": "vimeo-76979871",
        "youtube_video_id": None,
        "title": "vimeo-76979871",
        "source_url": None,
        "metadata": {"archive_id": "vimeo 76979871"},
    }


@pytest.mark.parametrize("data", ["\ufeff{}\r\n\r\n{}  \r\n", "\n\n {}\n\t{}", "{}\r{}\r"])
def test_blank_lines_ends_and_marks_do_not_matter(data: str) -> None:
    text = data.format("youtube aaaaaaaaaaa", "vimeo 1")

    entries = parsed(parse_archive, text)

    assert [e.values["identifier"] for e in entries if isinstance(e, ListEntry)] == [
        "aaaaaaaaaaa",
        "vimeo-1",
    ]


def test_invalid_archive_lines_are_reported() -> None:
    lines = [
        b"youtube aaaaaaaaaaa",
        b"aaaaaaaaaaa",
        b"youtube too_short",
        b"Youtube aaaaaaaaaaa",
        b"vimeo \xff",
        b"vimeo a\0b",
        b"deadbeef 1234-1234-1234-123456789abc",
    ]

    assert refusals(parsed(parse_archive, b"\n".join(lines))) == {
        2: "is not `<extractor> <id>`",
        3: "is not a YouTube id: 11 letters, digits, '-' or '_'",
        4: "is not `<extractor> <id>`",
        5: "is not UTF-8",
        6: "contains a NUL character",
        7: "has the form of a UUID, which identifiers cannot have",
    }


def test_a_line_without_an_end_is_not_read_into_memory() -> None:
    with pytest.raises(Invalid, match=r"line 2 is longer than 65,536 characters"):
        parsed(parse_archive, "vimeo 1\n" + "x" * (MAX_LINE + 1))


@pytest.mark.parametrize(
    ("lines", "is_archive"),
    [
        (["youtube aaaaaaaaaaa"], True),
        (["# mine", "and", "more", "youtube -aaaaaaaaaa"], True),
        (["vimeo 1", "what is this"], True),
        (["vimeo 1", "what is this", "Others:"], False),
        (["Dear reader,", "this is a letter."], False),
        ([], False),
    ],
)
def test_it_is_known_by_its_lines(lines: list[str], is_archive: bool) -> None:
    assert looks_like_archive(lines) is is_archive


@given(LINES)
def test_a_line_is_written_as_it_was_read(line: str) -> None:
    assert format_archive_row({"line": one(line).values["metadata"]["archive_id"]}) == f"{line}\n"


@given(OTHERS)
def test_the_import_of_a_folder_gives_the_same_identifier(pair: tuple[str, str]) -> None:
    extractor, video_id = pair
    info = parse_info(json.dumps({"id": video_id, "extractor_key": extractor.title()}).encode())

    values = one(f"{extractor} {video_id}").values

    assert values["identifier"] == video_values(info)["identifier"]
    assert values["youtube_video_id"] == video_values(info)["youtube_video_id"]


@pytest.mark.parametrize("line", [None, "", "no-archive", "two\nlines of it", "Upper case"])
def test_what_is_not_a_valid_line_is_not_written(line: str | None) -> None:
    assert format_archive_row({"line": line}) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_entries_or_reported(data: bytes) -> None:
    found = [entry.line for entry in parsed(parse_archive, b"vimeo 1\n" + data)]

    lines = re.split(rb"\r\n|\r|\n", data)
    shown = (line.decode(errors="surrogateescape").strip() for line in lines)
    assert found == [1, *(number for number, line in enumerate(shown, start=2) if line)]
