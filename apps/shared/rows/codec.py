"""A column's values, read from a query string or a form; every refusal has the same wording."""

import csv
import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from math import isfinite
from typing import Annotated, Any, get_origin

import msgspec
from msgspec import Meta, Raw
from piccolo.columns import JSON, JSONB, Array, Column, Text, Varchar

from apps.shared.rows.types import bounded_type, describe_type

MAX_ITEMS = 200
"""Of a list in a query string."""
MAX_DEPTH = 8
"""Of JSON in a query string."""

BLANK = (None, "")
"""What a form sends for null."""

LOST_PLUS = re.compile(r"(\S+T\S+) (\d\d:?\d\d)")
"""A plus that a client did not escape has become a space: 2026-01-01T00:00:00 00:00."""


class ValueRefused(ValueError):
    """`reason` goes on after the name of what was given: "must be a number"."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason[0].upper()}{reason[1:]}.")
        self.reason = reason

    def about(self, name: str) -> str:
        return f"{name} {self.reason}."


class Kind(StrEnum):
    """What can be asked of a value: see `filters`."""

    plain = "plain"
    text = "text"
    json = "json"
    array = "array"


@dataclass(frozen=True)
class Codec:
    """Reads the values of a column, of a computed field or of a parameter."""

    type: Any
    """As `msgspec.convert` takes it."""
    kind: Kind = Kind.plain
    item: "Codec | None" = None
    """Of an array."""

    @cached_property
    def expected(self) -> str:
        """What goes on after "must be"."""
        return describe_type(self.type)

    def parse_text(self, text: str) -> Any:
        """A value of a query string; of JSON, its text. Raises ValueRefused."""
        if self.kind == Kind.json:
            return parse_json_filter(text)
        try:
            return self._convert(text)
        except ValueRefused:
            if lost := LOST_PLUS.fullmatch(text):
                return self._convert("+".join(lost.groups()))
            raise

    def parse_list(self, text: str) -> list[Any]:
        """Values of a query string, with commas between them. Raises ValueRefused."""
        return [self.parse_text(each) for each in split_list(text)]

    def parse_form(self, sent: Any) -> Any:
        """What a form sends in its JSON: mostly text, null where it is empty.

        JSON comes back as the text it was sent in, for numbers and nesting that Python would not
        keep. Raises ValueRefused.
        """
        if sent in BLANK:
            return None
        if self.kind == Kind.json:
            return parse_json_form(sent, self)
        # Text is read as what it is of, a number only as a number: 0 is neither false nor 1970.
        value = self._convert(sent, is_form=True, strict=isinstance(sent, bool | int | float))
        is_odd = isinstance(value, float) and not isfinite(value)
        if is_odd or (isinstance(value, datetime.datetime) and sent[4:5] != "-"):
            raise self.refusal
        return value

    def _convert(self, sent: Any, *, is_form: bool = False, strict: bool = False) -> Any:
        try:
            value = msgspec.convert(sent, self.type, strict=strict)
            # PostgreSQL has its own sentence for a NUL in what is written.
            return value if isinstance(value, str) and is_form else to_storable(value)
        except (msgspec.ValidationError, OverflowError):
            raise self.refusal from None

    @property
    def refusal(self) -> ValueRefused:
        return ValueRefused(f"must be {self.expected}")


def column_codec(column: Column, *, with_choices: bool = True) -> Codec:
    """Without its choices a column takes any text: a constraint has its own sentence for them."""
    match column:
        case JSON() | JSONB():
            return Codec(bounded_type(column), Kind.json)
        case Array():
            return Codec(bounded_type(column), Kind.array, column_codec(column.base_column))
        case Varchar() if column._meta.choices and not with_choices:
            return Codec(Annotated[str, Meta(max_length=column.length)], Kind.text)
        case Text() | Varchar() if not column._meta.choices:
            return Codec(bounded_type(column), Kind.text)
    return Codec(bounded_type(column))


def to_storable(value: Any) -> Any:
    """Raises ValueRefused for a text, and OverflowError for a time, that PostgreSQL cannot hold."""
    match value:
        case str():
            return refuse_nul(value)
        case datetime.datetime():
            return value.astimezone(datetime.UTC)
    return value


def refuse_nul(text: str) -> str:
    """PostgreSQL has no text with it. Raises ValueRefused."""
    if "\0" in text:
        raise ValueRefused("cannot contain the NUL character (U+0000)")
    return text


def split_list(text: str) -> list[str]:
    """Separated by commas; a part with a comma in it stands in double quotes."""
    try:
        found = next(csv.reader([text]), [])
    except csv.Error:
        raise ValueRefused("needs double quotes around a value with a line break in it") from None
    if len(found) > MAX_ITEMS:
        raise ValueRefused(f"can have at most {MAX_ITEMS} values")
    return found


def parse_json_filter(text: str) -> str:
    """As PostgreSQL takes it. Raises ValueRefused."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise ValueRefused("must be JSON") from None
    depth, level = 0, [value]
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise ValueRefused(f"can be nested at most {MAX_DEPTH} deep")
        level = [part for each in level for part in json_parts(each)]
    return msgspec.json.encode(value).decode()


def json_parts(value: Any) -> Iterable[Any]:
    """What is one level deeper, keys among it. Raises ValueRefused."""
    match value:
        case str():
            refuse_nul(value)
        case dict():
            return (*value, *value.values())
        case list():
            return value
    return ()


def parse_json_form(sent: Any, codec: Codec) -> Raw:
    """Raises ValueRefused."""
    try:
        text = sent if isinstance(sent, str) else msgspec.json.encode(sent).decode()
        value = msgspec.json.decode(text)
    except (ValueError, TypeError) as error:
        raise ValueRefused(f"is not JSON: {error}") from None
    except RecursionError:
        raise ValueRefused("is nested too deeply") from None
    container = get_origin(codec.type)  # None where any JSON may be.
    if container is not None and value is not None and not isinstance(value, container):
        raise codec.refusal
    return Raw(text.encode())
