"""The admin behind a proxy with https."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http.cookies import Morsel, SimpleCookie
from typing import Any

import httpx
import pytest
from litestar import Litestar
from playwright.async_api import Browser, expect
from starlette.requests import Request

from apps.accounts.attempts import ADDRESS_FACTOR, get_attempt_limiter
from apps.accounts.tables import User
from apps.catalog.tables import Channel
from piccolo_project.admin.origin import OriginCheckMiddleware
from tests.acceptance.browser import open_context
from tests.acceptance.tls import https_proxy
from tests.factories import PASSWORD, make_user
from tests.processes import Web, free_port, uvicorn
from tests.shared.conftest import shared_url

ATTEMPTS = 2
SIGN_IN = "/admin/public/login/"
CHANNELS = "/admin/api/tables/channels/"


class Site:
    """The program, and the address of the proxy before it."""

    def __init__(self, program: Web, port: int, trusting: Any) -> None:
        self.program = program
        self.url = f"https://localhost:{port}"
        self.trusting = trusting

    def visitor(self, **headers: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.url, verify=self.trusting, headers=headers, timeout=30
        )


@asynccontextmanager
async def behind_proxy(**settings: Any) -> AsyncIterator[Site]:
    chosen = {"DATABASE_URL": await shared_url(), **settings}
    with uvicorn(free_port(), **chosen) as program:
        program.wait_for_status("/health/live", settings.get("LIVE", 200), 60)
        async with https_proxy(int(program.url.rpartition(":")[2])) as (port, trusting):
            yield Site(program, port, trusting)


@pytest.fixture(scope="module")
async def site() -> AsyncIterator[Site]:
    async with behind_proxy(LOGIN_ATTEMPTS=ATTEMPTS) as site:
        yield site


@pytest.fixture(scope="module")
async def named() -> AsyncIterator[Site]:
    """With ALLOWED_HOSTS; the health of it is not asked under another name either."""
    async with behind_proxy(ALLOWED_HOSTS="library.example,*.films.example", LIVE=400) as site:
        yield site


def cookies(answer: httpx.Response) -> dict[str, Morsel[str]]:
    found: dict[str, Morsel[str]] = {}
    for header in answer.headers.get_list("set-cookie"):
        found.update(SimpleCookie(header))
    return found


async def enter(visitor: httpx.AsyncClient, email: str, **headers: str) -> httpx.Response:
    if "csrftoken" not in visitor.cookies:
        await visitor.get("/admin/")
    visitor.headers["X-CSRFToken"] = visitor.cookies["csrftoken"]
    body = {"username": email, "password": PASSWORD}
    return await visitor.post(SIGN_IN, json=body, headers=headers)


async def test_a_person_signs_in_saves_a_row_uploads_and_signs_out(site: Site) -> None:
    user = await make_user(admin=True)
    own = {"Origin": site.url, "Referer": f"{site.url}/admin/"}
    async with site.visitor() as visitor:
        page = await visitor.get("/admin/")
        token = cookies(page)["csrftoken"]
        assert (token["secure"], token["samesite"], token["httponly"]) == (True, "lax", "")
        entered = await enter(visitor, user.email, **own)
        assert entered.status_code == 200, entered.text
        session = cookies(entered)["id"]
        assert (session["secure"], session["samesite"], session["httponly"]) == (True, "lax", True)
        made = await visitor.post(CHANNELS, json={"name": "Over https"}, headers=own)
        assert made.status_code == 201, made.text
        assert await Channel.exists().where(Channel.name == "Over https")
        stored = await visitor.post(
            "/admin/api/media/",
            data={"table_name": "thumbnails", "column_name": "cloud_url"},
            files={"file": ("picture.jpg", b"\xff\xd8\xff\xe0 a picture")},
            headers=own,
        )
        assert stored.status_code == 200, stored.text
        left = await visitor.post("/admin/public/logout/", headers=own)
        assert (left.status_code, cookies(left)["id"]["secure"]) == (200, True)
        assert (await visitor.get("/admin/api/user/")).status_code == 401


async def test_the_same_program_still_serves_plain_http(site: Site) -> None:
    user = await make_user(admin=True)
    async with httpx.AsyncClient(base_url=site.program.url, timeout=30) as visitor:
        page = await visitor.get("/admin/")
        entered = await enter(visitor, user.email)
        assert entered.status_code == 200
        for cookie in (cookies(page)["csrftoken"], cookies(entered)["id"]):
            assert (cookie["secure"], cookie["samesite"]) == ("", "lax")
        assert cookies(entered)["id"]["httponly"] is True
        assert (await visitor.get("/admin/api/user/")).status_code == 200


@pytest.mark.parametrize("path", ["/admin", "/admin?next=%2Freview", "/", "/?a=b"])
async def test_who_is_sent_on_stays_with_https(site: Site, path: str) -> None:
    async with site.visitor() as visitor:
        answer = await visitor.get(path)
        there = {
            "/admin": "/admin/",
            "/admin?next=%2Freview": "/admin/?next=%2Freview",
            "/": "/admin/?next=%2F",
            "/?a=b": "/admin/?next=%2F%3Fa%3Db",
        }[path]
        assert answer.is_redirect
        asked = answer.next_request
        assert asked is not None
        assert str(asked.url) == f"{site.url}{there}"
        assert (await visitor.get(str(asked.url))).status_code == 200


OTHERS = [
    {"Origin": "https://elsewhere.example"},
    {"Origin": "null"},
    {"Referer": "https://elsewhere.example/admin/"},
    {},
]


@pytest.mark.parametrize("headers", OTHERS)
async def test_another_sites_page_changes_nothing(site: Site, headers: dict[str, str]) -> None:
    user = await make_user(admin=True)
    async with site.visitor() as visitor:
        assert (await enter(visitor, user.email, Origin=site.url)).status_code == 200
        answer = await visitor.post(CHANNELS, json={"name": "Forged"}, headers=headers)
        assert answer.status_code == 403
    assert not await Channel.exists()


async def test_allowed_hosts_mean_the_same_to_all(named: Site) -> None:
    """A name of them, in whatever case, with and without its port; and no other."""
    user = await make_user(admin=True)
    for host in ("library.example", "Library.Example:8443", "www.films.example"):
        async with named.visitor(Host=host) as visitor:
            assert (await enter(visitor, user.email, Origin=f"https://{host}")).status_code == 200
            other = await enter(visitor, user.email, Origin="https://films.example.org")
            assert other.status_code == 403
    for host in ("films.example", "localhost", "library.example.org"):
        async with named.visitor(Host=host) as visitor:
            answer = await visitor.get("/admin/")
            assert answer.status_code == 400
            assert answer.json()["detail"] == "This host is not in ALLOWED_HOSTS."


async def test_a_browser_signs_in(site: Site, browser: Browser) -> None:
    user = await make_user(admin=True)
    context = await open_context(browser, site.url, ignore_https_errors=True)
    page = await context.new_page()
    await page.goto("/admin/")
    await page.fill("input[name=username]", user.email)
    await page.fill("input[name=password]", PASSWORD)
    await page.click("form button")
    await expect(page.get_by_text("Welcome to Reelbase")).to_be_visible()
    kept = {each["name"]: each for each in await context.cookies()}
    assert kept["id"]["secure"]
    assert kept["id"]["httpOnly"]
    assert kept["id"]["sameSite"] == "Lax"
    assert kept["csrftoken"]["secure"]
    await context.close()


async def test_nobody_makes_the_program_believe_in_https(
    application: Litestar, admin_user: User
) -> None:
    """Only the server in front of it does, for a proxy that it trusts."""
    get_attempt_limiter.cache_clear()
    transport = httpx.ASGITransport(app=application)  # type: ignore[arg-type]
    claims = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "elsewhere.example"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost", headers=claims
    ) as visitor:
        entered = await enter(visitor, admin_user.email)
        assert entered.status_code == 200
        assert cookies(entered)["id"]["secure"] == ""


PAGES = [
    ([], "https://localhost/x", True),
    ([], "https://LOCALHOST:8443", True),
    ([], "http://localhost", False),
    ([], "https://localhost.elsewhere.example", False),
    ([], "https://[", False),
    ([], "localhost", False),
    ([], "https://", False),
    (["*.films.example"], "https://www.films.example", True),
    (["*.films.example"], "https://WWW.Films.example:444/page", True),
    (["*.films.example"], "https://films.example", False),
    (["library.example"], "https://localhost", False),
]


@pytest.mark.parametrize(("hosts", "page", "is_own"), PAGES)
@pytest.mark.parametrize("header", [b"origin", b"referer"])
def test_which_pages_are_ours(hosts: list[str], page: str, is_own: bool, header: bytes) -> None:
    headers = [(b"host", b"localhost:8000"), (header, page.encode())]
    scope = {"type": "http", "scheme": "https", "path": "/", "query_string": b""}
    asked = Request({**scope, "headers": headers, "server": ("localhost", 8000)})
    nobody: Callable[..., Any] = print
    assert OriginCheckMiddleware(nobody, allowed_hosts=hosts).is_valid_referer(asked) is is_own


async def test_attempts_count_for_the_visitors_address(site: Site) -> None:
    """Not for the proxy's, nor for one that the visitor makes up. Who comes later is refused too:
    this is the last test of the module."""
    statuses = []
    async with site.visitor(Origin=site.url) as visitor:
        for number in range(ADDRESS_FACTOR * ATTEMPTS + 1):
            visitor.headers["X-Forwarded-For"] = f"198.51.100.{number}"
            statuses.append((await enter(visitor, f"nobody{number}@example.org")).status_code)
    assert statuses[-1] == 429
    assert set(statuses) == {401, 429}
    async with httpx.AsyncClient(base_url=site.program.url, timeout=30) as beside:
        assert (await enter(beside, (await make_user(admin=True)).email)).status_code == 200
