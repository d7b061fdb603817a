"""What is wrong with a file is said in words a person understands; nothing else escapes."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.transcripts.captions import BrokenCaptions, cut_chunks, parse_captions
from tests.transcripts import caption_files

LINES, END = caption_files.spoken(40)
CUE = "00:01.000 --> 00:02.000\nhello\n"
FILES = {
    ".vtt": caption_files.rolling_vtt(LINES, END),
    ".srt": caption_files.rolling_srt(LINES, END),
    ".json3": caption_files.automatic_json3(LINES, END),
}


def events(*events: str) -> str:
    return f'{{"events": [{", ".join(events)}]}}'


def srt_time(start: str, end: str) -> str:
    return f"1\n{start} --> {end}\nhello\n"


@pytest.mark.parametrize(
    ("suffix", "text", "reason"),
    [
        (".vtt", "", "is empty"),
        (".srt", "\ufeff \r\n", "is empty"),
        (".json3", "\n", "is empty"),
        (".txt", "hello", "has the suffix '.txt' instead of .json3, .vtt, .srt"),
        (".vtt", "\n<!DOCTYPE html>\n<html>", "is a web page, not subtitles"),
        (".srt", "<html><body>Sign in</body></html>", "is a web page, not subtitles"),
        (".json3", "<HEAD></HEAD>", "is a web page, not subtitles"),
        (".vtt", f"WEBVTT\n\n{CUE}\0", "contains a NUL character"),
        (".vtt", CUE, 'does not begin with "WEBVTT"'),
        (".vtt", f"WEBVTTY\n\n{CUE}", 'does not begin with "WEBVTT"'),
        (".vtt", "WEBVTT\n\nnothing here", "has text before its first cue"),
        (
            ".vtt",
            f"WEBVTT\n\n{CUE}\n00:0x.000 --> 00:03.000\nx",
            "line 6 has malformed cue times: '00:0x.000 --> 00:03.000'",
        ),
        (".vtt", f"WEBVTT\n\n{CUE}a --> b", "has an invalid cue"),
        (".vtt", f"WEBVTT\n\n{CUE}\n00:00:03", "is truncated in the times of its last cue"),
        (".vtt", f"WEBVTT\n\n{CUE}\n9\n00:03.000 --", "is truncated in the times of its last cue"),
        (".vtt", f"WEBVTT\n\n{CUE}you<00:00:01.2", "is truncated in a tag"),
        (
            ".vtt",
            f"WEBVTT\n\n{CUE}\n01:02.000 --> 01:01.000\nx",
            "cue 2 ends before it starts (00:01:02.000 --> 00:01:01.000)",
        ),
        (
            ".vtt",
            f"WEBVTT\n\n{CUE}\n00:00.500 --> 00:03.000\nx",
            "cue 2 starts before the previous one",
        ),
        (
            ".vtt",
            "WEBVTT\n\n00:00.000 --> 100:00:03.000\nx",
            "line 3 has malformed cue times: '00:00.000 --> 100:00:03.000'",
        ),
        (".srt", "hello", "has no cues"),
        (
            ".srt",
            f"hello\n\n{srt_time('00:00:01,0', '00:00:02,0')}",
            "has text before its first cue",
        ),
        (
            ".srt",
            srt_time("00:00:0x,000", "00:00:02,000"),
            "line 2 has malformed cue times: '00:00:0x,000 --> 00:00:02,000'",
        ),
        (".srt", srt_time("01:02,000", "01:03,000"), "has an invalid cue"),
        (".json3", '{"events": [', "is truncated JSON"),
        (".json3", "WEBVTT", "is not JSON: JSON is malformed: invalid character (byte 0)"),
        (".json3", "{}", "is JSON, but not YouTube's json3: it has no events"),
        (
            ".json3",
            events('{"tStartMs": "1"}'),
            "is JSON, but not YouTube's json3: "
            "Expected `int`, got `str` - at `$.events[0].tStartMs`",
        ),
        (".json3", '{"x": ' + "[" * 100_000, "is JSON nested too deeply"),
        (".json3", events(r'{"segs": [{"utf8": "a\\\u0000"}]}'), "contains a NUL character"),
        (
            ".json3",
            events('{"tStartMs": 36000000001, "segs": [{"utf8": "a"}]}'),
            "cue 1 ends after more than 10,000 hours",
        ),
        (
            ".json3",
            events('{"tStartMs": 9, "dDurationMs": -1, "segs": [{"utf8": "a"}]}'),
            "cue 1 ends before it starts (00:00:00.009 --> 00:00:00.008)",
        ),
        (
            ".json3",
            events(
                '{"tStartMs": 9, "segs": [{"utf8": "a"}]}',
                '{"tStartMs": 8, "segs": [{"utf8": "b"}]}',
            ),
            "cue 2 starts before the previous one",
        ),
    ],
)
def test_a_fault_is_named(suffix: str, text: str, reason: str) -> None:
    with pytest.raises(BrokenCaptions) as caught:
        parse_captions(text.encode(), suffix)
    assert str(caught.value) == reason


def test_the_first_byte_that_is_not_utf8_is_named() -> None:
    with pytest.raises(BrokenCaptions, match=r"^is not UTF-8 \(byte 8\)$"):
        parse_captions(b"\xef\xbb\xbfWEBVT\xff", ".vtt")


@pytest.mark.parametrize("escape", [r"\ud800", r"\udc00", r"\ud83d x"])
def test_a_lone_surrogate_is_broken(escape: str) -> None:
    data = events(f'{{"segs": [{{"utf8": "{escape}"}}]}}').encode()
    with pytest.raises(BrokenCaptions, match=r"^is not JSON"):
        parse_captions(data, ".json3")


def test_a_backslash_before_u0000_is_text() -> None:
    captions = parse_captions(events(r'{"segs": [{"utf8": "\\u0000"}]}').encode(), ".json3")
    assert captions.full_text == r"\u0000"


def check(data: bytes, suffix: str) -> None:
    """Captions in order, or BrokenCaptions."""
    try:
        captions = parse_captions(data, suffix)
    except BrokenCaptions:
        return
    words = captions.full_text.split()
    assert "\0" not in captions.full_text
    captions.full_text.encode()
    assert [word.word for word in captions.words] in ([], words)
    assert all(part.text and 0 <= part.start <= part.end for part in captions.segments)
    assert all(a.start <= b.start for a, b in pairwise(captions.segments))
    assert all(a.start <= a.end <= b.start for a, b in pairwise(captions.words))
    assert all(chunk.start < chunk.end for chunk in cut_chunks(captions))


@given(st.binary() | st.text().map(str.encode), st.sampled_from(sorted(FILES)))
def test_any_bytes(data: bytes, suffix: str) -> None:
    check(data, suffix)
    check(b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + data, ".vtt")
    check(b"1\n00:00:01,000 --> 00:00:02,000\n" + data, ".srt")


pieces = st.binary(max_size=4) | st.sampled_from(
    [
        b"\n\n",
        b" --> ",
        b"<00:00:01.000>",
        b"&lt;",
        b"&#0;",
        b"-1",
        b"9" * 30,
        b"\\ud800",
        b'"',
        b"{",
    ]
)


@given(st.sampled_from(sorted(FILES)), st.data())
def test_any_damage(suffix: str, data: st.DataObject) -> None:
    file = FILES[suffix]
    start = data.draw(st.integers(0, len(file)))
    end = data.draw(st.integers(start, len(file)) | st.integers(start, start + 5))
    check(file[:start] + data.draw(pieces) + file[end:], suffix)
    check(file[start:end] + file, suffix)
    check(file[:end], suffix)
