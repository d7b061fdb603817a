"""What REST takes and refuses; every refusal is a problem that names the field."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from apps.catalog.tables import Channel
from tests.factories import make_channel, make_video

PROBLEM = "application/problem+json"


def assert_problem(answer: httpx.Response, status: int, *fields: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    body = answer.json()
    assert body["status"] == status
    assert body["type"] == "about:blank"
    assert body["title"]
    assert body["detail"]
    assert [fault["field"] for fault in body.get("errors", [])] == list(fields)
    for leak in ("asyncpg", "Traceback", "INSERT", "SELECT", "DETAIL", "site-packages"):
        assert leak not in answer.text


@pytest.mark.parametrize("limit", ["0", "-1", "201", "many", "1.5", "9" * 40, ""])
async def test_a_limit_is_from_1_to_200(client: httpx.AsyncClient, limit: str) -> None:
    assert_problem(await client.get("/api/videos", params={"limit": limit}), 400, "limit")


@pytest.mark.parametrize("limit", [1, 200])
async def test_the_outermost_limits_are_taken(client: httpx.AsyncClient, limit: int) -> None:
    assert (await client.get(f"/api/videos?limit={limit}")).status_code == 200


@pytest.mark.parametrize("cursor", ["first", "0", "'; DROP TABLE videos"])
async def test_a_cursor_is_an_id(client: httpx.AsyncClient, cursor: str) -> None:
    assert_problem(await client.get("/api/videos", params={"cursor": cursor}), 400, "cursor")


async def test_patch_changes_only_what_is_sent(client: httpx.AsyncClient) -> None:
    channel = await make_channel(name="before", handle="@kept", description="goes")
    path = f"/api/channels/{channel.id}"
    before = (await client.get(path)).json()
    answer = await client.patch(path, json={"name": "after", "description": None})
    assert answer.status_code == 200
    changed = {"name": "after", "description": None, "updated_at": answer.json()["updated_at"]}
    assert answer.json() == {**before, **changed}
    assert answer.json()["updated_at"] > before["updated_at"]
    assert (await client.get(path)).json() == answer.json()
    assert (await client.patch(path, json={})).json() == answer.json()


@pytest.mark.parametrize("field", ["nonsense", "id", "created_at", "updated_at", "credentials"])
async def test_fields_that_nobody_may_write_are_refused(
    client: httpx.AsyncClient, field: str
) -> None:
    channel = await make_channel()
    body = {"name": "new", field: str(uuid4())}
    assert_problem(await client.post("/api/channels", json=body), 400, field)
    answer = await client.patch(f"/api/channels/{channel.id}", json=body)
    assert_problem(answer, 400, field)
    assert await Channel.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": None}, "name"),
        ({"name": 7}, "name"),
        ({"name": "n" * 256}, "name"),
        ({"name": "n", "status": "asleep"}, "status"),
        ({"name": "n", "settings": []}, "settings"),
        ({"name": "n", "settings": None}, "settings"),
        ({"name": "n", "youtube_channel_id": "i" * 25}, "youtube_channel_id"),
    ],
)
async def test_a_wrong_value_names_its_field(
    client: httpx.AsyncClient, body: dict[str, Any], field: str
) -> None:
    assert_problem(await client.post("/api/channels", json=body), 400, field)
    assert await Channel.count() == 0


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"file_size_bytes": 2**63}, "file_size_bytes"),
        ({"file_size_bytes": -(2**63) - 1}, "file_size_bytes"),
        ({"duration_seconds": "long"}, "duration_seconds"),
        ({"upload_date": "2024-02-30"}, "upload_date"),
        ({"channel_id": "none"}, "channel_id"),
        ({"tags": "one"}, "tags"),
        ({"is_favorite": "yes"}, "is_favorite"),
    ],
)
async def test_a_video_is_as_strict(
    client: httpx.AsyncClient, values: dict[str, Any], field: str
) -> None:
    body = {"identifier": "a", "title": "b", **values}
    assert_problem(await client.post("/api/videos", json=body), 400, field)


async def test_numbers_as_large_as_the_column_are_kept(client: httpx.AsyncClient) -> None:
    body = {"identifier": "a", "title": "b", "file_size_bytes": 2**63 - 1}
    answer = await client.post("/api/videos", json=body)
    assert answer.json()["file_size_bytes"] == 2**63 - 1


async def test_what_only_the_database_refuses_is_told_in_its_sentence(
    client: httpx.AsyncClient,
) -> None:
    video = await make_video()
    twice = await client.post("/api/videos", json={"identifier": video.identifier, "title": "b"})
    assert_problem(twice, 409, "identifier")
    assert twice.json()["detail"] == "A video with this identifier already exists."
    negative = await client.patch(f"/api/videos/{video.id}", json={"duration_seconds": -1})
    assert_problem(negative, 422, "duration_seconds")
    assert negative.json()["detail"] == "A duration cannot be negative."
    orphan = await client.patch(f"/api/videos/{video.id}", json={"channel_id": str(uuid4())})
    assert_problem(orphan, 422, "channel_id")


@pytest.mark.parametrize(
    "values",
    [
        {"title": "with\0nul"},
        {"metadata": {"key": "with\0nul"}},
        {"metadata": {"with\0nul": 1}},
        {"tags": ["with\0nul"]},
        {"tags": ["t" * 101]},
        {"identifier": "with\0nul"},
    ],
)
async def test_text_that_postgresql_cannot_keep_is_the_senders_fault(
    client: httpx.AsyncClient, values: dict[str, Any]
) -> None:
    answer = await client.post("/api/videos", json={"identifier": "a", "title": "b", **values})
    if "tags" in values and len(values["tags"][0]) == 101:
        assert_problem(answer, 400, "tags[0]")
    else:
        assert_problem(answer, 422)
        assert "NUL" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/api/videos?channel_name=a%00b", "/api/videos/a%00b"])
async def test_an_address_with_a_nul_character_is_the_senders_fault(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path)
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == PROBLEM


@pytest.mark.parametrize(
    "content", [b"", b"{", b"nonsense", b'{"name": "\xff"}', b'{"name": "\\ud800"}', b"{} {}"]
)
async def test_a_body_that_is_no_json_is_refused(client: httpx.AsyncClient, content: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = await client.post("/api/channels", content=content, headers=headers)
    assert_problem(answer, 400, *[f["field"] for f in answer.json().get("errors", [])])


@pytest.mark.parametrize("body", [[], "text", 1, None, [{"name": "n"}]])
async def test_a_body_that_is_no_object_is_refused(client: httpx.AsyncClient, body: object) -> None:
    answer = await client.post("/api/channels", json=body)
    assert_problem(answer, 400, "body")


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data"])
async def test_a_body_of_another_kind_is_refused(client: httpx.AsyncClient, kind: str) -> None:
    answer = await client.post("/api/channels", content=b"<name/>", headers={"content-type": kind})
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == PROBLEM


async def test_delete_answers_nothing_and_then_404(client: httpx.AsyncClient) -> None:
    channel = await make_channel()
    path = f"/api/channels/{channel.id}"
    answer = await client.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    for again in (client.delete(path), client.get(path), client.patch(path, json={})):
        assert_problem(await again, 404)


@pytest.mark.parametrize("key", ["none", "0", "0198c3f2-8a3b-7d41-9c55-2f6e1b7a904", "%20"])
async def test_a_path_without_an_id_is_404(client: httpx.AsyncClient, key: str) -> None:
    for method in ("GET", "PATCH", "DELETE"):
        assert_problem(await client.request(method, f"/api/channels/{key}", json={}), 404)


async def test_a_method_that_is_not_there_is_405(client: httpx.AsyncClient) -> None:
    answer = await client.put("/api/channels", json={})
    assert_problem(answer, 405)
    assert set(answer.headers["allow"].replace(" ", "").split(",")) >= {"GET", "POST"}
    assert_problem(await client.post(f"/api/channels/{uuid4()}", json={}), 405)


@pytest.mark.parametrize("path", ["/api/videos", "/api/nowhere", "/nowhere"])
async def test_a_stranger_learns_nothing(anonymous: httpx.AsyncClient, path: str) -> None:
    for method in ("GET", "POST", "PUT"):
        answer = await anonymous.request(method, path)
        assert_problem(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("table", "field", "sent"),
    [
        ("videos", "is_favorite", 0),
        ("videos", "is_favorite", "true"),
        ("videos", "duration_seconds", "5"),
        ("videos", "duration_seconds", True),
        ("videos", "file_size_bytes", "5"),
        ("videos", "title", 5),
        ("videos", "tags", [5]),
        ("videos", "upload_date", 0),
        ("processing_jobs", "completed_at", 0),
        ("processing_jobs", "completed_at", "0"),
    ],
)
async def test_a_value_of_another_kind_is_refused(
    client: httpx.AsyncClient, table: str, field: str, sent: Any
) -> None:
    body = {"identifier": "one", "title": "One"} if table == "videos" else {"job_type": "x"}
    place = f"{field}[0]" if field == "tags" else field
    answer = await client.post(f"/api/{table}", json={**body, field: sent})
    assert_problem(answer, 400, place)
    answer = await client.post(f"/api/{table}/batch", json={"items": [body, {**body, field: sent}]})
    assert_problem(answer, 400, f"items[1].{place}")
    row = (await client.post(f"/api/{table}", json=body)).json()
    assert_problem(await client.patch(f"/api/{table}/{row['id']}", json={field: sent}), 400, place)


async def test_a_whole_number_may_be_written_as_any_number(client: httpx.AsyncClient) -> None:
    body = '{"identifier": "one", "title": "One", "file_size_bytes": 5.0, "duration_seconds": 7}'
    headers = {"Content-Type": "application/json"}
    answer = await client.post("/api/videos", content=body, headers=headers)
    assert (answer.status_code, answer.json()["file_size_bytes"]) == (201, 5)
