"""What PostgreSQL refuses in a column, in the words of JSON Schema.

The wire takes such values, so that a client is told each constraint's own sentence; the API's
description says beforehand what they are.
"""

import re
from collections.abc import Iterator
from typing import Any

from piccolo.columns import Array, Column, DoublePrecision, Real, Varchar
from piccolo.constraints import Check
from piccolo.table import Table

from apps.shared.rows.types import MAX_REAL

UNSPEAKABLE = re.compile(r"^\w+ [<>] '-?Infinity'$|^\w+ IN \(")
"""JSON has no infinity; what is one of several is in the types already."""
BOUND = re.compile(r"^(\w+) ([<>]=?) (-?\d+(?:\.\d+)?)$")
BOUNDS = {
    ">=": "minimum",
    "<=": "maximum",
    ">": "exclusiveMinimum",
    "<": "exclusiveMaximum",
}
MATCH = re.compile(r"^(\w+) (!?)~(\*?) '([^']*)'$")
FINITE = re.compile(r"^isfinite\((\w+)\)$")
ENDLESS = ["0001-01-01", "9999-12-31"]
"""The days that asyncpg takes for PostgreSQL's infinity."""


def rules_of(table: type[Table]) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Column → keywords; and the checks that say more than that, as those over several columns do.

    Of such a check: its name → its condition.
    """
    rules: dict[str, dict[str, Any]] = {}
    for column in table._meta.columns:
        if held := _held(column):
            rules[column._meta.name] = held
    untold = {}
    for check in table._meta.constraints:
        if isinstance(check, Check):
            found = list(_conditions(str(check.condition)))
            if not all(found):
                untold[str(check._meta.name)] = str(check.condition)
            for name, keyword, value in filter(None, found):
                rule = rules.setdefault(name, {})
                rule[keyword] = rule.get(keyword, []) + value if keyword == "not" else value
    for rule in rules.values():
        if "not" in rule:
            rule["not"] = {"anyOf": rule["not"]}
    return rules, untold


def _held(column: Column) -> dict[str, Any]:
    """What the type of a column holds that its JSON type does not say."""
    match column:
        case Array():
            return {"items": _held(column.base_column)}
        case Varchar() if not column._meta.choices:
            return {"maxLength": column.length}
        case Real() if not isinstance(column, DoublePrecision):
            return {"minimum": -MAX_REAL, "maximum": MAX_REAL}
    return {}


def _conditions(check: str) -> Iterator[tuple[str, str, Any] | None]:
    """Column, keyword and value of each condition; None for what JSON Schema cannot say."""
    for condition in [check] if " OR " in check else check.split(" AND "):
        if UNSPEAKABLE.match(condition):
            continue
        if bound := BOUND.match(condition):
            name, sign, number = bound.groups()
            yield name, BOUNDS[sign], float(number) if "." in number else int(number)
        elif match := MATCH.match(condition):
            name, is_not, any_case, pattern = match.groups()
            pattern = re.sub(r"([a-z])-([a-z])", _both_cases, pattern) if any_case else pattern
            if is_not:
                yield name, "not", [{"type": "string", "pattern": pattern}]
            else:
                yield name, "pattern", pattern
        elif finite := FINITE.match(condition):
            yield finite[1], "not", [{"enum": ENDLESS}]
        else:
            yield None


def _both_cases(letters: re.Match[str]) -> str:
    return f"{letters[0]}{letters[0].upper()}"
