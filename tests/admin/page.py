"""What Piccolo Admin's page sends when a form is saved as it was opened.

It is JavaScript: numbers are doubles, a date is cut to seconds, JSON is parsed and written anew.
"""

import json
from decimal import Decimal
from math import isfinite
from typing import Any

import httpx


def said(answer: httpx.Response) -> str:
    """The sentence that is shown beside the form."""
    assert (answer.status_code, answer.json().keys()) == (422, {"custom_form_error"}), answer.text
    return str(answer.json()["custom_form_error"])


def sent_by_page(schema: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    return {name: sent(field, row.get(name)) for name, field in schema["properties"].items()}


def sent(field: dict[str, Any], value: Any) -> Any:
    """`field` is of the table's JSON schema, `value` what the row's JSON has for it."""
    if kind(field) == "array":
        return None if value is None else [as_number(each) for each in value]
    text = in_field(field, value)
    return None if text == "null" or (text == "" and field["extra"]["nullable"]) else text


def kind(field: dict[str, Any], key: str = "type") -> Any:
    found = [each[key] for each in (field, *field.get("anyOf", [])) if key in each]
    return found[0] if found else None


def in_field(field: dict[str, Any], value: Any) -> str:
    """A select has nothing for null but "null", other fields have nothing at all."""
    extra, form = field["extra"], kind(field, "format")
    if value is None:
        return "null" if extra["choices"] or kind(field) == "boolean" else ""
    if extra.get("widget") == "json":
        return as_json(value)
    if form == "date-time":
        return f"{value[:19]}.000Z"
    if extra.get("widget") == "text-area":
        return str(value).replace("\r\n", "\n").replace("\r", "\n")
    if isinstance(value, str):
        return value.replace("\r", "").replace("\n", "")
    return json.dumps(as_number(value))


def as_number(value: Any) -> Any:
    """A double, written without a fraction where it has none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    number = float(value)
    return int(Decimal(repr(number))) if number.is_integer() and abs(number) < 1e21 else number


def as_json(text: str) -> str:
    if text.startswith("[" * 1000):  # Python reads no more of it.
        return text.replace("[", "[\n  ")
    return json.dumps(
        in_javascript(json.loads(text, parse_int=float)), indent=2, ensure_ascii=False
    )


def in_javascript(value: Any) -> Any:
    """Keys that are whole numbers come first; what is more than a double is null."""
    if isinstance(value, dict):
        ordered = sorted(
            value, key=lambda key: (not key.isdecimal(), int(key) if key.isdecimal() else 0)
        )
        return {key: in_javascript(value[key]) for key in ordered}
    if isinstance(value, list):
        return [in_javascript(each) for each in value]
    if isinstance(value, float) and not isfinite(value):
        return None
    return as_number(value)
