"""What the API's description says of a list's query string."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec
from litestar.openapi.spec import OpenAPIType, Operation, Parameter, Reference, Schema

from apps.shared.http.lists.queries import MAX_CONDITIONS, MAX_OFFSET, MAX_PAGE
from apps.shared.rows.codec import Kind
from apps.shared.rows.fields import COMPARISONS, Field

PAGING = {
    "limit": (
        Schema(type=OpenAPIType.INTEGER, minimum=1, maximum=MAX_PAGE, default=50),
        f"Rows per page, at most {MAX_PAGE}.",
    ),
    "cursor": (
        Schema(type=OpenAPIType.STRING),
        "The `next` of the previous page; without it, the first page.",
    ),
    "offset": (
        Schema(type=OpenAPIType.INTEGER, minimum=0, maximum=MAX_OFFSET, default=0),
        "Rows to skip; not together with a cursor.",
    ),
    "count": (
        Schema(type=OpenAPIType.BOOLEAN, default=False),
        "Whether to count all of the rows: `total`.",
    ),
}


RENAMED = {"maxLength": "max_length", "minLength": "min_length", "anyOf": "any_of"}


@dataclass
class ListOperation(Operation):
    """Refers to its parameters, so that the description states each once."""

    name: ClassVar[str]
    fields: ClassVar[Mapping[str, Field]]

    def __post_init__(self) -> None:
        names = [each.capitalize() for each in PAGING]
        names += [f"{self.name}{each}" for each in ("Order", "Fields", "Filters")]
        references = [Reference(ref=f"#/components/parameters/{name}") for name in names]
        self.parameters = [*(self.parameters or []), *references]

    @classmethod
    def describe_components(cls) -> Mapping[str, Parameter]:
        """Component → parameter. Only who reads the description needs them, not each start."""
        return _describe_parameters(cls.name, cls.fields)


def describe_list(name: str, fields: Mapping[str, Field]) -> type[ListOperation]:
    """The operation of a list of these fields."""
    return type(f"List{name}", (ListOperation,), {"name": name, "fields": fields})


def _describe_parameters(name: str, fields: Mapping[str, Field]) -> dict[str, Parameter]:
    paging = {
        each.capitalize(): Parameter(each, "query", schema=schema, description=text)
        for each, (schema, text) in PAGING.items()
    }
    sortable = [each.name for each in fields.values() if each.is_sortable]
    choices = [f"{sign}{each}" for each in sortable for sign in ("", "-")]
    own = {
        f"{name}Order": Parameter(
            "order",
            "query",
            schema=_list_of(choices),
            style="form",
            explode=False,
            description="Sort by these, `-` for descending, nulls last; else the list's own order.",
        ),
        f"{name}Fields": Parameter(
            "fields",
            "query",
            schema=_list_of(list(fields)),
            style="form",
            explode=False,
            description="Fields to return. The id is always included.",
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
    return paging | own


def _list_of(names: list[str]) -> Schema:
    return Schema(
        type=OpenAPIType.ARRAY,
        items=Schema(type=OpenAPIType.STRING, enum=names),
        min_items=1,
        unique_items=True,
    )


def _schema(field: Field, operator: str) -> Schema:
    codec = field.codec
    match operator:
        case "isnull":
            return Schema(type=OpenAPIType.BOOLEAN)
        case "in":
            return _list(codec.type, "any of them")
        case "contains" if codec.kind == Kind.json:
            return Schema(
                type=OpenAPIType.STRING,
                content_media_type="application/json",
                description="JSON that the value must contain.",
                examples=['{"note": "kept"}'],
            )
        case "contains" if codec.item:
            return _list(codec.item.type, "all of them")
        case "contains":
            return Schema(type=OpenAPIType.STRING, description="Case-insensitive.")
    assert operator in COMPARISONS
    return Schema(**_to_openapi(msgspec.json.schema(codec.type)))


PATTERNS = {
    "boolean": "true|false",
    "integer": "-?[0-9]+",
    "uuid": "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
}
"""What a regular expression says of a value in a list."""
EXAMPLES = {
    "number": "0.5,12.25",
    "date": "2026-03-02,2026-03-09",
    "date-time": "2026-03-10T06:30:00Z,2026-03-11T06:30:00Z",
}
"""Where it says too little."""


def _list(kind: Any, meant: str) -> Schema:
    item = msgspec.json.schema(kind)
    name = str(item.get("format", item.get("type")))
    one = "|".join(item.get("enum", [])) or PATTERNS.get(name, "")
    return Schema(
        type=OpenAPIType.STRING,
        pattern=f"^(({one})(,({one}))*)?$" if one else r"^[^\r\n]*$",
        description=f"Values, separated by commas: {meant}.",
        examples=[EXAMPLES[name]] if name in EXAMPLES else None,
    )


def _to_openapi(schema: Mapping[str, Any]) -> dict[str, Any]:
    """msgspec's JSON schema in Litestar's words."""
    found = {RENAMED.get(name, name): value for name, value in schema.items()}
    if "enum" in found:
        found["type"] = "string"
    if "type" in found:
        found["type"] = OpenAPIType(found["type"])
    if "any_of" in found:
        found["any_of"] = [Schema(**_to_openapi(each)) for each in found["any_of"]]
    return found
