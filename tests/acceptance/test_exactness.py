"""The API's description says beforehand what PostgreSQL will refuse."""

from typing import Any

import httpx
import pytest
from piccolo.columns import Varchar
from piccolo.constraints import Check
from piccolo.table import Table

from apps.shared.db.tables import constraint_messages
from apps.shared.http.constraints import describe_constraints
from piccolo_project.openapi.examples import ROWS
from tests.acceptance.openapi import operations

RULES: list[tuple[str, str, dict[str, Any]]] = [
    ("Moment", "score", {"minimum": 0, "maximum": 10}),
    ("Moment", "identifier", {"pattern": "^[0-9a-f]{16}$"}),
    ("Moment", "start_time", {"minimum": 0}),
    ("GenerationConfig", "temperature", {"minimum": 0, "maximum": 2}),
    ("Video", "youtube_video_id", {"pattern": "^[A-Za-z0-9_-]{11}$", "maxLength": 11}),
    ("Video", "upload_date", {"not": {"anyOf": [{"enum": ["0001-01-01", "9999-12-31"]}]}}),
    ("Video", "file_size_bytes", {"minimum": 0, "maximum": 2**63 - 1}),
    ("ProcessingJob", "progress", {"minimum": 0, "maximum": 1}),
]


@pytest.fixture
async def document(anonymous: httpx.AsyncClient) -> dict[str, Any]:
    read: dict[str, Any] = (await anonymous.get("/schema/openapi.json")).json()
    return read


@pytest.mark.parametrize("suffix", ["Create", "Update"])
@pytest.mark.parametrize(("table", "column", "rule"), RULES)
def test_a_check_is_told(
    document: dict[str, Any], table: str, column: str, rule: dict[str, Any], suffix: str
) -> None:
    schema = document["components"]["schemas"][f"{table}{suffix}"]["properties"][column]
    assert {name: schema[name] for name in rule} == rule


def test_what_spans_columns_is_told_in_words(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    said = constraint_messages()["thumbnails_video_id_check"]
    assert schemas["ThumbnailCreate"]["description"] == said
    assert schemas["VideoCreate"]["description"] == constraint_messages()["videos_cloud_url_check"]


def test_what_is_read_has_no_such_rules(document: dict[str, Any]) -> None:
    score = document["components"]["schemas"]["Moment"]["properties"]["score"]
    assert (score["minimum"], score["maximum"]) == (-(2**31), 2**31 - 1)


def test_checks_are_read() -> None:
    class Invented(Table):
        name = Varchar(length=3)
        low = Check("low > -1 AND low <= 2.5")
        named = Check("name !~* '^[a-c]$' AND name !~ 'x'")
        either = Check("low > 0 OR name ~ 'y'")

    rules, untold = describe_constraints(Invented)
    assert rules["low"] == {"exclusiveMinimum": -1, "maximum": 2.5}
    patterns = [{"type": "string", "pattern": "^[a-cA-C]$"}, {"type": "string", "pattern": "x"}]
    assert rules["name"] == {"maxLength": 3, "not": {"anyOf": patterns}}
    assert list(untold.values()) == ["low > 0 OR name ~ 'y'"]


def test_operations_are_named_and_exemplified(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    wanted = {"list_videos", "get_video", "create_video", "create_videos", "change_video"}
    assert wanted | {"delete_video", "list_video_moments", "get_moment_clip"} <= set(names)
    for name, row in ROWS.items():
        schema = document["components"]["schemas"][f"{name}Create"]
        assert set(schema.get("required", [])) <= row.keys() <= schema["properties"].keys()
    assert {tag["name"] for tag in document["tags"] if tag["description"]} == {
        tag for _, _, operation in operations(document) for tag in operation["tags"]
    }
