"""The API's own description, and the page that shows it."""

import re
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from piccolo.columns import Varchar
from piccolo.table import Table

from apps.catalog.tables import Channel, ImportRecord, Video
from apps.transcripts.tables import Chunk, Transcript
from tests.acceptance.openapi import faults, operations

TABLES: list[type[Table]] = [Channel, Video, Transcript, Chunk]


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


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
@pytest.mark.parametrize("suffix", ["", "Create", "Update"])
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
    assert shown > 5
    # What is read is always there; what is written, where there is no default.
    required = set(schema.get("required", []))
    if suffix == "":
        assert required == properties.keys()
    elif suffix == "Update":
        assert required == set()


def test_what_must_be_given_is_required(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert set(schemas["ChannelCreate"]["required"]) == {"name"}
    assert set(schemas["VideoCreate"]["required"]) == {"identifier", "title"}
    assert set(schemas["TranscriptCreate"]["required"]) == {"video_id", "source", "full_text"}
    assert set(schemas["ChunkCreate"]["required"]) == {"transcript_id", "chunk_text", "chunk_index"}
    assert ImportRecord.__name__ not in schemas


def test_errors_are_described_as_they_are_sent(document: dict[str, Any]) -> None:
    # Routes of one table; a write can be refused by the database, a row may not be there.
    wanted = {"get": {"404"}, "delete": {"404"}, "patch": {"404", "409", "422"}}
    for path in ("/api/videos/{key}", "/api/channels/{key}", "/api/transcripts/{key}"):
        for method, statuses in wanted.items():
            responses = document["paths"][path][method]["responses"]
            assert {"400", "401"} | statuses <= responses.keys()
            for status in statuses | {"400", "401"}:
                (media_type,) = responses[status]["content"]
                assert media_type == "application/problem+json"
                schema = responses[status]["content"][media_type]["schema"]
                assert schema["$ref"] == "#/components/schemas/Problem"


def test_computed_fields_are_read_only(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert "channel_name" in schemas["Video"]["properties"]
    assert "channel_name" not in schemas["VideoCreate"]["properties"]
    assert "full_text" in schemas["TranscriptCreate"]["properties"]
    assert "full_text" not in schemas["TranscriptUpdate"]["properties"]
    assert "full_text" not in schemas["TranscriptSummary"]["properties"]


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
