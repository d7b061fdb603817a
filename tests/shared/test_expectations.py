"""What is refused before any handler runs, at every route under /api."""

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from apps.shared.http.request_checks import list_query_parameters
from tests.database import counts
from tests.factories import make_channel, make_video

UNKNOWN = "Unknown parameter."
SEARCHED = "q, channel, video, language, uploaded_after, uploaded_before, limit, offset"


def routes(application: Litestar) -> list[tuple[str, str, HTTPRouteHandler]]:
    """Method, path and handler of all that the API describes."""
    return [
        (method, re.sub("{.*?}", str(uuid4()), route.path), handler)
        for route in application.routes
        if isinstance(route, HTTPRoute) and route.path.startswith("/api/")
        for handler in route.route_handlers
        for method in handler.http_methods
        if method != "OPTIONS"
    ]


async def test_an_unknown_parameter_is_named_by_every_route(
    client: httpx.AsyncClient, application: Litestar
) -> None:
    before = await counts()
    found = routes(application)
    assert len(found) > 150
    for method, path, handler in found:
        json: dict[str, Any] | None = {} if handler.parsed_data_field else None
        answer = await client.request(method, f"{path}?colour=red", json=json)
        known = ", ".join(list_query_parameters(handler))
        message = f"{UNKNOWN} Use {known}." if known else UNKNOWN
        assert (answer.status_code, answer.json()) == (
            400,
            {
                "type": "about:blank",
                "title": "Invalid request",
                "status": 400,
                "detail": f"colour: {message}",
                "errors": [{"field": "colour", "message": message}],
            },
        ), (method, path)
    assert await counts() == before


async def test_what_would_be_done_is_not(client: httpx.AsyncClient) -> None:
    video = await make_video()
    before = await counts()
    path = f"/api/videos/{video.id}"
    shown = (await client.get(path)).json()
    for answer in (
        await client.post("/api/videos?colour=red", json={"identifier": "a", "title": "A"}),
        await client.patch(f"{path}?colour=red", json={"title": "Another"}),
        await client.delete(f"{path}?if_match=x"),
        await client.post("/api/auth/logout?everywhere"),
    ):
        assert answer.status_code == 400, answer.text
    assert await counts() == before
    assert (await client.get(path)).json() == shown


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("q=hello&chanel=x", ["chanel"]),
        ("q=hello&Limit=5&chanel=", ["Limit", "chanel"]),
        ("q=hello&Q=hello", ["Q"]),
        ("q=hello&%C3%A4", ["ä"]),
        ("q=hello&%FF=1", ["\N{REPLACEMENT CHARACTER}"]),
        ("q=hello&=1", [""]),
        ("chanel=x", ["chanel"]),
    ],
)
async def test_a_typo_in_a_search_is_told_with_what_there_is(
    client: httpx.AsyncClient, query: str, fields: list[str]
) -> None:
    answer = await client.get(f"/api/search?{query}")
    assert answer.status_code == 400
    message = f"{UNKNOWN} Use {SEARCHED}."
    assert answer.json()["errors"] == [{"field": name, "message": message} for name in fields]


@pytest.mark.parametrize("query", ["", "?", "?&", "?q=hello&limit=1&&"])
async def test_what_is_known_or_nothing_is_taken(client: httpx.AsyncClient, query: str) -> None:
    path = "/api/search" if "q" in query else "/api/auth/me"
    assert (await client.get(path + query)).status_code == 200


@pytest.mark.parametrize("path", ["/health", "/metrics", "/schema/openapi.json"])
async def test_other_addresses_take_whatever_comes(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(f"{path}?colour=red")).status_code == 200


async def test_options_asks_of_the_address_alone(client: httpx.AsyncClient) -> None:
    answer = await client.options("/api/videos/a?colour=red")
    assert (answer.status_code, answer.headers["allow"]) == (204, "DELETE, GET, OPTIONS, PATCH")


async def test_a_stranger_is_told_of_no_parameter(anonymous: httpx.AsyncClient) -> None:
    assert (await anonymous.get("/api/search?colour=red")).status_code == 401


async def test_a_body_that_nobody_reads_is_of_any_type(client: httpx.AsyncClient) -> None:
    channel = await make_channel()
    text: dict[str, Any] = {"content": b"a", "headers": {"Content-Type": "text/plain"}}
    answers = [
        await client.request("PATCH", f"/api/channels/{channel.id}", **text),
        await client.request("DELETE", f"/api/channels/{channel.id}", **text),
        await client.request("POST", "/api/auth/logout", **text),
    ]
    assert [answer.status_code for answer in answers] == [415, 204, 204]
