"""What the API's description says that the handlers' types do not: each function adds a part."""

from collections.abc import Container, Iterator
from http import HTTPStatus
from typing import Any, TypeAlias

from piccolo.conf.apps import Finder
from piccolo.table import Table

from apps.shared.db.tables import constraint_messages
from apps.shared.http.constraints import describe_constraints
from piccolo_project.openapi.examples import BODIES, ERRORS, problem
from piccolo_project.openapi.operation_ids import ONE

Node: TypeAlias = dict[str, Any]

PROBLEM = "application/problem+json"
TAGS = {
    "Accounts": "Signing in and out, the own password, API tokens for programs.",
    "Health": "Whether the program runs, and what it needs; open to everybody.",
    "Imports": "Folders of downloads on this server, read into the library.",
    "Configuration": "Settings that can be changed while the program runs, layer by layer.",
    "Search": "Words that were said, found to the second.",
    "Messages": "What was said in a conversation, and by whom.",
    "Prompts": "What a model is asked for; the same texts are one prompt.",
    "Music": "A Spotify track or a file, for what is published.",
    "Channel statistics": "A channel's numbers at some moment; one that was not shown is null.",
    "Video statistics": "A video's numbers at some moment; one that was not shown is null.",
    "Publications": "A video or a clip on a platform: planned, on its way or there.",
}
"""Where no table's first line says it."""
HEADERS: dict[str, Node] = {
    "X-Request-ID": {
        "description": "Names the request in the log: what was sent under this name, or a new id.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
    },
    "ETag": {
        "description": "Of this state of the row, for If-Match and If-None-Match.",
        "required": True,
        "schema": {"type": "string", "pattern": '^"[0-9a-f]{24}"$'},
    },
    "Idempotency-Replayed": {
        "description": "Nothing was made now: it is the answer of the first time.",
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
LOOKED_AT_LATER = {"PasswordChange": {"new_password": {"minLength": 8, "maxLength": 128}}}
"""Of a body that is no table's: rules that are looked at after its types."""
SENT_WITH = {"401": ["WWW-Authenticate"], "429": ["Retry-After"], "503": ["Retry-After"]}


def describe(document: Node) -> Node:
    components = document["components"]
    components["schemas"] = {
        # Generators of clients call classes by their titles, of which Litestar gives two alike.
        name: {**_plain(schema), "title": "".join(p[0].upper() + p[1:] for p in name.split("_"))}
        for name, schema in components["schemas"].items()
    }
    for name, parameter in components["parameters"].items():
        if name.endswith("Filters"):  # One class in a client, whichever list it is for.
            query = name.replace("Filters", "Query")
            components["schemas"][query] = {**parameter["schema"], "title": query}
            parameter["schema"] = {"$ref": f"#/components/schemas/{query}"}
    tables = {table.__name__: table for table in Finder().get_table_classes()}
    for name, table in tables.items():
        for suffix in ("Create", "Update"):
            if f"{name}{suffix}" in components["schemas"]:
                _tell_rules(components["schemas"][f"{name}{suffix}"], table)
    for name, rules in LOOKED_AT_LATER.items():
        for field, rule in rules.items():
            _add(components["schemas"][name]["properties"][field], rule)
    components["headers"] = HEADERS
    components["examples"] = {f"Problem{status}": {"value": problem(status)} for status in ERRORS}
    for path, method, operation in _operations(document):
        _tell_parameters(path, operation)
        _tell_body(operation, components["schemas"])
        _tell_errors(path, operation)
        _tell_headers(path, method, operation, tables)
    for path, item in document["paths"].items():
        _tell_links(path, item, document["paths"])
    document["tags"] = list(_tags(document, tables))
    return document


def _operations(document: Node) -> Iterator[tuple[str, str, Node]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def _plain(schema: Any) -> Any:
    """A choice of one, or of something and null, as one schema: `{"type": ["string", "null"]}`."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {
        name: _plain(value) for name, value in schema.items() if value != [] or name == "enum"
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


def _tell_rules(schema: Node, table: type[Table]) -> None:
    """What PostgreSQL refuses of what a client may send; in words, where schemas have none."""
    properties = schema["properties"]
    rules, untold = describe_constraints(table)
    for name in rules.keys() & properties.keys():
        _add(properties[name], rules[name])
    hidden = {column._meta.name for column in table._meta.columns} - properties.keys()
    said = [
        constraint_messages()[check]
        for check, condition in untold.items()
        if not any(name in condition.split() for name in hidden)
    ]
    if said:
        schema["description"] = " ".join(said)


def _add(schema: Node, rule: Node) -> None:
    for keyword, value in rule.items():
        if keyword == "items":
            _add(schema["items"], value)
        else:
            schema[keyword] = value


def _tell_parameters(path: str, operation: Node) -> None:
    for parameter in operation.get("parameters", []):
        if parameter.get("in") == "path":
            parameter["description"] = _of_path(path, parameter)
        elif "schema" in parameter:
            schema = _plain(parameter["schema"])
            if isinstance(schema.get("type"), list):  # There is no null in an address.
                schema["type"] = schema["type"][0]
            parameter["schema"] = schema


def _of_path(path: str, parameter: Node) -> str:
    if parameter["name"] == "name":
        return "The key of the setting."
    noun = ONE.get(path.split("/")[2], "token").replace("_", " ")
    is_id = parameter["schema"].get("format") == "uuid"
    return f"The id{'' if is_id else ' or the identifier'} of the {noun}."


def _tell_body(operation: Node, schemas: Node) -> None:
    """An example, and that unknown fields are refused."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        name = content["schema"]["$ref"].rpartition("/")[2]
        schemas[name]["additionalProperties"] = False
        assert name in BODIES, (
            f"{name} has no example: give its table `example` and `example_change`."
        )
        content["example"] = BODIES[name]


def _tell_errors(path: str, operation: Node) -> None:
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


def _tell_headers(path: str, method: str, operation: Node, tables: Container[str]) -> None:
    responses = operation["responses"]
    taken = {each.get("name") for each in operation.get("parameters", [])}
    if "If-None-Match" in taken:
        responses["304"] = {"description": "The caller has this state of the row already."}
    operation["responses"] = dict(sorted(responses.items()))
    for status, response in responses.items():
        sent = ["X-Request-ID", *SENT_WITH.get(status, ())]
        is_own = path.endswith("/{key}") or method == "post"
        if status == "304" or (is_own and _answered(response) in tables):
            sent.append("ETag")
        if status == "201" and "Idempotency-Key" in taken:
            sent.append("Idempotency-Replayed")
        response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in sent}


def _answered(response: Node) -> str:
    """The name of the schema of what it answers."""
    for content in response.get("content", {}).values():
        return str(content["schema"].get("$ref", "")).rpartition("/")[2]
    return ""


def _tell_links(path: str, item: Node, paths: Node) -> None:
    """From a row that was made to the row, from a page to the next one."""
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
    if _answered(page).endswith("Page"):
        following = {"cursor": "$response.body#/next"}
        if "{key}" in path:
            following["key"] = "$request.path.key"
        page["links"] = {
            "next": {"operationId": item["get"]["operationId"], "parameters": following}
        }


def _tags(document: Node, tables: dict[str, type[Table]]) -> Iterator[Node]:
    told = {
        table._meta.tablename.capitalize().replace("_", " "): (table.__doc__ or "").split("\n")[0]
        for table in tables.values()
    }
    used = {tag for _, _, operation in _operations(document) for tag in operation["tags"]}
    for name in sorted(used):
        yield {"name": name, "description": TAGS.get(name) or told[name]}
