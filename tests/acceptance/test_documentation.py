"""The OpenAPI document, and the page that shows it."""

import re
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from piccolo.columns import Varchar
from piccolo.conf.apps import Finder
from piccolo.table import Table

from apps.shared.http.controllers import TableController
from tests.acceptance.openapi import faults, operations, parameters_of, resolved

WITHOUT_REST = {
    *("User", "Session", "ImportRecord", "IdempotencyKey", "AuthenticatorSecret"),
    *("SystemConfiguration", "ChannelConfiguration", "Figure", "Finding"),
}
READ_ONLY = {"AuditEntry"}
TABLES: dict[str, type[Table]] = {
    table._meta.tablename: table
    for table in Finder().get_table_classes()
    if table.__name__ not in WITHOUT_REST | READ_ONLY
}
REQUIRED = {
    "Channel": "name",
    "Video": "identifier title",
    "Transcript": "video_id source full_text",
    "Chunk": "transcript_id chunk_text chunk_index",
    "Conversation": "",
    "Message": "conversation_id role content",
    "Template": "template_type template_name template_content",
    "Prompt": "user_prompt system_prompt",
    "GenerationConfig": "prompt_id model operation_type",
    "Moment": "video_id start_time end_time title",
    "Clip": "moment_id video_id cloud_url start_time end_time",
    "Thumbnail": "cloud_url",
    "PipelineHistory": "video_id pipeline_type",
    "TransformationPreset": "name",
    "Music": "",
    "Publication": "video_id channel_id platform",
    "ChannelStatistics": "channel_id",
    "VideoStatistics": "video_id",
    "ProcessingSession": "",
    "ProcessingJob": "job_type",
}
"""What must be given when a row is made."""

# The last part of a relation's path → the child's table, where they differ.
CHILDREN = {
    "children": "moments",
    "clip": "clips",
    "thumbnail": "thumbnails",
    "channels/statistics": "channel_statistics",
    "videos/statistics": "video_statistics",
}


@pytest.fixture
async def document(anonymous: httpx.AsyncClient) -> dict[str, Any]:
    answer = await anonymous.get("/schema/openapi.json")
    assert answer.status_code == 200
    assert "json" in answer.headers["content-type"]
    read: dict[str, Any] = answer.json()
    return read


def test_it_is_valid_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert faults(document) == []


def test_it_has_every_route(document: dict[str, Any], application: Litestar) -> None:
    served = {
        (re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path_format or route.path), method.lower())
        for route in application.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
        if handler.include_in_schema is not False and method != "OPTIONS"
    }
    served = {(path, method) for path, method in served if path.startswith(("/api", "/health"))}
    assert len(served) > 20
    assert {(path, method) for path, method, _ in operations(document)} == served


def test_each_operation_says_what_it_does_and_who_may(document: dict[str, Any]) -> None:
    assert document["security"] == [{"bearer": []}]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    open_to_all = {
        path
        for path, _, operation in operations(document)
        if operation.get("security") is not None and {} in operation["security"]
    }
    assert open_to_all == {"/api/auth/login", "/health", "/health/live", "/health/ready"}
    for _, _, operation in operations(document):
        assert operation["summary"]
        assert operation["tags"]


def nodes(schema: Any) -> list[dict[str, Any]]:
    """The schema and those inside it."""
    if not isinstance(schema, dict):
        return []
    inner = [each for name in ("oneOf", "anyOf", "allOf") for each in schema.get(name, [])]
    inner += [schema["items"]] if "items" in schema else []
    return [schema, *(node for each in inner for node in nodes(each))]


def facts(schema: dict[str, Any]) -> tuple[bool, set[Any], set[Any]]:
    """Whether it may be null, the values that it names, and its lengths."""
    every = nodes(schema)
    is_nullable = any("null" in (node.get("type") or []) for node in every)
    enum = {value for node in every for value in node.get("enum", []) if value is not None}
    return is_nullable, enum, {node["maxLength"] for node in every if "maxLength" in node}


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.__name__)
@pytest.mark.parametrize("suffix", ["", "Item", "Create", "Update"])
def test_columns_are_described(document: dict[str, Any], table: type[Table], suffix: str) -> None:
    schema = document["components"]["schemas"][f"{table.__name__}{suffix}"]
    properties = schema["properties"]
    shown = 0
    for column in table._meta.columns:
        name = column._meta.name
        if column._meta.secret:
            assert name not in properties
        if name not in properties:
            continue
        shown += 1
        is_nullable, enum, lengths = facts(properties[name])
        assert is_nullable == column._meta.null, name
        choices = column._meta.choices
        assert enum == ({choice.value for choice in choices} if choices else set()), name
        if isinstance(column, Varchar) and not choices:
            assert lengths == {column.length}, name
    computed = {"channel_name"} & properties.keys()
    assert shown == len(properties.keys() - computed) > 0
    # What is read is always there; what is written, where there is no default.
    required = set(schema.get("required", []))
    if suffix in {"", "Item"}:
        assert required == ({"id"} if suffix else properties.keys())
        assert shown == sum(not column._meta.secret for column in table._meta.columns)
    elif suffix == "Update":
        assert required == set()


def test_what_must_be_given_is_required(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert {table.__name__ for table in TABLES.values()} == REQUIRED.keys()
    for name, required in REQUIRED.items():
        assert set(schemas[f"{name}Create"].get("required", [])) == set(required.split()), name
    assert not WITHOUT_REST & schemas.keys()


def answered(operation: dict[str, Any], status: str = "200") -> str:
    """The name of the response's schema."""
    (content,) = operation["responses"][status]["content"].values()
    return str(content["schema"]["$ref"]).rpartition("/")[2]


@pytest.mark.parametrize("tablename", TABLES)
def test_each_answer_is_described(document: dict[str, Any], tablename: str) -> None:
    paths, schemas = document["paths"], document["components"]["schemas"]
    name = TABLES[tablename].__name__
    rows, row = paths[f"/api/{tablename}"], paths[f"/api/{tablename}/{{key}}"]
    assert answered(rows["get"]) == f"{name}Page"
    assert answered(rows["post"], "201") == answered(row["get"]) == answered(row["patch"]) == name
    for operation, status in [(rows["post"], "201"), (row["get"], "200"), (row["patch"], "200")]:
        assert "ETag" in operation["responses"][status]["headers"]
    assert "ETag" not in rows["get"]["responses"]["200"]["headers"]
    assert row["get"]["responses"]["304"].keys() == {"description", "headers"}
    page = schemas[f"{name}Page"]
    assert page["properties"]["items"]["items"] == {"$ref": f"#/components/schemas/{name}Item"}
    assert set(page["required"]) == {"items", "next"}
    assert page["properties"]["next"]["type"] == ["string", "null"]
    assert page["properties"]["total"]["type"] == "integer"


@pytest.mark.parametrize("tablename", TABLES)
def test_each_batch_is_described(document: dict[str, Any], tablename: str) -> None:
    schemas, name = document["components"]["schemas"], TABLES[tablename].__name__
    operation = document["paths"][f"/api/{tablename}/batch"]["post"]
    (content,) = operation["requestBody"]["content"].values()
    assert content["schema"] == {"$ref": f"#/components/schemas/{name}Batch"}
    assert answered(operation, "201") == f"{name}BatchResult"
    sent, made = schemas[f"{name}Batch"], schemas[f"{name}BatchResult"]
    assert set(sent["required"]) == set(made["required"]) == {"items"}
    items = sent["properties"]["items"]
    assert items["items"] == {"$ref": f"#/components/schemas/{name}Create"}
    assert (items["minItems"], items["maxItems"]) == (1, 1000)
    assert made["properties"]["items"]["items"] == {"$ref": f"#/components/schemas/{name}"}


PAGING = ["limit", "cursor", "offset", "count", "order", "fields", "filters"]


@pytest.mark.parametrize("tablename", TABLES)
def test_a_lists_parameters_are_those_that_are_taken(
    document: dict[str, Any], tablename: str
) -> None:
    every = TableController.__subclasses__()
    (known,) = [each.parser.fields for each in every if each.path == f"/api/{tablename}"]
    operation, name = document["paths"][f"/api/{tablename}"]["get"], TABLES[tablename].__name__
    references = [each["$ref"].rpartition("/")[2] for each in operation["parameters"]]
    own = [f"{name}Order", f"{name}Fields", f"{name}Filters"]
    assert references == ["Limit", "Cursor", "Offset", "Count", *own]
    parameters = {each["name"]: each for each in parameters_of(document, operation)}
    assert list(parameters) == PAGING
    assert all(each["in"] == "query" and not each["required"] for each in parameters.values())
    schemas = {each: resolved(document, parameters[each]["schema"]) for each in PAGING}
    assert (schemas["limit"]["minimum"], schemas["limit"]["maximum"]) == (1, 200)
    assert (schemas["offset"]["minimum"], schemas["offset"]["maximum"]) == (0, 10_000)
    sortable = [each for each in known if known[each].is_sortable]
    orders = [f"{sign}{each}" for each in sortable for sign in ("", "-")]
    assert schemas["order"]["items"]["enum"] == orders
    assert schemas["fields"]["items"]["enum"] == list(known)
    filters = schemas["filters"]
    names = [
        f"{each.name}__{way}".removesuffix("__")
        for each in known.values()
        for way in each.operators
    ]
    assert list(filters["properties"]) == names
    assert filters["additionalProperties"] is False
    for each in ("order", "fields", "filters"):
        style = (parameters[each]["style"], parameters[each]["explode"])
        assert style == ("form", each == "filters")
    # A filter has the enum and the length of its column, but is never null.
    for column in TABLES[tablename]._meta.columns:
        schema = filters["properties"].get(column._meta.name)
        if schema is None:
            continue
        is_nullable, enum, lengths = facts(schema)
        assert not is_nullable
        choices = column._meta.choices
        assert enum == ({choice.value for choice in choices} if choices else set())
        if isinstance(column, Varchar) and not choices:
            assert lengths == {column.length}


def test_each_relation_answers_as_its_child(document: dict[str, Any]) -> None:
    seen = 0
    for path, method, operation in operations(document):
        if not (found := re.fullmatch(r"/api/(\w+)/\{key\}/(\w+)", path)):
            continue
        owner, child = found.groups()
        if child in {"credentials", "configuration"}:  # No rows of a table.
            continue
        seen += 1
        table = CHILDREN.get(f"{owner}/{child}") or CHILDREN.get(child, child)
        name = TABLES[table].__name__
        is_one = child in {"clip", "thumbnail"}
        assert method == "get"
        assert answered(operation) == (name if is_one else f"{name}Page"), path
        parameters = {each["name"]: each["in"] for each in parameters_of(document, operation)}
        others = {"If-None-Match": "header"} if is_one else dict.fromkeys(PAGING, "query")
        assert parameters == {"key": "path", **others}, path
        if not is_one:
            own = document["paths"][f"/api/{table}"]["get"]["parameters"]
            assert operation["parameters"][1:] == own
        statuses = {"200", "400", "401", "403", "404", *(["304"] if is_one else [])}
        assert statuses <= operation["responses"].keys(), path
    assert seen == 23


def test_errors_are_described_as_they_are_sent(document: dict[str, Any]) -> None:
    # Routes of one table; a write can be refused by the database, a row may not be there.
    written = {"403", "404", "409", "412"}
    wanted = {
        ("get", ""): {"403"},
        ("post", ""): {"403", "409", "422"},
        ("post", "/batch"): {"403", "409", "422"},
        ("get", "/{key}"): {"403", "404"},
        ("delete", "/{key}"): written,
        ("patch", "/{key}"): written | {"422"},
    }
    for tablename in TABLES:
        for (method, rest), statuses in wanted.items():
            responses = document["paths"][f"/api/{tablename}{rest}"][method]["responses"]
            assert {"400", "401"} | statuses <= responses.keys()
            for status in statuses | {"400", "401"}:
                (media_type,) = responses[status]["content"]
                assert media_type == "application/problem+json"
                schema = responses[status]["content"][media_type]["schema"]
                assert schema["$ref"] == "#/components/schemas/Problem"


def test_what_is_made_once_says_when_it_was_made_before(document: dict[str, Any]) -> None:
    header = "Idempotency-Replayed"
    reference = {"$ref": f"#/components/headers/{header}"}
    described = document["components"]["headers"][header]
    assert described["required"] is False
    assert described["schema"] == {"type": "string", "const": "true"}
    told, once = set(), set()
    for path, method, operation in operations(document):
        names = {each["name"] for each in parameters_of(document, operation)}
        once |= {(path, method, "201")} if "Idempotency-Key" in names else set()
        for status, response in operation["responses"].items():
            if response["headers"].get(header) == reference:
                told.add((path, method, status))
    assert told == once
    rows = {(f"/api/{table}{rest}", "post", "201") for table in TABLES for rest in ("", "/batch")}
    assert once == rows


def test_no_component_is_named_after_a_module(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert {"Fault", "ImportFault"} <= schemas.keys()
    assert [name for name in schemas if not re.fullmatch("[A-Z][A-Za-z]+", name)] == []


def test_a_part_of_a_path_is_named_after_what_it_is_of(document: dict[str, Any]) -> None:
    told = {
        (path, each["name"]): each["description"]
        for path, _, operation in operations(document)
        for each in operation.get("parameters", [])
        if each.get("in") == "path"
    }
    settings, channel = "/api/configuration/{name}", "/api/channels/{key}/configuration/{name}"
    assert told[settings, "name"] == told[channel, "name"] == "The key of the setting."
    assert told[channel, "key"] == "The id of the channel."
    assert told["/api/videos/{key}", "key"] == "The id or the identifier of the video."
    assert told["/api/auth/tokens/{key}", "key"] == "The id of the token."


def test_computed_fields_are_read_only(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert "channel_name" in schemas["Video"]["properties"]
    assert "channel_name" not in schemas["VideoCreate"]["properties"]
    assert "full_text" in schemas["TranscriptCreate"]["properties"]
    assert "full_text" not in schemas["TranscriptUpdate"]["properties"]
    worked_out = {"Prompt": "prompt_hash", "GenerationConfig": "config_hash"}
    worked_out["Channel"] = "credentials_set_at"
    for name, column in worked_out.items():
        assert column in schemas[name]["properties"]
        assert column not in schemas[f"{name}Create"]["properties"]
        assert column not in schemas[f"{name}Update"]["properties"]


def test_a_settings_value_is_any_json(document: dict[str, Any]) -> None:
    for name in ("SettingRead", "SettingWrite", "LayerRead"):
        value = document["components"]["schemas"][name]["properties"]["value"]
        assert all(not {"type", "enum", "const", "$ref"} & node.keys() for node in nodes(value))


async def test_the_page_names_no_other_host(anonymous: httpx.AsyncClient) -> None:
    page = await anonymous.get("/schema")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert re.findall(r"https?://[^\s\"'<>]+", page.text) == []
    assert re.findall(r"(?:src|href)\s*=\s*[\"']//", page.text) == []


async def test_the_pages_files_are_served(anonymous: httpx.AsyncClient) -> None:
    page = (await anonymous.get("/schema")).text
    files = re.findall(r"(?:src|href)\s*=\s*[\"']([^\"'#][^\"']*)", page)
    types = {"js": "javascript", "css": "text/css", "png": "image/png"}
    assert {file.rpartition(".")[2] for file in files} == types.keys()
    for file in files:
        answer = await anonymous.get(file)
        assert answer.status_code == 200
        assert types[file.rpartition(".")[2]] in answer.headers["content-type"]
        assert len(answer.content) > 500
