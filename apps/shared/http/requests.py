"""What handlers read from a request: headers, the query string, bodies without coercion."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, TypeAlias
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from litestar.exceptions import ValidationException
from litestar.params import HeaderParameter

AppRequest: TypeAlias = Request[Any, Any, Any]
IfMatch = Annotated[
    str | None,
    HeaderParameter(name="If-Match", description="An ETag: write only if the row still has it."),
]
IfNoneMatch = Annotated[
    str | None,
    HeaderParameter(name="If-None-Match", description="An ETag: 304 if the row still has it."),
]

PARSES_QUERY = {"parses_query": True}
"""The `opt` of a route that parses its own query string."""


def query_params(request: AppRequest) -> list[tuple[str, str]]:
    """The query string, in its order: Litestar's own is shuffled, and slow when it is long."""
    query = request.scope["query_string"].decode(errors="replace")
    return parse_qsl(query, keep_blank_values=True)


async def reject_coercion(request: AppRequest, data: Any) -> Any:
    """Returns `data` if the body has the types that it declares.

    Litestar takes "5" for a number, "null" for null, and 0 for false and for 1970. Raises
    ValidationException.
    """
    faults = [
        {"message": text, "key": path}
        for path, text in find_coercions(data, msgspec.json.decode(await request.body()), "")
    ]
    if faults:
        raise ValidationException(faults[0]["message"], extra=faults)
    return data


def find_coercions(value: Any, sent: Any, path: str) -> Iterator[tuple[str, str]]:
    """Where `value` was made from something of another type: its path, and what is wrong."""
    expected: tuple[type, ...] = (str,)
    match value:
        case msgspec.Struct():
            for name, part in sent.items():
                place = f"{path}.{name}" if path else name
                yield from find_coercions(getattr(value, name), part, place)
            return
        case list():
            for number, (each, part) in enumerate(zip(value, sent, strict=True)):
                yield from find_coercions(each, part, f"{path}[{number}]")
            return
        case dict():
            return
        case None:
            if sent is not None:
                yield path, f"Expected `null`, got `{type(sent).__name__}`"
            return
        case bool():
            expected = (bool,)
        case int() | float():
            expected = (int, float)
        case datetime() if isinstance(sent, str) and sent[4:5] != "-":
            yield path, "Expected a time as 2026-01-31T12:00:00Z"
            return
    if type(sent) not in expected:
        kind = "number" if float in expected else expected[0].__name__
        yield path, f"Expected `{kind}`, got `{type(sent).__name__}`"
