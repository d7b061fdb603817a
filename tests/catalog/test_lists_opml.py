"""OPML of feed readers, and of YouTube's former subscription_manager."""

import io
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.catalog.lists.entries import ListEntry
from apps.catalog.lists.opml import CHUNK_BYTES, HEAD, NOT_IN_XML, TAIL, format_opml_row, parse_opml
from apps.shared.errors import Invalid
from tests.catalog.lists import channel_id, names, parsed, refusals
from tests.catalog.test_lists_takeout import CHANNEL_IDS, NAMES

A, B = channel_id(1), channel_id(2)
FEED = "https://www.youtube.com/feeds/videos.xml?"


def opml(*outlines: str) -> str:
    return "\n".join(["<opml version='1.1'><body>", *outlines, "</body></opml>"])


def test_feeds_of_channels_at_any_depth() -> None:
    entries = parsed(
        parse_opml,
        opml(
            "<outline text='All'>",
            f"<outline title='Tea &amp; Coffee' text='t' xmlUrl='{FEED}channel_id={A}'/>",
            "<outline text='Deeper'>",
            f"<outline text='&#x591C; &lt;' title=' ' xmlURL='{FEED}x=1&amp;channel_id={B}'/>",
            "</outline></outline>",
        ),
    )

    assert entries[0] == ListEntry(
        3,
        {
            "youtube_channel_id": A,
            "name": "Tea & Coffee",
            "source_url": f"https://www.youtube.com/channel/{A}",
        },
    )
    assert names(entries) == {A: "Tea & Coffee", B: "夜 <"}


def test_a_feed_without_a_name_is_called_by_its_id() -> None:
    assert names(parsed(parse_opml, opml(f"<outline xmlUrl='{FEED}channel_id={A}'/>"))) == {A: A}


def test_a_mirror_names_the_same_channel() -> None:
    mirror = f"<outline text='M' xmlUrl='https://mirror.test/feed/channel/{A}'/>"

    assert names(parsed(parse_opml, opml(mirror))) == {A: "M"}


def test_other_feeds_are_reported() -> None:
    feeds = [
        "https://blog.test/feed.xml",
        FEED + "playlist_id=PLaaaaaaaaaaa",
        FEED + "user=somebody",
        FEED + "channel_id=UCshort",
        FEED + f"channel_id={A}x",
    ]

    entries = parsed(parse_opml, opml(*(f"<outline text='x' xmlUrl='{feed}'/>" for feed in feeds)))

    assert refusals(entries) == {
        2: f"is not a YouTube feed: {feeds[0]}",
        3: f"is a playlist's feed, not a channel's: {feeds[1]}",
        4: f"has a user name instead of a channel id: {feeds[2]}",
        5: f"has no channel id: {feeds[3]}",
        6: f"has no channel id: {feeds[4]}",
    }


BOMB = (
    '<!DOCTYPE opml [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    '<opml><body><outline text="&b;"/></body></opml>'
)
OUTSIDE = '<!DOCTYPE opml SYSTEM "file:///etc/hostname"><opml/>'


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (BOMB, "The file has a DOCTYPE"),
        (OUTSIDE, "The file has a DOCTYPE"),
        ("<html/>", "The file is XML, but not OPML."),
        (opml()[:-3], r"not well-formed XML \(line 2: unclosed token"),
        (opml("<outline text='&unknown;'/>"), r"well-formed XML \(line 2: undefined entity"),
        ("<?xml version='1.0' encoding='nothing'?><opml/>", "unknown encoding: nothing"),
        ("<?xml version='1.0' encoding='shift_jis'?><opml/>", "multi-byte encodings are not"),
        (b"<opml>\n\xff</opml>", r"well-formed XML \(line 2"),
        ("", r"well-formed XML \(line 1: no element found"),
    ],
)
def test_what_is_not_opml_is_refused_whole(data: bytes | str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        parsed(parse_opml, data)


def test_the_declared_encoding_is_used() -> None:
    head = "<?xml version='1.0' encoding='iso-8859-1'?>"
    data = head + opml(f"<outline text='é' xmlUrl='{FEED}channel_id={A}'/>")

    assert names(parsed(parse_opml, data.encode("latin-1"))) == {A: "é"}


def test_it_is_read_in_pieces_and_no_tree_is_built() -> None:
    outline = f"<outline text='x' xmlUrl='{FEED}channel_id={A}'/>\n"
    depth = 50_000
    data = f"<opml>{'<outline>' * depth}{outline * 30_000}{'</outline>' * depth}</opml>"
    assert len(data) > 3 * CHUNK_BYTES

    file = io.BytesIO(data.encode())

    entries = parse_opml(file)

    assert next(entries).line == 1
    assert file.tell() == CHUNK_BYTES
    assert len(list(entries)) == 29_999


@given(st.dictionaries(CHANNEL_IDS, NAMES, max_size=4))
def test_what_is_written_is_read_again(channels: dict[str, str]) -> None:
    rows = ({"youtube_channel_id": id, "name": name} for id, name in channels.items())

    data = "".join([HEAD, *(format_opml_row(row) or "" for row in rows), TAIL])

    as_read = {
        id: NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", name) for id, name in channels.items()
    }
    assert names(parsed(parse_opml, data)) == as_read
    feeds = ElementTree.fromstring(data).findall("body/outline/outline")
    assert [feed.get("xmlUrl") for feed in feeds] == [FEED + f"channel_id={id}" for id in channels]


@pytest.mark.parametrize("channel", [None, "UCshort"])
def test_a_channel_without_an_id_is_not_written(channel: str | None) -> None:
    assert format_opml_row({"youtube_channel_id": channel, "name": "x"}) is None


@given(st.binary(max_size=200).map(lambda data: b"<opml>" + data))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(Invalid):  # The root is never closed, or something is wrong before.
        parsed(parse_opml, data.replace(b"</opml>", b""))
