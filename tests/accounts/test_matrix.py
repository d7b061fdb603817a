"""Every route, for everybody, over rows of everybody; what is expected stands in `matrix`."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from apps.shared.http.controllers import TableController
from tests.accounts import matrix
from tests.accounts.callers import Callers, signed_in, told
from tests.accounts.matrix import CALLERS, PAGES, PUBLIC, READ_ONLY, RELATED, SECRET, TABLES
from tests.database import execute, value
from tests.factories import make_clip, make_moment, make_thumbnail

OTHERS = {"GET /metrics", "GET /api/search", "POST /api/imports", "POST /api/auth/login"}
LOGIN = "/api/auth/login"


@pytest.fixture
async def callers(application: Litestar) -> AsyncIterator[Callers]:
    async with signed_in(application) as found:
        yield found


def routes(application: Litestar, *methods: str) -> set[str]:
    """`GET /api/videos/{key}`, for each method of each route but OPTIONS."""
    return {
        f"{method} {re.sub(r':[a-z]+}', '}', route.path)}"
        for route in application.routes
        for method in (route.methods if isinstance(route, HTTPRoute) else ["GET"])
        if method in (methods or {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE"})
    }


def is_account(route: str) -> bool:
    return route.split()[1].startswith("/api/auth/") and not route.endswith(LOGIN)


def test_every_route_is_in_the_matrix(application: Litestar) -> None:
    expected = OTHERS | PAGES | {f"GET {path}" for path in PUBLIC if path != matrix.FILE}
    for folder in ("/schema/static", "/static"):
        expected |= {f"{method} {folder}/{{file_path}}" for method in ("GET", "HEAD")}
    expected |= {"GET /schema/{path}"}  # Nothing but a 404 of the documentation.
    expected |= {f"GET /api/{owner}/{{key}}/{name}" for owner, name, _ in RELATED}
    expected |= {f"{verb} /api/channels/{{key}}/credentials" for verb in ("GET", "PUT", "DELETE")}
    for place in ("/api/configuration", "/api/channels/{key}/configuration"):
        expected |= {f"GET {place}"}
        expected |= {f"{verb} {place}/{{name}}" for verb in ("GET", "PUT", "DELETE")}
    for table in TABLES:
        one = f"/api/{table}/{{key}}"
        expected |= {f"GET {one}", f"GET /api/{table}"}
        if table not in READ_ONLY:
            expected |= {f"PATCH {one}", f"DELETE {one}"}
            expected |= {f"POST /api/{table}", f"POST /api/{table}/batch"}
    found = {route for route in routes(application) if not is_account(route)}
    assert found ^ expected == set()


def controllers() -> dict[str, type[TableController]]:
    found = TableController.__subclasses__()
    return {each.rows.tablename: each for each in found if hasattr(each, "rows")}


def body(table: str, kind: str, content: dict[str, Any]) -> dict[str, Any]:
    """What to send, so that the row would be as it is."""
    if table in READ_ONLY:
        return {}
    written = controllers()[table].signature_namespace[kind].__struct_fields__
    left_out = "user_id" if kind == "Update" or table in matrix.BY_REFERENCE else ""
    return {
        name: content[name]
        for name in written
        if name != left_out and (kind == "Create" or content[name] is not None)
    }


async def made(answer: httpx.Response, table: str) -> None:
    """Removes what was made, so that it can be made again."""
    if answer.status_code == 201:
        for row in answer.json().get("items", [answer.json()]):
            await execute(f"DELETE FROM {table} WHERE id = $1", UUID(row["id"]))


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("table", TABLES)
async def test_a_table(callers: Callers, table: str, caller: str) -> None:
    client, path = callers[caller], f"/api/{table}"
    rows = {owner: await TABLES[table](callers.ids[owner]) for owner in matrix.owners(table)}
    listed = await client.get(path)
    for owner, row in rows.items():
        one = f"{path}/{row.id}"
        content = (await callers["administrator"].get(one)).json()
        answers = {"list": listed, "get": await client.get(one)}
        answers["change"] = await client.patch(one, json=body(table, "Update", content))
        answers["delete"] = await client.delete(one)
        new = body(table, "Create", content)
        answers["create"] = await client.post(path, json=new)
        await made(answers["create"], table)
        answers["create_many"] = await client.post(f"{path}/batch", json={"items": [new]})
        await made(answers["create_many"], table)
        found = {verb: told(answer, row.id, SECRET) for verb, answer in answers.items()}
        assert found == matrix.rights(table, owner, caller), owner


async def make_related(owner: str, name: str, table: str, user_id: UUID | None) -> tuple[Any, Any]:
    """A row of the table, and the id of the owner's that it belongs to."""
    row: Any
    if name == "children":
        parent = await make_moment()
        row = await make_moment(parent.video_id, parent_id=parent.id)
    elif name == "thumbnail":
        row = await make_thumbnail(clip_id=(await make_clip()).id)
    else:
        row = await TABLES[table](user_id)
    by = matrix.REFERENCES.get(name) or matrix.REFERENCES.get(owner) or f"{owner[:-1]}_id"
    key = await value(f"SELECT {by} FROM {table} WHERE id = $1", row.id)
    if key is None:
        key = (await TABLES[owner](user_id)).id
        await execute(f"UPDATE {table} SET {by} = $1 WHERE id = $2", key, row.id)
    return row, key


@pytest.mark.parametrize(("owner", "name", "table"), RELATED)
async def test_a_relation(callers: Callers, owner: str, name: str, table: str) -> None:
    for whose in matrix.owners(table):
        row, key = await make_related(owner, name, table, callers.ids[whose])
        found = {
            caller: told(await callers[caller].get(f"/api/{owner}/{key}/{name}"), row.id, SECRET)
            for caller in CALLERS
        }
        expected = {
            caller: matrix.right_to_relation(owner, table, whose, caller) for caller in CALLERS
        }
        assert found == expected, whose


@pytest.mark.parametrize("path", PUBLIC)
async def test_what_is_public(anonymous: httpx.AsyncClient, path: str) -> None:
    answer = await anonymous.get(path, follow_redirects=True)
    assert answer.status_code == PUBLIC[path]


@pytest.mark.parametrize("page", sorted(PAGES))
async def test_a_page_sends_a_stranger_to_sign_in(anonymous: httpx.AsyncClient, page: str) -> None:
    method, path = page.split()
    answer = await anonymous.request(method, path.format(key="a", name="a", file="a"))
    assert (answer.status_code, answer.content) == (303, b"")
    assert answer.headers["location"].startswith("/admin/?next=%2F")


async def test_signing_in_needs_no_token(anonymous: httpx.AsyncClient) -> None:
    assert (await anonymous.post(LOGIN, json={})).status_code == 400


async def test_what_is_ones_own_account_needs_a_token(
    anonymous: httpx.AsyncClient, application: Litestar
) -> None:
    for route in filter(is_account, routes(application)):
        method, path = route.split()
        path = re.sub("{.*?}", "00000000-0000-0000-0000-000000000000", path)
        answer = await anonymous.request(method, path, json={} if method != "GET" else None)
        assert answer.status_code == 401, route


async def test_no_method_tells_a_stranger_of_a_route(
    anonymous: httpx.AsyncClient, application: Litestar
) -> None:
    for route in sorted(routes(application, "OPTIONS")):
        path = route.split()[1]
        if path.startswith("/api/") and path != LOGIN:
            assert (await anonymous.options(path)).status_code == 401, path


@pytest.mark.parametrize(
    ("caller", "sentence"),
    [
        (
            "nobody",
            "Send a token: Authorization: Bearer <token>. Get one from POST /api/auth/login.",
        ),
        ("user", "Only an administrator can import folders."),
        ("other", "Only an administrator can import folders."),
        (
            "administrator",
            "This server does not allow importing a folder: IMPORT_ROOTS is not set.",
        ),
    ],
)
async def test_an_import_is_an_administrators(callers: Callers, caller: str, sentence: str) -> None:
    answer = await callers[caller].post("/api/imports", json={"folder": "/nowhere"})
    assert answer.json()["detail"] == sentence


@pytest.mark.parametrize(
    ("caller", "status"), [("nobody", 401), ("user", 403), ("other", 403), ("administrator", 200)]
)
async def test_the_metrics_are_an_administrators(
    callers: Callers, caller: str, status: int
) -> None:
    assert (await callers[caller].get("/metrics")).status_code == status


@pytest.mark.parametrize("caller", CALLERS)
async def test_a_search_finds_what_is_ones_own_and_everybodys(
    callers: Callers, caller: str
) -> None:
    rows = {owner: await matrix.make_chunk(callers.ids[owner]) for owner in matrix.owners("chunks")}
    answer = await callers[caller].get("/api/search", params={"q": "hello"})
    if caller == "nobody":
        assert answer.status_code == 401
        return
    hits = {hit["chunk_id"] for hit in answer.json()["items"]}
    assert hits == {str(row.id) for owner, row in rows.items() if owner in {caller, "everybody"}}
    assert answer.json()["total"] == len(hits)
