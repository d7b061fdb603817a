"""Which transcripts come of the subtitles beside a video."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from apps.catalog.imports.info import Info
from apps.catalog.imports.inventory import File
from apps.configuration.changes import apply_changes
from apps.transcripts.captions import cut_chunks, parse_captions
from apps.transcripts.subtitle_importer import SubtitleImporter
from apps.transcripts.subtitles import read_subtitle
from tests.catalog.downloads import automatic, by_hand, elsewhere, info, reasons, run_import
from tests.catalog.downloads import write_info as write
from tests.database import fetch
from tests.transcripts.caption_files import (
    automatic_json3,
    plain_json3,
    plain_srt,
    rolling_srt,
    spoken,
)

LISTED_BY_HAND: dict[str, Any] = {"subtitles": {"en": [{}]}, "automatic_captions": {"en": [{}]}}
LISTED_AUTOMATIC: dict[str, Any] = {"subtitles": {}, "automatic_captions": {"en": [{}]}}
UNLISTED = {"subtitles": None, "automatic_captions": None}


async def stored(*columns: str) -> list[tuple[Any, ...]]:
    rows = await fetch(f"SELECT {', '.join(columns)} FROM transcripts ORDER BY language, source")
    return [tuple(row.values()) for row in rows]


def place(home: Path, **files: bytes) -> None:
    """Named by suffix, `_` for a dot."""
    for suffix, data in files.items():
        (home / f"Talk.{suffix.replace('_', '.')}").write_bytes(data)


@pytest.mark.parametrize(
    ("form", "data"),
    [
        ("vtt", automatic()),
        ("srt", rolling_srt(*spoken(40))),
        ("json3", automatic_json3(*spoken(40))),
    ],
)
@pytest.mark.parametrize("listed", [LISTED_BY_HAND, LISTED_AUTOMATIC, UNLISTED])
async def test_automatic_captions_are_recognized_by_their_form(
    form: str, data: bytes, listed: dict[str, Any], tmp_path: Path
) -> None:
    write(tmp_path, **listed)
    place(tmp_path, **{f"en_{form}": data})

    await run_import(tmp_path)

    assert await stored("source", "number_of_words") == [("youtube_auto", 40)]


@pytest.mark.parametrize(
    ("form", "data"),
    [
        ("vtt", by_hand()),
        ("srt", plain_srt(*spoken(40))),
        ("json3", plain_json3(*spoken(40))),
    ],
)
@pytest.mark.parametrize(
    ("listed", "source"),
    [
        (LISTED_BY_HAND, "youtube_manual"),
        (LISTED_AUTOMATIC, "youtube_auto"),
        (UNLISTED, "youtube_manual"),
    ],
    ids=["by hand", "automatic", "unlisted"],
)
async def test_a_plain_form_is_what_the_info_file_says(
    form: str, data: bytes, listed: dict[str, Any], source: str, tmp_path: Path
) -> None:
    write(tmp_path, **listed)
    place(tmp_path, **{f"en_{form}": data})

    await run_import(tmp_path)

    assert await stored("source", "number_of_words") == [(source, 40)]


async def test_subtitles_of_other_sites_are_imported_ones(tmp_path: Path) -> None:
    (tmp_path / "Talk.info.json").write_text(json.dumps(elsewhere("1")))
    place(tmp_path, en_vtt=by_hand(), de_srt=rolling_srt(*spoken(40)))

    await run_import(tmp_path)

    assert await stored("language", "source") == [("de", "imported"), ("en", "imported")]


async def test_segments_and_words_have_their_times(tmp_path: Path) -> None:
    write(tmp_path)
    place(tmp_path, en_vtt=automatic(3), de_vtt=by_hand(3))

    await run_import(tmp_path)

    words = " ".join(word for line in spoken(3)[0] for word, _ in line)
    rows = await fetch(
        "SELECT language, full_text, word_timestamps->0->>'start' AS start, "
        "word_timestamps->2->>'end' AS end, jsonb_array_length(word_timestamps) AS words, "
        "segment_timestamps->0 ? 'end' AS timed FROM transcripts ORDER BY language"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("de", words, None, None, 0, True),
        ("en", words, "0.0", "1.08", 3, True),
    ]


async def test_several_languages_stand_side_by_side(tmp_path: Path) -> None:
    write(tmp_path, subtitles={"en-US": [{}], "zh-Hans": [{}]})
    for code in ("en", "en-US", "en-orig", "zh-Hans", "en-nP7-2PuUl7o", "live_chat"):
        (tmp_path / f"Talk.{code}.vtt").write_bytes(by_hand())
    place(tmp_path, live_chat_json=b"{}")

    report = await run_import(tmp_path)

    assert report.broken_files == 0
    assert await stored("language", "source") == [
        ("en", "youtube_auto"),  # As the info file says of `en`.
        ("en", "youtube_manual"),  # The named track.
        ("en-US", "youtube_manual"),
        ("en-orig", "youtube_manual"),
        ("zh-Hans", "youtube_manual"),
    ]


async def test_a_languages_own_track_goes_before_a_named_one(tmp_path: Path) -> None:
    write(tmp_path, subtitles={"en": [{}], "en-nP7-2PuUl7o": [{}]})
    (tmp_path / "Talk.en-nP7-2PuUl7o.json3").write_bytes(plain_json3(*spoken(70)))
    place(tmp_path, en_vtt=by_hand(40))

    await run_import(tmp_path)

    assert await stored("language", "number_of_words") == [("en", 40)]


@pytest.mark.parametrize(
    ("files", "expected", "broken"),
    [
        ({"json3": 30, "vtt": 20, "srt": 10}, 30, []),
        ({"json3": None, "vtt": 20, "srt": 10}, 20, ["Talk.en.json3"]),
        ({"json3": None, "vtt": None, "srt": 10}, 10, ["Talk.en.json3", "Talk.en.vtt"]),
        ({"json3": None, "vtt": None}, None, ["Talk.en.json3", "Talk.en.vtt"]),
    ],
)
async def test_json3_goes_first_and_a_broken_file_gives_way(
    files: dict[str, int | None], expected: int | None, broken: list[str], tmp_path: Path
) -> None:
    makers = {"json3": automatic_json3, "vtt": None, "srt": rolling_srt}
    write(tmp_path)
    for form, words in files.items():
        maker = makers[form]
        data = b"<html>"
        if words:
            data = maker(*spoken(words)) if maker else automatic(words)
        place(tmp_path, **{f"en_{form}": data})

    report = await run_import(tmp_path)

    assert await stored("number_of_words") == ([(expected,)] if expected else [])
    assert sorted(reasons(report)) == broken


async def test_automatic_and_manual_subtitles_are_two_transcripts(tmp_path: Path) -> None:
    write(tmp_path, **LISTED_BY_HAND)
    place(tmp_path, en_json3=automatic_json3(*spoken(40)), en_vtt=by_hand(30))

    await run_import(tmp_path)

    assert await stored("source", "number_of_words", "is_primary") == [
        ("youtube_auto", 40, False),
        ("youtube_manual", 30, True),
    ]


@pytest.mark.parametrize(
    ("language", "codes", "primary"),
    [
        ("en", ["de", "en", "fr"], "en"),
        ("de", ["de", "en"], "de"),
        ("de-AT", ["de", "en"], "de"),
        (None, ["de", "en-US"], "en-US"),
        ("ja", ["de", "en"], "de"),
    ],
)
async def test_the_primary_transcript_is_in_the_language_spoken(
    language: str | None, codes: list[str], primary: str, tmp_path: Path
) -> None:
    write(tmp_path, language=language, subtitles={code: [{}] for code in codes})
    for code in codes:
        (tmp_path / f"Talk.{code}.vtt").write_bytes(by_hand())

    await run_import(tmp_path)

    rows = await fetch("SELECT language FROM transcripts WHERE is_primary")
    assert [row["language"] for row in rows] == [primary]


async def test_without_a_code_the_language_is_the_files_or_the_videos(tmp_path: Path) -> None:
    write(tmp_path / "a", video_id="a" * 11, language="fr")
    place(tmp_path / "a", vtt=by_hand())
    write(tmp_path / "b", video_id="b" * 11, language="fr")
    place(tmp_path / "b", vtt=b"WEBVTT\nLanguage: es\n\n00:01.000 --> 00:02.000\nhola\n")
    write(tmp_path / "c", video_id="c" * 11, language=None)
    place(tmp_path / "c", vtt=by_hand())

    await run_import(tmp_path)

    rows = await fetch(
        "SELECT t.language FROM transcripts t JOIN videos v ON v.id = t.video_id "
        "ORDER BY v.identifier"
    )
    assert [row["language"] for row in rows] == ["fr", "es", "en"]


@pytest.mark.parametrize(
    ("suffix", "claimed"),
    [
        (".vtt", True),
        (".en.vtt", True),
        (".EN.VTT", True),
        (".zh-Hans.json3", True),
        (".en-nP7-2PuUl7o.srt", True),
        (".live_chat.json3", False),
        (".live_chat.json", False),
        (".5.vtt", False),
        (".-x.vtt", False),
        (".5.en.vtt", False),
        (".en.vtt.part", False),
        (".ass", False),
        (".vtt\n", False),
        ("", False),
    ],
)
def test_which_files_are_subtitles(suffix: str, claimed: bool) -> None:
    assert SubtitleImporter().claims(suffix) is claimed


def test_a_long_code_is_cut_to_its_language(tmp_path: Path) -> None:
    path = tmp_path / "x.vtt"
    path.write_bytes(by_hand())
    known = Info(id="x", extractor_key="Youtube", language="en")

    found = read_subtitle(File(str(path), ".en-nP7-2PuUl7o.vtt", 1, 1), known)

    assert found is not None
    assert (found.language, found.is_spoken, found.file) == ("en", True, "x.vtt")


async def test_the_name_and_digest_of_its_file_are_kept(tmp_path: Path) -> None:
    write(tmp_path)
    place(tmp_path, en_vtt=automatic())

    await run_import(tmp_path)

    expected = hashlib.sha256(automatic()).hexdigest()
    facts = "metadata->>'file' AS file", "metadata->>'sha256' AS sha256"
    assert await stored(*facts) == [("Talk.en.vtt", expected)]
    assert info()["title"] not in str(await stored("metadata"))


async def test_a_chunk_has_as_many_words_as_the_setting_says(tmp_path: Path) -> None:
    data = plain_srt(*spoken(300))
    write(tmp_path)
    place(tmp_path, en_srt=data)
    await apply_changes({None: {"chunk_words": 50}})
    await run_import(tmp_path)
    captions = parse_captions(data, ".srt")
    expected = [chunk.number_of_words for chunk in cut_chunks(captions, 50)]
    found = await fetch("SELECT token_count FROM chunks ORDER BY chunk_index")
    assert [row["token_count"] for row in found] == expected
    assert len(expected) > len(cut_chunks(captions)) == 2
