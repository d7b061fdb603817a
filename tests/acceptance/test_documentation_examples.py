"""The examples in the API's own description: what is sent, and what a client may send."""

from typing import Any

import httpx
import jsonschema_rs
import pytest
from piccolo.table import Table

from piccolo_project.app import MAX_BODY_BYTES
from piccolo_project.openapi.examples import CHANGES
from tests.acceptance.openapi import operations
from tests.acceptance.test_documentation import TABLES
from tests.factories import make_transcript
from tests.shared.test_updated_at import CHANGES as MADE

MAKERS = {name: each.make for name, each in MADE.items()} | {"transcripts": make_transcript}


@pytest.fixture
async def document(anonymous: httpx.AsyncClient) -> dict[str, Any]:
    read: dict[str, Any] = (await anonymous.get("/schema/openapi.json")).json()
    return read


SENT: dict[int, tuple[str, str, dict[str, Any]]] = {
    401: ("GET", "/api/videos", {"headers": {"Authorization": ""}}),
    404: ("GET", "/api/videos/hL2mPq9sTdA", {}),
    412: ("PATCH", "/api/videos/one", {"headers": {"If-Match": '"old"'}, "json": {}}),
    413: ("POST", "/api/videos", {"content": b" " * (MAX_BODY_BYTES + 1)}),
    415: ("POST", "/api/videos", {"headers": {"Content-Type": "text/csv"}, "content": b"a,b"}),
}


@pytest.mark.parametrize("status", SENT)
async def test_an_errors_example_is_what_is_sent(
    document: dict[str, Any], client: httpx.AsyncClient, status: int
) -> None:
    await client.post("/api/videos", json={"identifier": "one", "title": "One"})
    method, path, asked = SENT[status]
    answer = await client.request(method, path, **asked)
    assert answer.status_code == status
    assert answer.json() == document["components"]["examples"][f"Problem{status}"]["value"]


def test_every_body_has_an_example_that_is_valid(document: dict[str, Any]) -> None:
    seen = set()
    for path, method, operation in operations(document):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            seen.add(method)
            schema = {**content["schema"], "components": document["components"]}
            assert content["example"], (method, path)
            jsonschema_rs.validate(schema, content["example"], validate_formats=True)
    assert seen == {"post", "put", "patch"}


@pytest.mark.parametrize(("tablename", "table"), TABLES.items(), ids=TABLES)
async def test_the_example_of_a_change_is_taken(
    client: httpx.AsyncClient, tablename: str, table: type[Table]
) -> None:
    change = CHANGES[table.__name__]
    made = await MAKERS[tablename]()
    answer = await client.patch(f"/api/{tablename}/{made.id}", json=change)
    assert answer.status_code == 200, answer.text
    assert {name: answer.json()[name] for name in change} == change
