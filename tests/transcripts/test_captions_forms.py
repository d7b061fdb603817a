"""The forms in which healthy files come."""

import json

import pytest

from apps.transcripts.captions import Captions, Segment, Word, parse_captions


def vtt(*cues: str, header: str = "WEBVTT") -> Captions:
    return parse_captions("\n\n".join([header, *cues]).encode(), ".vtt")


def srt(text: str) -> Captions:
    return parse_captions(text.encode(), ".srt")


def json3(*events: dict[str, object]) -> Captions:
    return parse_captions(json.dumps({"events": events}).encode(), ".json3")


def texts(captions: Captions) -> list[str]:
    return [segment.text for segment in captions.segments]


def test_byte_order_mark_line_ends_identifiers_settings_and_blocks() -> None:
    file = (
        "\ufeffWEBVTT - a title\rKind: captions\rlanguage:  de-AT \r\n\r\n"
        "STYLE\r\n::cue { color: red }\r\n\r\nREGION\r\nid:fred\r\n\r\nNOTE a remark\r\n\r\n"
        "first\r\n00:01.000 --> 00:02.500 align:middle line:84%\r\nhello\r\nworld\r\n"
        "NOTE stays\r\n00:03.000 --> 00:04.000\r\n<v Bob>you</v> <i>&amp;</i>&nbsp;<c.red>me</c>"
    )
    captions = parse_captions(file.encode(), ".vtt")
    assert captions.segments == [
        Segment("hello world NOTE stays", 1.0, 2.5),
        Segment("you & me", 3.0, 4.0),
    ]
    assert (captions.words, captions.language, captions.is_automatic) == ([], "de-AT", None)


@pytest.mark.parametrize(
    ("file", "suffix"),
    [
        ("WEBVTT", ".vtt"),
        ("WEBVTT\nKind: captions\nLanguage:\n\n \n\nNOTE nobody speaks\n\nat all", ".vtt"),
        ('{"wireMagic": "pb3"}', ".json3"),
        ('{"events": [{"tStartMs": 0, "dDurationMs": 9, "id": 1}]}', ".json3"),
    ],
)
def test_a_silent_video_has_no_segments(file: str, suffix: str) -> None:
    assert parse_captions(file.encode(), suffix) == Captions([], [])


def test_a_blank_line_in_a_cue_loses_nothing() -> None:
    captions = vtt("00:01.000 --> 00:02.000", "hello", "world", "00:02.000 --> 00:03.000\nagain")
    assert captions.segments == [Segment("hello world", 1.0, 2.0), Segment("again", 2.0, 3.0)]


def test_two_speakers_at_once_stay() -> None:
    captions = vtt("00:01.000 --> 00:09.000\nyes", "00:01.000 --> 00:03.000\nno")
    assert captions.segments == [Segment("yes", 1.0, 9.0), Segment("no", 1.0, 3.0)]


def test_a_cue_without_length_is_skipped_only_where_it_repeats() -> None:
    captions = vtt(
        "00:01.000 --> 00:02.000\nyes\nno",
        "00:02.000 --> 00:02.000\nyes\nno",
        "00:03.000 --> 00:03.000\nmaybe",
        "00:04.000 --> 00:04.500\nmaybe\nnot",
    )
    assert texts(captions) == ["yes no", "maybe", "maybe not"]
    assert captions.is_automatic is None


def test_lines_roll_without_word_times() -> None:
    captions = vtt(
        "00:01.000 --> 00:02.000\n \n[Music]",
        "00:02.000 --> 00:02.010\n[Music]\n ",
        "00:02.010 --> 00:03.000\n[Music]\n[Music]",
        "00:03.000 --> 00:03.010\n[Music]\n ",
        "00:03.010 --> 00:04.000\n[Music]\n ",
    )
    assert texts(captions) == ["[Music]"] * 3
    assert captions.is_automatic is True
    assert captions.words == []


def test_words_that_share_a_fragment_share_its_time() -> None:
    captions = vtt(
        "00:00:01.000 --> 00:00:04.000\n[ __ ]<00:00:02.500><c> </c><00:00:03.000><c> you</c>"
    )
    assert captions.words == [
        Word("[", 1.0, 1.5),
        Word("__", 1.5, 2.0),
        Word("]", 2.0, 3.0),
        Word("you", 3.0, 4.0),
    ]


def test_a_fragment_without_a_space_continues_the_previous_word() -> None:
    captions = vtt("00:01.000 --> 00:03.000\ndo<00:02.000><c>n't</c><00:02.500><c> go</c>")
    assert captions.words == [Word("don't", 1.0, 2.5), Word("go", 2.5, 3.0)]
    assert captions.full_text == "don't go"


def test_word_times_stay_inside_the_cue_and_do_not_run_back() -> None:
    captions = vtt("00:01.000 --> 00:02.000\na<00:09.000><c> b</c><00:00.500><c> c</c>")
    assert [(word.start, word.end) for word in captions.words] == [(1, 2), (2, 2), (2, 2)]


def test_srt_keeps_numbers_braces_and_smaller_signs() -> None:
    captions = srt(
        "1\n00:00:01,000 --> 00:00:02,000\n{\\an8}<i>I</i> <3 {you}\n\n\n\n1 < 2 > 0\n\n"
        "2\n00:00:02,000 --> 00:00:03,000\nThe year\n1984"
    )
    assert captions.segments == [
        Segment("I <3 {you} 1 < 2 > 0", 1.0, 2.0),
        Segment("The year 1984", 2.0, 3.0),
    ]


def test_srt_without_numbers() -> None:
    assert texts(srt("00:00:01,000 --> 00:00:02,000\nhello --> world\n")) == ["hello --> world"]


def test_json3_made_by_hand() -> None:
    captions = json3(
        {"tStartMs": 0, "dDurationMs": 5000, "segs": [{"utf8": "two\nli"}, {"utf8": "nes"}]},
        {"tStartMs": 1000, "dDurationMs": 1000, "segs": [{"utf8": "\u200b"}]},
        {"tStartMs": 2000, "dDurationMs": 1000, "segs": [{"utf8": "over"}]},
    )
    assert captions == Captions([Segment("two lines", 0, 5), Segment("over", 2, 3)], [])


def test_json3_text_that_is_appended_is_not_lost() -> None:
    captions = json3(
        {"tStartMs": 0, "dDurationMs": 5000, "segs": [{"utf8": "one"}]},
        {"tStartMs": 1000, "dDurationMs": 4000, "aAppend": 1, "segs": [{"utf8": "\n"}]},
        {"tStartMs": 2000, "dDurationMs": 3000, "aAppend": 1, "segs": [{"utf8": "two"}]},
    )
    assert captions.segments == [Segment("one", 0, 2), Segment("two", 2, 5)]
    assert captions.is_automatic is True
