"""Completes the OpenAPI document with what the handlers' types do not say."""

from collections.abc import Container, Iterator
from http import HTTPStatus
from typing import Any, TypeAlias

from piccolo.conf.apps import Finder
from piccolo.table import Table

from apps.shared.db.tables import constraint_messages
from apps.shared.http.constraints import describe_constraints
from piccolo_project.openapi.examples import BODIES, ERRORS, make_problem_example
from piccolo_project.openapi.operation_ids import SINGULAR

Node: TypeAlias = dict[str, Any]

PROBLEM = "application/problem+json"
TAGS = {
    "Accounts": "Signing in and out, your password, sessions and API tokens.",
    "Health": "The state of the program and its services. Needs no token.",
    "Imports": "Importing folders of yt-dlp downloads on the server.",
    "Configuration": "Settings that can be changed while the program is running.",
    "Search": "Full-text search in transcripts, to the second.",
    "Messages": "Messages of conversations.",
    "Prompts": "Prompts for models. Identical texts are one prompt.",
    "Music": "Music for publications: a Spotify track or a file.",
    "Channel statistics": "A channel's figures at a point in time; unknown ones are null.",
    "Video statistics": "A video's figures at a point in time; unknown ones are null.",
    "Publications": "Videos and clips on platforms: scheduled, in progress or published.",
}
"""Descriptions that do not come from a table's docstring."""
HEADERS: dict[str, Node] = {
    "X-Request-ID": {
        "description": "The request's id in the log: the one sent in this header, or a new one.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
    },
    "ETag": {
        "description": "The row's version, for If-Match and If-None-Match.",
        "required": True,
        "schema": {"type": "string", "pattern": '^"[0-9a-f]{24}"$'},
    },
    "Idempotency-Replayed": {
        "description": "This is the response to an earlier request with the same key.",
        "required": False,
        "schema": {"type": "string", "const": "true"},
    },
    "Retry-After": {
        "description": "Seconds to wait before the next attempt.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "WWW-Authenticate": {
        "description": "How to sign in.",
        "required": True,
        "schema": {"type": "string", "const": "Bearer"},
    },
}
LATE_RULES = {"PasswordChange": {"new_password": {"minLength": 8, "maxLength": 128}}}
"""Rules that are checked after the types, for bodies that do not belong to a table."""
SENT_WITH = {"401": ["WWW-Authenticate"], "429": ["Retry-After"], "503": ["Retry-After"]}


def complete_document(document: Node) -> Node:
    components = document["components"]
    components["schemas"] = {
        # Client generators name classes after titles, and Litestar gives two schemas the same one.
        name: {
            **_simplify_choices(schema),
            "title": "".join(p[0].upper() + p[1:] for p in name.split("_")),
        }
        for name, schema in components["schemas"].items()
    }
    for name, parameter in components["parameters"].items():
        if name.endswith("Filters"):  # One class in a client for all lists of the table.
            query = name.replace("Filters", "Query")
            components["schemas"][query] = {**parameter["schema"], "title": query}
            parameter["schema"] = {"$ref": f"#/components/schemas/{query}"}
    tables = {table.__name__: table for table in Finder().get_table_classes()}
    for name, table in tables.items():
        for suffix in ("Create", "Update"):
            if f"{name}{suffix}" in components["schemas"]:
                _add_rules(components["schemas"][f"{name}{suffix}"], table)
    for name, rules in LATE_RULES.items():
        for field, rule in rules.items():
            _merge_rule(components["schemas"][name]["properties"][field], rule)
    components["headers"] = HEADERS
    components["examples"] = {
        f"Problem{status}": {"value": make_problem_example(status)} for status in ERRORS
    }
    for path, method, operation in _iterate_operations(document):
        _describe_parameters(path, operation)
        _complete_body(operation, components["schemas"])
        _add_errors(path, operation)
        _add_headers(path, method, operation, tables)
    for path, item in document["paths"].items():
        _add_links(path, item, document["paths"])
    document["tags"] = list(_make_tags(document, tables))
    return document


def _iterate_operations(document: Node) -> Iterator[tuple[str, str, Node]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def _simplify_choices(schema: Any) -> Any:
    """Merges a choice of one, or of one and null, into a schema: `{"type": ["string", "null"]}`."""
    if isinstance(schema, list):
        return [_simplify_choices(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {
        name: _simplify_choices(value)
        for name, value in schema.items()
        if value != [] or name == "enum"
    }
    choices = schema.get("oneOf", [])
    others = [each for each in choices if each != {"type": "null"}]
    if len(others) != 1 or isinstance(choices, dict):
        return schema
    del schema["oneOf"]
    (only,) = others
    if len(choices) == 1 or not only:
        return {**only, **schema}
    if not isinstance(only.get("type"), str):
        return {"anyOf": choices, **schema}
    nullable = {**only, "type": [only["type"], "null"], **schema}
    return {**nullable, "enum": [*only["enum"], None]} if "enum" in only else nullable


def _add_rules(schema: Node, table: type[Table]) -> None:
    """Adds the table's constraints, as prose if JSON Schema cannot express them."""
    properties = schema["properties"]
    rules, untold = describe_constraints(table)
    for name in rules.keys() & properties.keys():
        _merge_rule(properties[name], rules[name])
    hidden = {column._meta.name for column in table._meta.columns} - properties.keys()
    said = [
        constraint_messages()[check]
        for check, condition in untold.items()
        if not any(name in condition.split() for name in hidden)
    ]
    if said:
        schema["description"] = " ".join(said)


def _merge_rule(schema: Node, rule: Node) -> None:
    for keyword, value in rule.items():
        if keyword == "items":
            _merge_rule(schema["items"], value)
        else:
            schema[keyword] = value


def _describe_parameters(path: str, operation: Node) -> None:
    for parameter in operation.get("parameters", []):
        if parameter.get("in") == "path":
            parameter["description"] = _describe_path_parameter(path, parameter)
        elif "schema" in parameter:
            schema = _simplify_choices(parameter["schema"])
            if isinstance(schema.get("type"), list):  # A query string has no null.
                schema["type"] = schema["type"][0]
            parameter["schema"] = schema


def _describe_path_parameter(path: str, parameter: Node) -> str:
    if parameter["name"] == "name":
        return "The key of the setting."
    noun = SINGULAR.get(path.split("/")[2], "token").replace("_", " ")
    is_id = parameter["schema"].get("format") == "uuid"
    return f"The id{'' if is_id else ' or the identifier'} of the {noun}."


def _complete_body(operation: Node, schemas: Node) -> None:
    """Adds an example, and rejects unknown fields."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        name = content["schema"]["$ref"].rpartition("/")[2]
        schemas[name]["additionalProperties"] = False
        assert name in BODIES, (
            f"{name} has no example: give its table `example` and `example_change`."
        )
        content["example"] = BODIES[name]


def _add_errors(path: str, operation: Node) -> None:
    responses = operation["responses"]
    anywhere = [500, 503] if path.startswith("/api") else [500]
    for status in [*anywhere, *([413, 415] if "requestBody" in operation else [])]:
        schema = {"$ref": "#/components/schemas/Problem"}
        said = {"description": HTTPStatus(status).phrase, "content": {PROBLEM: {"schema": schema}}}
        responses.setdefault(str(status), said)
    for status, response in responses.items():
        if content := response.get("content", {}).get(PROBLEM):
            example = {"$ref": f"#/components/examples/Problem{status}"}
            content["examples"] = {"problem": example}


def _add_headers(path: str, method: str, operation: Node, tables: Container[str]) -> None:
    responses = operation["responses"]
    taken = {each.get("name") for each in operation.get("parameters", [])}
    if "If-None-Match" in taken:
        responses["304"] = {"description": "Not modified."}
    operation["responses"] = dict(sorted(responses.items()))
    for status, response in responses.items():
        sent = ["X-Request-ID", *SENT_WITH.get(status, ())]
        is_own = path.endswith("/{key}") or method == "post"
        if status == "304" or (is_own and _get_response_schema(response) in tables):
            sent.append("ETag")
        if status == "201" and "Idempotency-Key" in taken:
            sent.append("Idempotency-Replayed")
        response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in sent}


def _get_response_schema(response: Node) -> str:
    """The name of the response's schema."""
    for content in response.get("content", {}).values():
        return str(content["schema"].get("$ref", "")).rpartition("/")[2]
    return ""


def _add_links(path: str, item: Node, paths: Node) -> None:
    """Links from a created row to its operations, and from a page to the next."""
    if made := item.get("post", {}).get("responses", {}).get("201"):
        row = paths.get(f"{path}/{{key}}", {})
        made["links"] = {
            operation["operationId"]: {
                "operationId": operation["operationId"],
                "parameters": {"key": "$response.body#/id"},
            }
            for operation in row.values()
        }
    page = item.get("get", {}).get("responses", {}).get("200", {})
    if _get_response_schema(page).endswith("Page"):
        following = {"cursor": "$response.body#/next"}
        if "{key}" in path:
            following["key"] = "$request.path.key"
        page["links"] = {
            "next": {"operationId": item["get"]["operationId"], "parameters": following}
        }


def _make_tags(document: Node, tables: dict[str, type[Table]]) -> Iterator[Node]:
    told = {
        table._meta.tablename.capitalize().replace("_", " "): (table.__doc__ or "").split("\n")[0]
        for table in tables.values()
    }
    used = {tag for _, _, operation in _iterate_operations(document) for tag in operation["tags"]}
    for name in sorted(used):
        yield {"name": name, "description": TAGS.get(name) or told[name]}
