"""For whatever a file or a row may hold."""

import contextlib
import json
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.catalog.imports.info import BrokenFile, parse_info
from apps.catalog.imports.info_values import METADATA_KEYS, channel_values, video_values
from apps.catalog.imports.merging import digest_value, is_empty, merge_values
from tests.catalog.downloads import info

numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | st.text(max_size=8)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
plain = st.none() | numbers | st.text(max_size=5) | st.lists(st.text(max_size=3), max_size=3)
keyed = st.dictionaries(st.sampled_from(METADATA_KEYS), values, max_size=4)
rows = st.fixed_dictionaries(
    {},
    optional={
        "title": plain,
        "description": plain,
        "tags": plain,
        "duration_seconds": plain,
        "download_status": st.sampled_from(["pending", "complete", "failed"]),
        "metadata": keyed,
    },
)
History = list[tuple[str, dict[str, Any], bool]]
histories = st.lists(
    st.tuples(st.sampled_from(["import", "edit"]), rows, st.booleans()), max_size=6
)


def as_stored(row: dict[str, Any]) -> dict[str, Any]:
    """JSON as PostgreSQL gives it back: numbers in another notation."""
    return dict(json.loads(json.dumps(row), parse_float=in_full))


def in_full(number: str) -> Any:
    return json.loads(format(Decimal(number), "f"))


def replay(history: History) -> tuple[dict[str, Any], dict[str, str]]:
    row: dict[str, Any] = {}
    written: dict[str, str] = {}
    for kind, found, newer in history:
        if kind == "edit":
            row = {**row, **found}
        else:
            changes, written = merge_values(row, written, found, newer=newer)
            row = as_stored({**row, **changes})
    return row, written


def pairs(row: dict[str, Any]) -> dict[tuple[str, str], Any]:
    """Each column, and each key of the metadata, on its own."""
    inner = row.get("metadata") or {}
    outer = {("", name): value for name, value in row.items() if name != "metadata"}
    return {**outer, **{("metadata.", key): value for key, value in inner.items()}}


@given(histories, rows, st.booleans())
def test_the_same_file_again_changes_nothing(
    history: History, found: dict[str, Any], newer: bool
) -> None:
    row, written = replay(history)
    changes, written = merge_values(row, written, found, newer=newer)

    again, still = merge_values(as_stored({**row, **changes}), written, found, newer=newer)

    assert (again, still) == ({}, written)


@given(histories, rows, st.booleans())
def test_what_a_person_has_edited_is_never_changed(
    history: History, found: dict[str, Any], newer: bool
) -> None:
    row, written = replay(history)
    changes, _ = merge_values(row, written, found, newer=newer)

    before, after = pairs(row), pairs({**row, **changes})
    for (place, name), value in before.items():
        known = written.get(place + name)
        edited = known != digest_value(value) if known else not is_empty(name, value)
        if edited:
            assert digest_value(after[place, name]) == digest_value(value)


@given(histories, rows, st.booleans())
def test_no_worse_value_replaces_a_better_one(
    history: History, found: dict[str, Any], newer: bool
) -> None:
    row, written = replay(history)
    changes, _ = merge_values(row, written, found, newer=newer)

    after = pairs({**row, **changes})
    for (place, name), value in pairs(row).items():
        if not is_empty(name, value):
            assert not is_empty(name, after[place, name])
            assert newer or digest_value(after[place, name]) == digest_value(value)


@given(rows)
def test_an_empty_row_gets_everything_in_the_file(found: dict[str, Any]) -> None:
    changes, _ = merge_values({}, {}, found, newer=True)

    said = {key: value for key, value in pairs(found).items() if not is_empty(key[1], value)}
    assert pairs(changes) == said


@given(numbers)
def test_a_number_has_one_digest_in_every_notation(number: float) -> None:
    stored = in_full(repr(number))

    assert digest_value({"a": [number]}) == digest_value({"a": [stored]})


def read(data: bytes) -> None:
    """Raises nothing but BrokenFile; what it gives can be sent to a database."""
    with contextlib.suppress(BrokenFile):
        known = parse_info(data)
        columns = [video_values(known), channel_values(known) or {}]
        assert "\\u0000" not in msgspec.json.encode(columns).decode().replace("\\\\", "")
        assert 0 < len(columns[0]["identifier"]) <= 255
        assert columns[0]["duration_seconds"] is None or columns[0]["duration_seconds"] >= 0


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    read(data)


@given(st.dictionaries(st.sampled_from([*info(), "entries", "is_live", "uploader"]), values))
@settings(max_examples=200)
def test_any_values_are_read_or_refused(fields: dict[str, Any]) -> None:
    read(json.dumps({**info(), **fields}).encode(errors="surrogatepass"))


VALID = json.dumps(info()).encode()
places = st.integers(0, len(VALID))


@given(places, places, st.binary(max_size=6))
@settings(max_examples=300)
def test_any_damage_to_a_valid_file_is_read_or_refused(start: int, end: int, put: bytes) -> None:
    read(VALID[:start] + put + VALID[end:])


@given(places)
def test_a_truncated_file_is_refused(length: int) -> None:
    data = VALID[:length]
    if length == len(VALID):
        assert parse_info(data).id == "aaaaaaaaaaa"
        return
    try:
        parse_info(data)
    except BrokenFile:
        return
    raise AssertionError(f"{length} bytes of {len(VALID)} were taken for the whole.")
