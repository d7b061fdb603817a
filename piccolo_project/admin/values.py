"""What a form sends back, compared with what is stored: a browser cannot tell some values apart."""

import json
import re
from datetime import datetime
from math import isfinite
from typing import Any

import msgspec
from piccolo.columns import JSON, Column, Text

from apps.shared.errors import Invalid
from apps.shared.rows.codec import BLANK, Codec, ValueRefused, column_codec
from piccolo_project.admin.columns import ANY_JSON, column_path

LINE_ENDS = re.compile("\r\n?")
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s",:\[\]{}]+|[,:\[\]{}]', re.DOTALL)


def form_codec(column: Column) -> Codec:
    """A wrong choice is told by the sentence of its constraint, which names the right ones."""
    codec = column_codec(column, with_choices=False)
    return Codec(Any, codec.kind) if column_path(column) in ANY_JSON else codec


def parse_value(column: Column, sent: Any) -> Any:
    """What is empty is null. Raises Invalid."""
    try:
        return form_codec(column).parse_form(sent)
    except ValueRefused as error:
        name = column._meta.name
        raise Invalid(error.about(name), fields={name: error.about(name)}) from None


def is_same(column: Column, stored: Any, sent: Any) -> bool:
    """Whether a browser that was shown `stored`, and changed nothing, would send `sent`.

    It cuts times to seconds, has doubles for all numbers and nothing for NaN, keeps no line end in
    a short text, writes JSON anew, and does not tell "", null and the text "null" apart.
    """
    if isinstance(column, JSON):
        text = sent if isinstance(sent, str) and sent else json.dumps(None if sent == "" else sent)
        return is_same_json("null" if stored is None else stored, text)
    if sent in BLANK:
        return is_shown_blank(column, stored)
    if isinstance(stored, str):
        return isinstance(sent, str) and field_text(column, stored) == field_text(column, sent)
    try:
        if isinstance(stored, int | float) and not isinstance(stored, bool):
            return not isinstance(sent, bool) and float(sent) == float(stored)
        if isinstance(stored, list):
            return is_same_json(msgspec.json.encode(stored).decode(), json.dumps(sent))
        value = form_codec(column).parse_form(sent)
    except (ValueError, TypeError, OverflowError):
        return False
    if isinstance(stored, datetime):
        return value in (stored, stored.replace(microsecond=0))
    return bool(value == stored)


def is_shown_blank(column: Column, stored: Any) -> bool:
    if isinstance(stored, str):
        return field_text(column, stored) in {"", "null"}
    return stored is None or (isinstance(stored, float) and not isfinite(stored))


def field_text(column: Column, text: str) -> str:
    """As a field of the form has it: only a large one has lines."""
    lines = LINE_ENDS.sub("\n", text)
    return lines if isinstance(column, Text) else lines.replace("\n", "")


def is_same_json(stored: str, sent: str) -> bool:
    try:
        return normalise_json(stored) == normalise_json(sent)
    except ValueError:
        return False
    except RecursionError:
        return split_json(stored) == split_json(sent)


def normalise_json(text: str) -> str:
    value = json.loads(text, parse_int=read_double, parse_float=read_double)
    return json.dumps(value, sort_keys=True)


def read_double(digits: str) -> float | None:
    """A browser writes null for a number that no double holds, and 0 for -0."""
    number = float(digits) + 0.0
    return number if isfinite(number) else None


def split_json(text: str) -> list[str]:
    """Its tokens, for what is nested too deeply to be read as one value."""
    return [each if each in ",:[]{}" else normalise_json(each) for each in TOKEN.findall(text)]
