"""Lists over REST, as a client reads them."""

from typing import Any

import httpx

Row = dict[str, Any]


async def page(client: httpx.AsyncClient, path: str, **params: Any) -> dict[str, Any]:
    answer = await client.get(path, params=params or None)
    assert answer.status_code == 200, answer.text
    assert "etag" not in answer.headers
    return dict(answer.json())


async def read_all(client: httpx.AsyncClient, path: str, **params: Any) -> list[Row]:
    """Page by page, to the end."""
    found: list[Row] = []
    while True:
        each = await page(client, path, **params)
        assert len(each["items"]) <= params["limit"]
        found += each["items"]
        if each["next"] is None:
            return found
        assert len(each["items"]) == params["limit"]
        params["cursor"] = each["next"]


async def assert_fault(client: httpx.AsyncClient, path: str, name: str, told: str = "") -> None:
    answer = await client.get(path)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert error["field"] == name
    assert answer.json()["detail"] == f"{name}: {error['message']}"
    if told:
        assert error["message"] == told
