"""The format of an export: a header, one line for each row, and a footer with the counts.

{"format":"reelbase-library","version":1,"program":"0.1.0","made_at":"…","migrations":[…],
 "tables":[{"name":"users","columns":["id","created_at",…],"rows":2},…]}
{"table":"users","row":{"id":"…","created_at":"…",…}}
{"end":{"users":2,…}}
"""

import re
from datetime import datetime

import msgspec

from apps.shared.errors import Invalid
from apps.shared.text import escape_unprintable

FORMAT = "reelbase-library"
VERSION = 1

MAX_LINE_BYTES = 256 << 20
"""Also the maximum size of a JSONB value."""

# Rows are not decoded, so that Python changes no number and refuses no nesting.
ROW = re.compile(
    rb'\s*\{\s*"table"\s*:\s*"([a-z0-9_]+)"\s*,\s*"row"\s*:\s*(\{.*\})\s*\}\s*', re.DOTALL
)
END = re.compile(rb'\s*\{\s*"end"')

SESSION_SETTINGS = """
SET LOCAL timezone = 'UTC'; SET LOCAL extra_float_digits = 1; SET LOCAL statement_timeout = 0"""
"""Makes PostgreSQL write values without loss, and without a time limit."""


class TableContents(msgspec.Struct):
    name: str
    columns: list[str]
    rows: int


class Header(msgspec.Struct):
    """`migrations` are those of the exporting database, as (app, id)."""

    format: str
    version: int
    program: str
    made_at: datetime
    migrations: list[tuple[str, str]]
    tables: list[TableContents]


class Footer(msgspec.Struct):
    end: dict[str, int]


def reject_line(number: int, reason: str) -> Invalid:
    """The error for the line with this number, counted from 1."""
    return Invalid(f"Line {number:,}: {escape_unprintable(reason)} Nothing was imported.")
