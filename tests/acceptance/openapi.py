"""The rules of OpenAPI 3.1 that a document of ours can break. https://spec.openapis.org/oas/v3.1.0"""

import re
from collections.abc import Iterator
from typing import Any

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
OPERATION = {"tags", "summary", "description", "externalDocs", "operationId", "parameters"}
OPERATION |= {"requestBody", "responses", "callbacks", "deprecated", "security", "servers"}
ROOT = {"openapi", "info", "jsonSchemaDialect", "servers", "paths", "webhooks", "components"}
ROOT |= {"security", "tags", "externalDocs"}
TYPES = {"null", "boolean", "object", "array", "number", "string", "integer"}
SCHEMA = {"$ref", "type", "title", "description", "default", "examples", "enum", "const", "format"}
SCHEMA |= {"properties", "required", "additionalProperties", "items", "oneOf", "anyOf", "allOf"}
SCHEMA |= {"minimum", "maximum", "minLength", "maxLength", "pattern", "minItems", "maxItems"}
SCHEMA |= {"deprecated", "readOnly", "writeOnly", "discriminator", "uniqueItems", "not"}
SCHEMA |= {"exclusiveMinimum", "exclusiveMaximum", "maxProperties", "contentMediaType"}
PARAMETER = {"name", "in", "description", "required", "deprecated", "allowEmptyValue", "style"}
PARAMETER |= {"explode", "allowReserved", "schema", "example", "examples", "content"}


def faults(document: dict[str, Any]) -> list[str]:
    """Every broken rule, with the place where it is broken."""
    found = [f"unknown {name}" for name in document.keys() - ROOT]
    if not re.fullmatch(r"3\.1\.\d+", document["openapi"]):
        found.append("openapi is not 3.1")
    found += [f"info has no {name}" for name in ("title", "version") if not document["info"][name]]
    names = [operation.get("operationId") for _, _, operation in operations(document)]
    found += [f"operationId {name} twice" for name in set(names) if names.count(name) > 1]
    for path, method, operation in operations(document):
        found += [f"{method} {path}: {fault}" for fault in of_operation(document, path, operation)]
    for name, parameter in document["components"].get("parameters", {}).items():
        found += [f"{name}: {fault}" for fault in of_parameter(document, parameter)]
    for name, schema in document["components"]["schemas"].items():
        found += [f"{name}: {fault}" for fault in of_schema(document, schema)]
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in item.keys() & METHODS:
            yield path, method, item[method]


def resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """What it refers to, if it does; nothing where that leads nowhere."""
    if "$ref" not in node:
        return node
    found: Any = document
    for part in node["$ref"].removeprefix("#/").split("/"):
        found = found.get(part, {})
    return dict(found)


def parameters_of(document: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [resolved(document, each) for each in operation.get("parameters", [])]


def of_parameter(document: dict[str, Any], parameter: dict[str, Any]) -> Iterator[str]:
    if {"name", "in", "schema"} - parameter.keys():
        yield "a parameter leads nowhere, or lacks its name, place or schema"
        return
    yield from (f"unknown {name} of a parameter" for name in parameter.keys() - PARAMETER)
    if parameter["in"] == "path" and parameter.get("required") is not True:
        yield f"{parameter['name']} is not required"
    yield from of_schema(document, parameter["schema"])


def of_operation(document: dict[str, Any], path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield from (f"unknown {name}" for name in operation.keys() - OPERATION)
    parameters = parameters_of(document, operation)
    in_path = {each["name"] for each in parameters if each.get("in") == "path"}
    if len({(each.get("name"), each.get("in")) for each in parameters}) < len(parameters):
        yield "the same parameter twice"
    if in_path != set(re.findall(r"\{(\w+)\}", path)):
        yield f"parameters {in_path} are not those of the path"
    for parameter in parameters:
        yield from of_parameter(document, parameter)
    if not operation["responses"]:
        yield "no response"
    for status, response in operation["responses"].items():
        yield from of_response(document, status, response)
    bodies = [operation["requestBody"]] if "requestBody" in operation else []
    for body in [*bodies, *operation["responses"].values()]:
        for media_type, content in (body.get("content") or {}).items():
            if "/" not in media_type:
                yield f"{media_type} is no media type"
            yield from of_schema(document, content["schema"])
    for requirement in operation.get("security", []):
        schemes = document["components"].get("securitySchemes", {})
        yield from (f"unknown security {name}" for name in requirement.keys() - schemes.keys())


def of_response(document: dict[str, Any], status: str, response: dict[str, Any]) -> Iterator[str]:
    if not re.fullmatch(r"[1-5]\d\d|default", status) or not response.get("description"):
        yield f"{status} has no description"
    for header in response.get("headers", {}).values():
        if not resolved(document, header):
            yield f"{header} leads nowhere"


def of_schema(document: dict[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    yield from (f"unknown keyword {name}" for name in schema.keys() - SCHEMA)
    if not resolved(document, schema) and schema:
        yield f"{schema['$ref']} leads nowhere"
    types = schema.get("type", [])
    if not {types} <= TYPES if isinstance(types, str) else not set(types) <= TYPES:
        yield f"unknown type {types}"
    if (required := set(schema.get("required", []))) - schema.get("properties", {}).keys():
        yield f"required without a property: {required}"
    inner = [*schema.get("properties", {}).values()]
    inner += [each for name in ("oneOf", "anyOf", "allOf") for each in schema.get(name, [])]
    inner += [schema[name] for name in ("items", "additionalProperties", "not") if name in schema]
    for each in inner:
        if isinstance(each, dict):
            yield from of_schema(document, each)
