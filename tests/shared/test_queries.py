"""The query string of a list, read by itself: it is a list query, or every fault has its name."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.catalog.controllers import VideoController
from apps.processing.controllers import ProcessingJobController
from apps.shared.errors import BadRequest
from apps.shared.http.lists.queries import MAX_CONDITIONS, ListParser
from apps.shared.rows.filters import Condition
from apps.shared.rows.queries import RowQuery
from apps.transcripts.controllers import ChunkController

KEY = "019aa5b2-7f3c-7d51-8e02-3c4d5e6f7a8b"
VIDEOS, JOBS, CHUNKS = VideoController, ProcessingJobController, ChunkController
NUL = "Cannot contain the NUL character (U+0000)."
TIME = "Must be a time from year 1 to 9999 with its zone, such as 2024-02-29T12:30:00Z."
STATUSES = "Must be one of discovered, queued, processing, completed, failed."
COMPARED = ["", "__in", "__gt", "__gte", "__lt", "__lte"]


def parse(*params: tuple[str, str], parser: ListParser = VIDEOS.parser) -> RowQuery:
    return parser.parse(params)


def faults(*params: tuple[str, str], parser: ListParser = VIDEOS.parser) -> dict[str, str]:
    with pytest.raises(BadRequest) as raised:
        parser.parse(params)
    said = raised.value
    assert said.message == "; ".join(f"{name}: {fault}" for name, fault in said.fields.items())
    return said.fields


def test_nothing_asked_is_the_first_fifty_by_id() -> None:
    assert parse() == RowQuery("videos")
    assert (parse().limit, parse().offset, parse().cursor, parse().fields) == (50, 0, None, None)


def test_everything_asked_at_once() -> None:
    query = parse(
        *[("limit", "7"), ("offset", "3"), ("count", "true"), ("order", "-upload_date,identifier")],
        *[("fields", "title,status,title"), ("title__contains", r"50%_\ ")],
        *[("channel_id__isnull", "false"), ("status__in", "queued,failed")],
    )
    assert (query.limit, query.offset, query.is_counted) == (7, 3, True)
    assert [(each.name, descends) for each, descends in query.order] == [
        ("upload_date", True),
        ("identifier", False),
    ]
    assert query.fields == ["title", "status", "title"]
    assert query.conditions == [
        Condition('t."title" ILIKE {}', (r"%50\%\_\\ %",)),
        Condition('t."channel_id" IS NOT NULL'),
        Condition('t."status" = ANY({})', (["queued", "failed"],)),
    ]


@pytest.mark.parametrize(
    ("controller", "name", "operators"),
    [
        (VIDEOS, "title", [*COMPARED, "__contains"]),
        (VIDEOS, "description", [*COMPARED, "__contains", "__isnull"]),
        (VIDEOS, "channel_name", [*COMPARED, "__contains", "__isnull"]),
        (VIDEOS, "status", COMPARED),
        (VIDEOS, "is_favorite", COMPARED),
        (VIDEOS, "upload_date", [*COMPARED, "__isnull"]),
        (VIDEOS, "tags", ["__contains"]),
        (VIDEOS, "metadata", ["__contains"]),
        (JOBS, "result", ["__contains", "__isnull"]),
    ],
)
def test_each_kind_of_column_has_its_operators(
    controller: Any, name: str, operators: list[str]
) -> None:
    for operator in ["__", "__like", "__isnull__isnull", *COMPARED, "__contains", "__isnull"]:
        if operator in operators:
            continue
        ways = ", ".join(f"{name}{each}" for each in operators)
        told = f"Unknown parameter. Use {ways}."
        assert faults((f"{name}{operator}", "x"), parser=controller.parser) == {
            f"{name}{operator}": told
        }
    assert controller.parser.fields[name].operators == tuple(
        each.removeprefix("__") for each in operators
    )


@pytest.mark.parametrize(
    ("controller", "name", "text", "value"),
    [
        (VIDEOS, "title", "Top 2020", "Top 2020"),
        (VIDEOS, "title", "2026-01-01T00:00:00 00:00", "2026-01-01T00:00:00 00:00"),
        (VIDEOS, "title", "", ""),
        (VIDEOS, "channel_name", "null", "null"),
        (VIDEOS, "status", "queued", "queued"),
        (VIDEOS, "is_favorite", "TRUE", True),
        (VIDEOS, "is_favorite", "0", False),
        (VIDEOS, "upload_date", "2024-02-29", date(2024, 2, 29)),
        (VIDEOS, "channel_id", KEY.upper(), UUID(KEY)),
        (VIDEOS, "file_size_bytes", str(2**63 - 1), 2**63 - 1),
        (VIDEOS, "duration_seconds", "1e300", 1e300),
        (VIDEOS, "duration_seconds", "Infinity", float("inf")),
        (JOBS, "priority", "-2147483648", -(2**31)),
        (JOBS, "progress", "0.25", 0.25),
        *[
            (VIDEOS, "created_at", text, datetime(2026, 1, 1, 12, 30, 0, 250000, UTC))
            for text in (
                "2026-01-01T12:30:00.25Z",
                "2026-01-01T12:30:00.25+00:00",
                "2026-01-01T12:30:00.25 00:00",
                "2026-01-01T14:30:00.25+02:00",
                "2026-01-01T14:30:00.25 02:00",
                "2026-01-01 12:30:00.25+00:00",
            )
        ],
    ],
)
def test_a_value_is_of_its_columns_type(controller: Any, name: str, text: str, value: Any) -> None:
    for operator, sign in {"": "=", "__gt": ">", "__gte": ">=", "__lt": "<", "__lte": "<="}.items():
        query = parse((name + operator, text), parser=controller.parser)
        ((sql, (found,)),) = query.conditions
        assert sql == f"{controller.parser.fields[name].sql} {sign} {{}}"
        assert found == value
        assert type(found) is type(value)


@pytest.mark.parametrize(
    ("controller", "name", "text", "told"),
    [
        (VIDEOS, "title", "a\0b", NUL),
        (VIDEOS, "title__in", "a,b\0", NUL),
        (VIDEOS, "title__contains", "\0", NUL),
        (VIDEOS, "tags__contains", "a\0", NUL),
        (VIDEOS, "metadata__contains", r'{"a": ["\u0000"]}', NUL),
        (VIDEOS, "metadata__contains", r'{"a\u0000": 1}', NUL),
        (VIDEOS, "metadata__contains", "{", "Must be JSON."),
        (VIDEOS, "metadata__contains", "", "Must be JSON."),
        (VIDEOS, "metadata__contains", "[" * 50_000, "Must be JSON."),
        (VIDEOS, "metadata__contains", "1e400", "Must be JSON."),
        (VIDEOS, "metadata__contains", "[" * 8 + "1" + "]" * 8, "Can be nested at most 8 deep."),
        (
            VIDEOS,
            "metadata__contains",
            '{"a":' * 8 + "1" + "}" * 8,
            "Can be nested at most 8 deep.",
        ),
        (
            *(VIDEOS, "title__in", "a\nb"),
            "Needs double quotes around a value with a line break in it.",
        ),
        (VIDEOS, "title__in", ",".join("a" * 201), "Can have at most 200 values."),
        (VIDEOS, "tags__contains", ",".join("a" * 201), "Can have at most 200 values."),
        (VIDEOS, "title__in", "x" * 140_000, None),
        (VIDEOS, "status", "asleep", STATUSES),
        (VIDEOS, "status__in", "queued,asleep", STATUSES),
        (VIDEOS, "is_favorite", "yes", "Must be true or false."),
        (VIDEOS, "is_favorite__in", "true,", "Must be true or false."),
        (VIDEOS, "upload_date", "2024-02-30", "Must be a date such as 2024-02-29."),
        (VIDEOS, "upload_date__isnull", "maybe", "Must be true or false."),
        (VIDEOS, "channel_id", "me", "Must be the id of a row."),
        (
            VIDEOS,
            "file_size_bytes",
            str(2**63),
            f"Must be a whole number from {-(2**63)} to {2**63 - 1}.",
        ),
        (
            VIDEOS,
            "file_size_bytes",
            "9" * 5000,
            f"Must be a whole number from {-(2**63)} to {2**63 - 1}.",
        ),
        (VIDEOS, "duration_seconds", "long", "Must be a number."),
        (VIDEOS, "identifier", "i" * 256, "Must be text of up to 255 characters."),
        (VIDEOS, "tags__contains", "t" * 101, "Must be text of up to 100 characters."),
        (VIDEOS, "created_at", "2026-01-01T12:00:00", TIME),
        (
            VIDEOS,
            "created_at",
            "0001-01-01T00:00:00+05:00",
            TIME,
        ),
        (
            VIDEOS,
            "created_at",
            "9999-12-31T23:00:00-05:00",
            TIME,
        ),
        (JOBS, "priority", str(2**31), "Must be a whole number from -2147483648 to 2147483647."),
        (JOBS, "progress", "1e39", "Must be a number from -3.4e+38 to 3.4e+38."),
        (CHUNKS, "word_starts__contains", "1,1e39", "Must be a number from -3.4e+38 to 3.4e+38."),
        (VIDEOS, "limit", "0", "Must be a whole number from 1 to 200."),
        (VIDEOS, "limit", "201", "Must be a whole number from 1 to 200."),
        (VIDEOS, "offset", "-1", "Must be a whole number from 0 to 10000."),
        (VIDEOS, "offset", "10001", "Must be a whole number from 0 to 10000."),
        (VIDEOS, "count", "all", "Must be true or false."),
        (VIDEOS, "order", "upload_date,-upload_date", "A field can be named only once."),
        (VIDEOS, "order", "--upload_date", None),
        (VIDEOS, "order", "", None),
        (VIDEOS, "fields", "", None),
        (VIDEOS, "fields", "title,credentials", None),
    ],
)
def test_a_wrong_value_is_told_under_its_name(
    controller: Any, name: str, text: str, told: str | None
) -> None:
    found = faults((name, text), parser=controller.parser)
    assert found.keys() == {name}
    assert found[name] == told if told else found[name]


def test_a_column_that_is_not_sorted_by_names_those_that_are() -> None:
    names = [name for name, each in VIDEOS.parser.fields.items() if each.is_sortable]
    assert {"id", "created_at", "upload_date", "identifier", "status"} <= set(names)
    assert not {"source_url", "tags", "metadata", "channel_id", "description"} & set(names)
    told = {"order": f"Lists cannot be sorted by description, only by {', '.join(names)}."}
    assert faults(("order", "-description")) == told
    fields = ", ".join(VIDEOS.parser.fields)
    told = {"order": f"There is no field 'nonsense'. The fields are {fields}."}
    assert faults(("order", "nonsense")) == told


def test_every_fault_is_told_at_once_in_the_order_of_the_query() -> None:
    told = faults(("nope", "1"), ("limit", "x"), ("title", "a"), ("title", "b"), ("fields", "zz"))
    assert list(told) == ["nope", "limit", "title", "fields"]
    assert told["nope"] == "Unknown parameter."
    assert told["title"] == "It can only be given once."
    assert faults(("cursor", KEY), ("offset", "1")) == {
        "offset": "It cannot be combined with cursor."
    }
    assert parse(("cursor", KEY), ("offset", "0")).cursor == KEY


def test_twenty_conditions_and_no_more() -> None:
    operators = ["", "__gt", "__gte", "__lt", "__lte", "__in", "__contains"]
    names = [f"{c}{o}" for c in ("title", "description", "cloud_url") for o in operators]
    assert len(names) == MAX_CONDITIONS + 1
    assert len(parse(*[(name, "x") for name in names[1:]]).conditions) == MAX_CONDITIONS
    assert faults(*[(name, "x") for name in names]) == {
        "filters": "There can be at most 20 of them."
    }


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", []),
        ('""', [""]),
        ("a,b", ["a", "b"]),
        ('"a,b","say ""hi""",c"d', ["a,b", 'say "hi"', 'c"d']),
        (" a, b ", [" a", " b "]),
        ('"two\nlines",x', ["two\nlines", "x"]),
        ("'a,b'", ["'a", "b'"]),
        (",".join("a" * 200), ["a"] * 200),
    ],
)
def test_values_are_separated_by_commas(text: str, values: list[str]) -> None:
    assert parse(("title__in", text)).conditions == [('t."title" = ANY({})', (values,))]
    assert parse(("tags__contains", text)).conditions == [('t."tags" @> {}', (values,))]


def test_json_is_nested_eight_deep_and_sent_as_it_is_stored() -> None:
    deep = '{"a":' * 7 + "1" + "}" * 7
    assert parse(("metadata__contains", deep)).conditions == [
        ('t."metadata" @> {}::jsonb', (deep,))
    ]
    spaced = parse(("metadata__contains", '{ "a" : 1e-400, "a": [null] }')).conditions
    assert spaced == [('t."metadata" @> {}::jsonb', ('{"a":[null]}',))]


PARSERS = {each.rows.tablename: each.parser for each in (VIDEOS, JOBS, CHUNKS)}
known = sorted({name for parser in PARSERS.values() for name in parser.fields})
operators = st.sampled_from(["", "__", "__in", "__gt", "__lte", "__contains", "__isnull", "__x"])
names = st.one_of(
    st.sampled_from(["limit", "offset", "cursor", "order", "fields", "count", "filters", "LIMIT"]),
    st.builds(str.__add__, st.sampled_from(known), operators),
    st.text(max_size=6),
)
texts = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["1", "0", "true", KEY, "-upload_date,status", "2026-01-01", "queued", "{}"]),
    st.sampled_from(
        ["1e999", "nan", "-" + "9" * 30, '"', "[" * 3000, "id,-id", "2026-01-01T00:00Z"]
    ),
    st.lists(st.sampled_from(known), min_size=1, max_size=3).map(",".join),
)


def outcome(parser: ListParser, params: list[tuple[str, str]]) -> RowQuery | BadRequest:
    try:
        return parser.parse(params)
    except BadRequest as refused:
        return refused


@given(table=st.sampled_from(sorted(PARSERS)), params=st.lists(st.tuples(names, texts), max_size=6))
def test_whatever_is_asked_is_a_query_or_a_fault_with_its_name(
    table: str, params: list[tuple[str, str]]
) -> None:
    given_names = [name for name, _ in params]
    query = outcome(PARSERS[table], params)
    if isinstance(query, BadRequest):
        assert query.fields
        assert query.fields.keys() <= set(given_names)
        assert all(f"{name}: {told}" in query.message for name, told in query.fields.items())
        return
    assert len(given_names) == len(set(given_names))
    assert query.table == table
    paging = {"limit", "offset", "cursor", "order", "fields", "count"}
    assert len(query.conditions) == len(set(given_names) - paging)
    assert 1 <= query.limit <= 200
    assert 0 <= query.offset <= 10_000
    for sql, values in query.conditions:
        assert sql.count("{}") == len(values)
