"""What a form sends, compared with what is stored and read as a column's value."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from piccolo.columns import (
    JSON,
    UUID,
    Array,
    BigInt,
    Boolean,
    Column,
    Date,
    DoublePrecision,
    ForeignKey,
    Integer,
    Real,
    Text,
    Timestamptz,
    Varchar,
)

from apps.shared.errors import Invalid
from apps.shared.http.schemas import python_type

EXPECTED: Mapping[type[Column], str] = {
    Boolean: "true or false",
    BigInt: f"a whole number from {-(2**63)} to {2**63 - 1}",
    Integer: f"a whole number from {-(2**31)} to {2**31 - 1}",
    Real: "a number",
    DoublePrecision: "a number",
    Date: "a day such as 2024-02-29",
    Timestamptz: "a time with its zone, such as 2024-02-29T12:30:00Z",
    UUID: "the id of a row",
    ForeignKey: "the id of a row",
    Text: "a text",
}
BLANK = (None, "")
LINE_ENDS = re.compile("\r\n?")
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s",:\[\]{}]+|[,:\[\]{}]', re.DOTALL)


def expected(column: Column) -> str:
    match column:
        case Array():
            return f"a list; each of its items is {expected(column.base_column)}"
        case Varchar():
            return f"a text of {column.length} characters at most"
    return EXPECTED[type(column)]


def parsed(column: Column, sent: Any) -> Any:
    """The value as Piccolo takes it. What is empty is null. Raises Invalid."""
    name = column._meta.name
    if sent in BLANK:
        return None
    if isinstance(column, JSON):
        return parsed_json(column, sent)
    # A wrong choice is told by the sentence of its constraint, which names the right ones.
    kind = python_type(column)
    if column._meta.choices and isinstance(column, Varchar):
        kind = Annotated[str, Meta(max_length=column.length)]
    try:
        value = msgspec.convert(sent, kind, strict=False)
    except msgspec.ValidationError:
        value = None
    if value is None or not is_storable(value):
        message = f"{name} is wrong: {expected(column)} is needed."
        raise Invalid(message, fields={name: message})
    return value


def is_storable(value: Any) -> bool:
    """Not what is no number, nor a time whose year in UTC is none from 1 to 9999."""
    try:
        value = value.astimezone(UTC) if isinstance(value, datetime) else value
    except OverflowError:
        return False
    return not isinstance(value, float) or isfinite(value)


def parsed_json(column: JSON, sent: Any) -> str:
    name = column._meta.name
    try:
        text = sent if isinstance(sent, str) else json.dumps(sent)
        value = msgspec.json.decode(text)
    except (ValueError, TypeError) as error:
        raise Invalid(f"{name} is not JSON: {error}.") from None
    except RecursionError:
        raise Invalid(f"{name} is nested too deeply.") from None
    kind = list if column.default == "[]" else dict
    # A setting is JSON of any kind.
    if name != "value" and value is not None and not isinstance(value, kind):
        form = "a list, such as []" if kind is list else "an object, such as {}"
        raise Invalid(f"{name} is wrong: JSON of {form}, is needed.")
    return text


def is_same(column: Column, stored: Any, sent: Any) -> bool:
    """Whether a browser that was shown `stored`, and changed nothing, would send `sent`.

    It cuts times to seconds, has doubles for all numbers and nothing for NaN, keeps no line end in
    a short text, writes JSON anew, and does not tell "", null and the text "null" apart.
    """
    if isinstance(column, JSON):
        text = sent if isinstance(sent, str) and sent else json.dumps(None if sent == "" else sent)
        return same_json("null" if stored is None else stored, text)
    if sent in BLANK:
        return is_blank(column, stored)
    if isinstance(stored, str):
        return isinstance(sent, str) and as_typed(column, stored) == as_typed(column, sent)
    try:
        if isinstance(stored, int | float) and not isinstance(stored, bool):
            return float(sent) == float(stored)
        if isinstance(stored, list):
            return same_json(msgspec.json.encode(stored).decode(), json.dumps(sent))
        value = parsed(column, sent)
    except (Invalid, ValueError, TypeError, OverflowError):
        return False
    if isinstance(stored, datetime):
        return value in (stored, stored.replace(microsecond=0))
    return bool(value == stored)


def is_blank(column: Column, stored: Any) -> bool:
    if isinstance(stored, str):
        return as_typed(column, stored) in {"", "null"}
    return stored is None or (isinstance(stored, float) and not isfinite(stored))


def as_typed(column: Column, text: str) -> str:
    lines = LINE_ENDS.sub("\n", text)
    return lines if isinstance(column, Text) else lines.replace("\n", "")


def same_json(stored: str, sent: str) -> bool:
    try:
        return normal(stored) == normal(sent)
    except ValueError:
        return False
    except RecursionError:
        return tokens(stored) == tokens(sent)


def normal(text: str) -> str:
    value = json.loads(text, parse_int=as_double, parse_float=as_double)
    return json.dumps(value, sort_keys=True)


def as_double(digits: str) -> float | None:
    """A browser writes null for a number that no double holds, and 0 for -0."""
    number = float(digits) + 0.0
    return number if isfinite(number) else None


def tokens(text: str) -> list[str]:
    """For what is nested too deeply to be read as a whole."""
    return [each if each in ",:[]{}" else normal(each) for each in TOKEN.findall(text)]
