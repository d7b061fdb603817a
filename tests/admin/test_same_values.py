"""REST and the admin's forms take and refuse the same values, but for what is listed here."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests import factories as make
from tests.database import execute, fetch

KEY = "019aa5b2-7f3c-7d51-8e02-3c4d5e6f7a8b"
VALUES: list[Any] = [
    *[None, True, False, 0, 1, -1, 0.25, 2**31, 2**63, 1e39, 1e300],
    *["", "text", "null", "x" * 101, "x" * 300, "nul\0", KEY, "queued", "true", "0.25", "nan"],
    *["2024-02-29", "2023-02-29", "2024-02-29T12:30:00Z", "2024-02-29T12:30:00"],
    *["9999-12-31T23:30:00-05:00", "{}", "[]", "{"],
    *[[], ["a"], ["x" * 101], [0.5], [1e39], [None], {}, {"a": [None, 1.5, "ü"]}],
]
KINDS: dict[str, tuple[str, str, Callable[[], Awaitable[Any]]]] = {
    "text": ("videos", "description", make.make_video),
    "short text": ("videos", "resolution", make.make_video),
    "a choice": ("videos", "status", make.make_video),
    "true or false": ("videos", "is_favorite", make.make_video),
    "a date": ("videos", "upload_date", make.make_video),
    "a time": ("moments", "scored_at", make.make_moment),
    "a reference": ("videos", "channel_id", make.make_video),
    "a whole number": ("processing_jobs", "priority", make.make_processing_job),
    "a large number": ("videos", "file_size_bytes", make.make_video),
    "a number": ("videos", "duration_seconds", make.make_video),
    "a small number": ("processing_jobs", "progress", make.make_processing_job),
    "a list of texts": ("videos", "tags", make.make_video),
    "a JSON object": ("videos", "metadata", make.make_video),
    "a JSON list": ("templates", "variables", make.make_template),
}


TEXTS = {
    "true or false": ["true"],
    "a number": ["0.25"],
    "a small number": ["0.25"],
    "a JSON object": ["{}", "null"],
    "a JSON list": ["[]", "null"],
}
"""A form has a text in each field, and JSON is typed as text; over REST each is of its own kind."""

NULLABLE = {"text", "short text", "a date", "a time", "a reference", "a large number", "a number"}
NULLABLE.add("a small number")


def is_taken_by_the_form_alone(kind: str, value: Any) -> bool:
    """An empty field is null. Whatever REST takes, the form takes as well."""
    return value in TEXTS.get(kind, []) or (value == "" and kind in NULLABLE)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_value_is_taken_by_both_or_by_none(
    admin: httpx.AsyncClient, client: httpx.AsyncClient, kind: str
) -> None:
    table, column, make_row = KINDS[kind]
    rows = [(await make_row()).id for _ in range(2)]
    select = f"SELECT {column}::text FROM {table} ORDER BY id"
    before = await fetch(select)
    reset = f"UPDATE {table} SET {column} = $1::text::{await type_of(table, column)}"
    found = {}
    for value in VALUES:
        over_rest = await client.patch(f"/api/{table}/{rows[0]}", json={column: value})
        in_form = await admin.patch(f"api/tables/{table}/{rows[1]}/", json={column: value})
        assert {over_rest.status_code, in_form.status_code} <= {200, 400, 422}, value
        found[json.dumps(value)] = (over_rest.is_success, in_form.is_success)
        if over_rest.is_success and in_form.is_success:
            first, second = await fetch(select)
            assert first == second, value
        await execute(reset, before[0][column])
    assert {value for value, (by_rest, by_form) in found.items() if by_rest != by_form} == {
        json.dumps(value) for value in VALUES if is_taken_by_the_form_alone(kind, value)
    }
    assert all(by_form >= by_rest for by_rest, by_form in found.values())


async def type_of(table: str, column: str) -> str:
    rows = await fetch(
        "SELECT format_type(atttypid, NULL) AS name FROM pg_attribute WHERE attrelid = $1::regclass"
        " AND attname = $2",
        table,
        column,
    )
    return str(rows[0]["name"])


FILTERS = {
    "upload_date": ["2024-02-29", "2023-02-29", "x", "null", "2024-02-29T12:30:00Z"],
    "created_at": [
        *["2024-02-29T12:30:00Z", "2024-02-29 12:30:00+02:00", "2024-02-29T12:30:00 02:00"],
        *["2024-02-29", "0001-01-01T00:00:00+05:00", "x"],
    ],
    "channel_id": [KEY, KEY.upper(), "me", "1"],
    "is_favorite": ["true", "FALSE", "1", "yes", "2"],
    "file_size_bytes": ["1", "-1", "1.5", str(2**63), "9" * 5000, "x"],
    "duration_seconds": ["1", "0.25", "1e300", "-1e999", "x", "1,5", "nan", "Infinity"],
    "title": ["x", "100%", "a\\", "null", "nul\0"],
    "status": ["queued", "asleep"],
}
DIFFERENT = {
    # Rows may have such numbers, and a client may look for them; nobody can type them in a form.
    ("duration_seconds", "nan"): (200, 400),
    ("duration_seconds", "Infinity"): (200, 400),
    # A client that did not escape its plus. The page always does.
    ("created_at", "2024-02-29T12:30:00 02:00"): (200, 400),
    # A choice is looked for as a text, of which there are no rows.
    ("status", "asleep"): (400, 200),
}
"""The statuses of REST and of the admin."""


@pytest.mark.parametrize("column", FILTERS)
async def test_a_filter_is_taken_by_both_or_by_none(
    admin: httpx.AsyncClient, client: httpx.AsyncClient, column: str
) -> None:
    for text in FILTERS[column]:
        over_rest = await client.get("/api/videos", params={column: text})
        asked = {column: text, f"{column}__match": "exact"}
        listed = await admin.get("api/tables/videos/", params=asked)
        statuses = (over_rest.status_code, listed.status_code)
        same = (over_rest.status_code,) * 2
        assert statuses == DIFFERENT.get((column, text), same), (text, listed.text)
        if statuses == (400, 400):
            reason = over_rest.json()["errors"][0]["message"]
            assert listed.text == f"{column} {reason[0].lower()}{reason[1:]}"
