"""The values of every column of every table, written as a client is shown them and read again."""

import csv
import io
import json
from datetime import UTC
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect
from piccolo.columns import Column
from piccolo.conf.apps import Finder

from apps.catalog.tables import Video
from apps.shared.rows.codec import Codec, Kind, ValueRefused, column_codec
from apps.shared.rows.types import column_type, describe_type
from piccolo_project.admin.columns import ANY_JSON, column_path
from piccolo_project.admin.values import form_codec

COLUMNS = [each for table in Finder().get_table_classes() for each in table._meta.columns]
CODECS = {(column_codec(each), form_codec(each)): each for each in COLUMNS}
"""With the choices, and as a form has it → a column that has them."""
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(LETTERS),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(LETTERS), inner),
    max_leaves=4,
)


PLAIN: dict[type[inspect.Type], st.SearchStrategy[Any]] = {
    inspect.BoolType: st.booleans(),
    inspect.DateType: st.dates(),
    inspect.DateTimeType: st.datetimes(timezones=st.just(UTC)),
    inspect.UUIDType: st.uuids(),
}


def values_of(info: inspect.Type) -> st.SearchStrategy[Any]:
    found: st.SearchStrategy[Any] = ANY
    match info:
        case inspect.IntType():
            found = st.integers(info.ge, info.le)
        case inspect.FloatType():
            width: Any = 64 if info.le is None else 32
            found = st.floats(allow_nan=False, allow_infinity=False, width=width)
        case inspect.LiteralType():
            found = st.sampled_from(info.values)
        case inspect.StrType():
            found = st.text(LETTERS, min_size=1, max_size=min(info.max_length or 50, 50))
        case inspect.ListType():
            found = st.lists(values_of(info.item_type))
        case inspect.DictType():
            found = st.dictionaries(st.text(LETTERS), ANY, max_size=3)
        case _ if type(info) in PLAIN:
            found = PLAIN[type(info)]
    return found


def text_of(value: Any) -> str:
    """As it stands in a query string."""
    shown = msgspec.to_builtins(value)
    return shown if isinstance(shown, str) else json.dumps(shown)


@pytest.mark.parametrize("column", CODECS.values(), ids=column_path)
def test_what_is_shown_is_read_as_it_was(column: Column) -> None:
    codec, form = column_codec(column), form_codec(column)
    kind = Any if column_path(column) in ANY_JSON else codec.type

    @given(values_of(inspect.type_info(kind)))
    def holds(value: Any) -> None:
        shown = json.loads(msgspec.json.encode(value))
        if codec.kind == Kind.json:
            assert msgspec.json.decode(form.parse_form(json.dumps(shown))) == value
            return
        assert form.parse_form(shown) == value
        assert msgspec.convert(shown, column_type(column)) == value
        if codec.item is None:
            assert form.parse_form(text_of(value)) == value
            assert codec.parse_text(text_of(value)) == value
        elif value:
            row = io.StringIO()
            csv.writer(row, quoting=csv.QUOTE_ALL, lineterminator="").writerow(map(text_of, value))
            assert codec.item.parse_list(row.getvalue()) == value

    holds()


@pytest.mark.parametrize("column", CODECS.values(), ids=column_path)
@given(text=st.text(max_size=20))
def test_any_text_is_a_value_or_is_refused(column: Column, text: str) -> None:
    for parse in (column_codec(column).parse_text, form_codec(column).parse_form):
        try:
            parse(text)
        except ValueRefused as error:
            refused = error
        else:
            continue
        assert refused.about("x") == f"x {refused.reason}."
        assert str(refused)[1:] == f"{refused.reason}."[1:]


@pytest.mark.parametrize("sent", [{}, [], 5, True, 1.5, "x", "\0", "[" * 5000, {"a": "b"}])
def test_whatever_a_form_sends_is_a_value_or_is_refused(sent: Any) -> None:
    for column in COLUMNS:
        codec = form_codec(column)
        try:
            codec.parse_form(sent)
        except ValueRefused:
            assert codec.expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (int, "a whole number"),
        (str | None, "text"),
        (list[float], "a list, each item a number"),
        (column_type(Video.status), "one of discovered, queued, processing, completed, failed"),
        (column_type(Video.tags), "a list, each item text of up to 100 characters"),
        (column_type(Video.metadata), "a JSON object, such as {}"),
        (column_type(Video.processing_history), "a JSON list, such as []"),
        (Any, "JSON"),
    ],
)
def test_a_type_in_words(kind: Any, expected: str) -> None:
    assert describe_type(kind) == expected
    assert Codec(kind).refusal.about("it") == f"it must be {expected}."
