"""Google Takeout's subscriptions.csv, in any language."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.catalog.lists.entries import ListEntry
from apps.catalog.lists.takeout import HEADER, format_takeout_row, looks_like_takeout, parse_takeout
from tests.catalog.lists import channel_id, names, parsed, refusals

A, B = channel_id(1), channel_id(2)
CHANNEL_IDS = st.from_regex(r"UC[A-Za-z0-9_-]{22}", fullmatch=True)
NAMES = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=255
).filter(lambda name: bool(name.strip()))


def row(channel: str, title: str, scheme: str = "http") -> str:
    return f"{channel},{scheme}://www.youtube.com/channel/{channel},{title}\n"


@pytest.mark.parametrize(
    "header",
    [
        "Channel Id,Channel Url,Channel Title",
        "ID del canal,URL del canal,Título del canal",
        "Kanal-ID,Kanal-URL,Kanaltitel",
        "チャンネル ID,チャンネルの URL,チャンネルのタイトル",
    ],
)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_header_may_be_in_any_language(header: str, mark: str, scheme: str) -> None:
    data = f"{mark}{header}\n{row(A, 'Harbour Lights', scheme)}{row(B, '夜の港', scheme)}\n\n"

    entries = parsed(parse_takeout, data)

    assert entries[0] == ListEntry(
        2,
        {
            "youtube_channel_id": A,
            "name": "Harbour Lights",
            "source_url": f"https://www.youtube.com/channel/{A}",
        },
    )
    assert names(entries) == {A: "Harbour Lights", B: "夜の港"}
    assert len(entries) == 2


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (f"{A},Lights", "Lights"),
        (f"https://www.youtube.com/channel/{A},Lights", "Lights"),
        (f"Lights,http://youtube.com/channel/{A}/videos,{A}", "Lights"),
        (f"{A},http://www.youtube.com/channel/{A},", A),
        (A, A),
        (f'{A},x,"Two, and\nmore ""quotes"""', "x"),
        (f'"{A}","http://www.youtube.com/channel/{A}","Two, and\nmore ""quotes"""', None),
        (f"{A},http://www.youtube.com/channel/{A},=SUM(1)", "=SUM(1)"),
        (f"{A},http://www.youtube.com/channel/{A},{'n' * 300}", "n" * 255),
    ],
)
def test_columns_are_identified_by_their_content(line: str, name: str | None) -> None:
    assert names(parsed(parse_takeout, line)) == {A: name or 'Two, and\nmore "quotes"'}


def test_what_is_not_a_channel_is_reported() -> None:
    data = (
        f"{HEADER}\n".encode()
        + row(A, "First").encode()
        + b"UCshort,http://www.youtube.com/channel/UCshort,Second\n"
        + f"{A},http://www.youtube.com/channel/{B},Third\n".encode()
        + f"{B},,".encode()
        + b"\xff\n"
        + f'"{B}"x,y,z\n'.encode()
        + f"{B},,a\0b\n".encode()
        + row(B, '"Never closed').encode()
        + row(A, "Last").encode()
    )

    entries = parsed(parse_takeout, data)

    assert names(entries) == {A: "First"}
    assert refusals(entries) == {
        3: "has no channel id: UC and 22 letters, digits, '-' or '_'",
        4: "has the id of one channel and the URL of another",
        5: "is not UTF-8",
        6: "is not valid CSV (',' expected after '\"')",
        7: "contains a NUL character",
        8: "is not valid CSV (unexpected end of data)",
    }


@pytest.mark.parametrize(
    ("lines", "is_takeout"),
    [
        ([HEADER], True),
        (["a,b,c", "", f'"{A}",x,y'], True),
        (["x", f"https://youtube.com/channel/{A},y"], True),
        (["a,b,c", "d,e,f"], False),
        ([A], False),
        ([], False),
    ],
)
def test_it_is_known_by_its_cells(lines: list[str], is_takeout: bool) -> None:
    assert looks_like_takeout(lines) is is_takeout


@given(st.dictionaries(CHANNEL_IDS, NAMES, max_size=4))
def test_what_is_written_is_read_again(channels: dict[str, str]) -> None:
    rows = ({"youtube_channel_id": id, "name": name} for id, name in channels.items())

    data = "".join([f"{HEADER}\n", *(format_takeout_row(row) or "" for row in rows)])

    assert names(parsed(parse_takeout, data)) == channels


@pytest.mark.parametrize("channel", [None, "", "UCshort", A + "\n"])
def test_a_channel_without_an_id_is_not_written(channel: str | None) -> None:
    assert format_takeout_row({"youtube_channel_id": channel, "name": "x"}) is None


@given(st.binary(max_size=300).filter(lambda data: b'"' not in data))
def test_any_bytes_are_entries_or_reported(data: bytes) -> None:
    """But for the first line, which is the header."""
    found = [entry.line for entry in parsed(parse_takeout, row(A, "x").encode() + data)]

    lines = re.split(rb"\r\n|\r|\n", data)
    assert found == [1, *(number for number, line in enumerate(lines, start=2) if _cells(line))]


def _cells(line: bytes) -> bool:
    return bool(line.decode(errors="surrogateescape").replace(",", "").strip())


@given(st.text(st.sampled_from(f'"\n\r,= {A}')))
def test_any_quotes_are_entries_or_reported(text: str) -> None:
    assert all(1 <= entry.line <= len(text) + 1 for entry in parsed(parse_takeout, text))
