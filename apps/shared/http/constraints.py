"""What a table's constraints refuse, as JSON Schema.

The wire types accept such values, so that a client gets each constraint's own message; the API's
description states the rules beforehand.
"""

import re
from collections.abc import Iterator
from typing import Any

from piccolo.columns import Array, Column, DoublePrecision, Real, Varchar
from piccolo.constraints import Check
from piccolo.table import Table

from apps.shared.rows.types import MAX_REAL

SKIPPED = re.compile(r"^\w+ [<>] '-?Infinity'$|^\w+ IN \(")
"""JSON has no infinity, and the types already list a column's choices."""
BOUND = re.compile(r"^(\w+) ([<>]=?) (-?\d+(?:\.\d+)?)$")
BOUNDS = {
    ">=": "minimum",
    "<=": "maximum",
    ">": "exclusiveMinimum",
    "<": "exclusiveMaximum",
}
MATCH = re.compile(r"^(\w+) (!?)~(\*?) '([^']*)'$")
FINITE = re.compile(r"^isfinite\((\w+)\)$")
INFINITE_DATES = ["0001-01-01", "9999-12-31"]
"""The days that asyncpg uses for PostgreSQL's infinity."""


def describe_constraints(table: type[Table]) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Column → keywords, and name → condition of the checks that JSON Schema cannot express.

    A check over several columns is such a one.
    """
    rules: dict[str, dict[str, Any]] = {}
    for column in table._meta.columns:
        if keywords := _describe_type(column):
            rules[column._meta.name] = keywords
    inexpressible = {}
    for check in table._meta.constraints:
        if isinstance(check, Check):
            found = list(_parse_conditions(str(check.condition)))
            if not all(found):
                inexpressible[str(check._meta.name)] = str(check.condition)
            for name, keyword, value in filter(None, found):
                rule = rules.setdefault(name, {})
                rule[keyword] = rule.get(keyword, []) + value if keyword == "not" else value
    for rule in rules.values():
        if "not" in rule:
            rule["not"] = {"anyOf": rule["not"]}
    return rules, inexpressible


def _describe_type(column: Column) -> dict[str, Any]:
    """The limits of a column's type beyond its JSON type."""
    match column:
        case Array():
            return {"items": _describe_type(column.base_column)}
        case Varchar() if not column._meta.choices:
            return {"maxLength": column.length}
        case Real() if not isinstance(column, DoublePrecision):
            return {"minimum": -MAX_REAL, "maximum": MAX_REAL}
    return {}


def _parse_conditions(check: str) -> Iterator[tuple[str, str, Any] | None]:
    """Column, keyword and value of each condition; None for what JSON Schema cannot express."""
    for condition in [check] if " OR " in check else check.split(" AND "):
        if SKIPPED.match(condition):
            continue
        if bound := BOUND.match(condition):
            name, sign, number = bound.groups()
            yield name, BOUNDS[sign], float(number) if "." in number else int(number)
        elif match := MATCH.match(condition):
            name, is_not, any_case, pattern = match.groups()
            pattern = (
                re.sub(r"([a-z])-([a-z])", _match_both_cases, pattern) if any_case else pattern
            )
            if is_not:
                yield name, "not", [{"type": "string", "pattern": pattern}]
            else:
                yield name, "pattern", pattern
        elif finite := FINITE.match(condition):
            yield finite[1], "not", [{"enum": INFINITE_DATES}]
        else:
            yield None


def _match_both_cases(letters: re.Match[str]) -> str:
    return f"{letters[0]}{letters[0].upper()}"
