"""The lines of an export: a header, one object for each row, and an end with the counts.

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

LONGEST_LINE = 256 << 20
"""Bytes. PostgreSQL's JSONB ends there too."""

# A row is not decoded: a number or a nesting that Python would change or refuse stays as it is.
ROW = re.compile(
    rb'\s*\{\s*"table"\s*:\s*"([a-z0-9_]+)"\s*,\s*"row"\s*:\s*(\{.*\})\s*\}\s*', re.DOTALL
)
END = re.compile(rb'\s*\{\s*"end"')

PINNED = """
SET LOCAL timezone = 'UTC'; SET LOCAL extra_float_digits = 1; SET LOCAL statement_timeout = 0"""
"""How PostgreSQL must write values so that none loses anything, and takes as long as it takes."""


class TableContents(msgspec.Struct):
    name: str
    columns: list[str]
    rows: int


class Header(msgspec.Struct):
    """`migrations` are those of the database it came from, as (app, id)."""

    format: str
    version: int
    program: str
    made_at: datetime
    migrations: list[tuple[str, str]]
    tables: list[TableContents]


class End(msgspec.Struct):
    end: dict[str, int]


def refused(number: int, reason: str) -> Invalid:
    """`number` is the line's, from 1."""
    return Invalid(f"Line {number:,}: {escape_unprintable(reason)} Nothing was imported.")
