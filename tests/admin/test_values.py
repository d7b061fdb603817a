"""What a form sends, read as values and compared with what is stored."""

import json
from math import inf, isfinite, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from piccolo.conf.apps import Finder

from apps.catalog.tables import Video
from apps.conversations.tables import Conversation
from apps.processing.tables import ProcessingJob
from apps.shared.errors import Invalid
from apps.transcripts.tables import Chunk
from piccolo_project.admin.columns import column_path
from piccolo_project.admin.values import form_codec, is_same, is_same_json, parse_value
from tests.admin.page import sent
from tests.exchange.whole_library import DEEP

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=10,
)
PLAIN: dict[str, Any] = {"nullable": True, "choices": None}
FIELDS = {
    column_path(Video.title): {
        "type": "string",
        "extra": {**PLAIN, "widget": "text-area", "nullable": False},
    },
    column_path(Video.description): {"type": "string", "extra": {**PLAIN, "widget": "text-area"}},
    column_path(Conversation.title): {"type": "string", "extra": PLAIN},
    column_path(Video.metadata): {"type": "string", "extra": {**PLAIN, "widget": "json"}},
    column_path(Video.file_size_bytes): {"type": "integer", "extra": PLAIN},
    column_path(Video.duration_seconds): {"type": "number", "extra": PLAIN},
    column_path(Video.tags): {"type": "array", "extra": PLAIN},
    column_path(Chunk.word_starts): {"type": "array", "extra": PLAIN},
}


def test_each_column_says_what_it_needs() -> None:
    columns = [each for table in Finder().get_table_classes() for each in table._meta.columns]
    for column in columns:
        assert form_codec(column).expected


@given(TEXT)
def test_a_text_comes_back(text: str) -> None:
    for column in (Video.title, Video.description, Conversation.title):
        assert is_same(column, text, sent(FIELDS[column_path(column)], text))
    other = text + "x"
    if other.strip("\r\n") and text.lower() != "nul":
        assert not is_same(Video.title, text, sent(FIELDS[column_path(Video.title)], other))
        assert parse_value(Video.title, other) == other


@given(NUMBERS)
def test_a_number_comes_back(number: float) -> None:
    column = Video.file_size_bytes if isinstance(number, int) else Video.duration_seconds
    text = sent(FIELDS[column_path(column)], number)
    assert is_same(column, number, text)
    if abs(number) < 2**53:
        assert parse_value(column, text) == number
        assert not is_same(column, number + 1, text) or number + 1 == number


@given(JSON)
def test_json_comes_back(value: Any) -> None:
    stored = json.dumps(value)
    assert is_same_json(stored, sent(FIELDS[column_path(Video.metadata)], stored) or "null")
    assert not is_same_json(stored, json.dumps([value]))


@given(st.lists(TEXT), st.lists(st.floats(width=32)))
def test_a_list_comes_back(texts: list[str], numbers: list[float]) -> None:
    assert is_same(Video.tags, texts, sent(FIELDS[column_path(Video.tags)], texts))
    assert not is_same(Video.tags, texts, [*texts, "x"])
    shown = [number if isfinite(number) else None for number in numbers]
    assert is_same(Chunk.word_starts, numbers, sent(FIELDS[column_path(Chunk.word_starts)], shown))


@pytest.mark.parametrize(
    ("stored", "other"),
    [
        ("1", "true"),
        ("0", "false"),
        ('"1"', "1"),
        ("[]", "{}"),
        ("null", '""'),
        ('{"a": 1}', '{"a": 1, "b": 1}'),
        ("[1, 2]", "[2, 1]"),
        ("{}", "{"),
        (DEEP, DEEP.replace("1", "2")),
        (DEEP, DEEP.replace("1", "true")),
        (DEEP, f"[{DEEP}]"),
        (f'["é", {DEEP}]', f'["e", {DEEP}]'),
    ],
)
def test_json_that_differs(stored: str, other: str) -> None:
    assert not is_same_json(stored, other)
    assert is_same_json(stored, stored)


@pytest.mark.parametrize(
    ("stored", "other"),
    [
        (f'["\\u00e9", 1.0, 1e400, {DEEP}]', f'[ "é",\n1, 1e999, {DEEP} ]'),
        ('{"b": 1, "10": -0}', '{"10": 0, "b": 1.0}'),
        ("9007199254740993", "9007199254740992"),
        ("1e400", "null"),
    ],
)
def test_json_that_a_browser_cannot_tell_apart(stored: str, other: str) -> None:
    assert is_same_json(stored, other)


@pytest.mark.parametrize("odd", [nan, inf, -inf])
def test_a_number_that_json_has_not(odd: float) -> None:
    assert is_same(Video.duration_seconds, odd, None)
    assert is_same(Video.duration_seconds, odd, "")
    assert not is_same(Video.duration_seconds, odd, "0")
    with pytest.raises(Invalid, match="duration_seconds must be a number"):
        parse_value(Video.duration_seconds, str(odd))


def test_null_and_the_word_null() -> None:
    assert is_same(Video.description, "null", None)
    assert is_same(Video.description, "", None)
    assert not is_same(Video.description, None, "null")
    assert parse_value(Video.description, "null") == "null"
    assert is_same(ProcessingJob.result, None, None)
    assert is_same(ProcessingJob.result, "null", None)
    assert not is_same(ProcessingJob.result, None, "{}")


@pytest.mark.parametrize("sent", [{}, [], "x", True, 1])
def test_another_kind_of_value_is_another_value(sent: Any) -> None:
    assert not is_same(Video.upload_date, None, sent)
    assert not is_same(Video.title, "title", sent)
