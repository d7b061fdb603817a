"""Conditions over a field, for REST and the admin alike."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from apps.shared.rows.codec import Codec, Kind, refuse_nul
from apps.shared.rows.fields import COMPARISONS, Field
from apps.shared.rows.statements import Arguments

PATTERNS = {"contains": "%{}%", "starts": "{}%", "ends": "%{}"}
WILDCARD = re.compile(r"[\\%_]")
TRIGRAM_LENGTH = 3
"""A shorter text has none."""

BOOLEAN = Codec(bool)


class Condition(NamedTuple):
    """`sql` has `{}` for each of the values."""

    sql: str
    values: tuple[Any, ...] = ()


def parse_operand(field: Field, operator: str, text: str) -> Any:
    """What a query string compares the field with. Raises ValueRefused."""
    codec = field.codec
    match operator:
        case "isnull":
            return BOOLEAN.parse_text(text)
        case "in":
            return codec.parse_list(text)
        case "contains" if codec.kind == Kind.text:
            return refuse_nul(text)
        case "contains" if codec.item:
            return codec.item.parse_list(text)
    return codec.parse_text(text)


def build_condition(field: Field, operator: str, value: Any) -> Condition:
    """`value` is the field's own; of `in` and an array's `contains` a list, of `isnull` a bool."""
    sql = field.sql
    match operator:
        case "isnull":
            return Condition(f"{sql} IS {'' if value else 'NOT '}NULL")
        case "in":
            return Condition(f"{sql} = ANY({{}})", (value,))
        case "any":  # An item of an array.
            return Condition(f"{{}} = ANY({sql})", (value,))
        case "contains" if field.codec.kind == Kind.json:
            return Condition(f"{sql} @> {{}}::jsonb", (value,))
        case "contains" if field.codec.kind == Kind.array:
            return Condition(f"{sql} @> {{}}", (value,))
        case "contains" | "starts" | "ends":
            return match_text(field, operator, value)
        case "" if field.index.beginning:
            beginning = f"{field.index.beginning} = {field.index.beginning_of}"
            return Condition(f"{beginning} AND {sql} = {{}}", (value, value))
    return Condition(f"{sql} {COMPARISONS[operator]} {{}}", (value,))


def match_text(field: Field, operator: str, text: str) -> Condition:
    """Whatever the case of its letters, each taken as it is."""
    pattern = PATTERNS[operator].format(WILDCARD.sub(r"\\\g<0>", text))
    condition = f"{field.sql} ILIKE {{}}"
    if field.index.trigrams and len(text) >= TRIGRAM_LENGTH:
        found = f"{field.index.trigrams} @> trigrams({{}})"
        return Condition(f"{found} AND {condition}", (text, pattern))
    return Condition(condition, (pattern,))


def place_conditions(conditions: Iterable[Condition], args: Arguments) -> list[str]:
    return [each.sql.format(*map(args.add, each.values)) for each in conditions]
