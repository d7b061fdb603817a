"""What the API's description says of a list's query string."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

import msgspec
from litestar.openapi.spec import OpenAPIType, Operation, Parameter, Reference, Schema

from apps.shared.http.lists.queries import MAX_CONDITIONS, MAX_OFFSET, MAX_PAGE, OPERATORS, Field

PARAMETERS: dict[str, Parameter | Reference] = {}
"""Component → parameter; each list refers to those of its table."""

PAGING = {
    "limit": (
        Schema(type=OpenAPIType.INTEGER, minimum=1, maximum=MAX_PAGE, default=50),
        f"Rows a page, up to {MAX_PAGE}.",
    ),
    "cursor": (
        Schema(type=OpenAPIType.STRING),
        "The `next` of the page before; none: the first page.",
    ),
    "offset": (
        Schema(type=OpenAPIType.INTEGER, minimum=0, maximum=MAX_OFFSET, default=0),
        "Rows to pass by, for small jumps; not together with a cursor.",
    ),
    "count": (
        Schema(type=OpenAPIType.BOOLEAN, default=False),
        "Whether to count all of the rows: `total`.",
    ),
}


RENAMED = {"maxLength": "max_length", "minLength": "min_length", "anyOf": "any_of"}


def describe_list(name: str, fields: Mapping[str, Field]) -> type[Operation]:
    """The operation of a list of these fields."""
    for each, (schema, text) in PAGING.items():
        PARAMETERS[each.capitalize()] = Parameter(each, "query", schema=schema, description=text)
    sortable = [each.name for each in fields.values() if each.is_sortable]
    choices = [f"{sign}{each}" for each in sortable for sign in ("", "-")]
    own = {
        f"{name}Order": Parameter(
            "order",
            "query",
            schema=_some_of(choices),
            style="form",
            explode=False,
            description="What to sort by, `-` for descending; nulls last. None: in its own order.",
        ),
        f"{name}Fields": Parameter(
            "fields",
            "query",
            schema=_some_of(list(fields)),
            style="form",
            explode=False,
            description="What to show of each row, besides its id.",
        ),
        f"{name}Filters": Parameter(
            "filters",
            "query",
            schema=Schema(
                type=OpenAPIType.OBJECT,
                properties={
                    f"{each.name}__{operator}" if operator else each.name: _schema(each, operator)
                    for each in fields.values()
                    for operator in each.operators
                },
                additional_properties=False,
                max_properties=MAX_CONDITIONS,
            ),
            style="form",
            explode=True,
            description="Each is a parameter of its own: `?title__contains=cat&limit=5`.",
        ),
    }
    PARAMETERS.update(own)
    names = [*(each.capitalize() for each in PAGING), *own]

    @dataclass
    class ListOperation(Operation):
        def __post_init__(self) -> None:
            references = [Reference(ref=f"#/components/parameters/{each}") for each in names]
            self.parameters = [*(self.parameters or []), *references]

    return ListOperation


def _some_of(names: list[str]) -> Schema:
    return Schema(
        type=OpenAPIType.ARRAY,
        items=Schema(type=OpenAPIType.STRING, enum=names),
        min_items=1,
        unique_items=True,
    )


def _schema(found: Field, operator: str) -> Schema:
    match operator:
        case "isnull":
            return Schema(type=OpenAPIType.BOOLEAN)
        case "in":
            return _list(found.type, "any of them")
        case "contains" if found.kind == "json":
            return Schema(
                type=OpenAPIType.STRING,
                content_media_type="application/json",
                description="JSON that the value must contain.",
                examples=['{"note": "kept"}'],
            )
        case "contains" if found.kind == "array":
            (item,) = get_args(found.type)
            return _list(item, "all of them")
        case "contains":
            return Schema(type=OpenAPIType.STRING, description="Whatever the case of its letters.")
    assert operator in {"", *OPERATORS}
    return Schema(**_said(msgspec.json.schema(found.type)))


ONE = {
    "boolean": "true|false",
    "integer": "-?[0-9]+",
    "uuid": "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
}
"""What a regular expression says of a value in a list."""
SHOWN = {
    "number": "0.5,12.25",
    "date": "2026-03-02,2026-03-09",
    "date-time": "2026-03-10T06:30:00Z,2026-03-11T06:30:00Z",
}
"""Where it says too little."""


def _list(kind: Any, meant: str) -> Schema:
    item = msgspec.json.schema(kind)
    name = str(item.get("format", item.get("type")))
    one = "|".join(item.get("enum", [])) or ONE.get(name, "")
    return Schema(
        type=OpenAPIType.STRING,
        pattern=f"^(({one})(,({one}))*)?$" if one else r"^[^\r\n]*$",
        description=f"Values, separated by commas: {meant}.",
        examples=[SHOWN[name]] if name in SHOWN else None,
    )


def _said(schema: Mapping[str, Any]) -> dict[str, Any]:
    """msgspec's JSON schema in Litestar's words."""
    said = {RENAMED.get(name, name): value for name, value in schema.items()}
    if "enum" in said:
        said["type"] = "string"
    if "type" in said:
        said["type"] = OpenAPIType(said["type"])
    if "any_of" in said:
        said["any_of"] = [Schema(**_said(each)) for each in said["any_of"]]
    return said
