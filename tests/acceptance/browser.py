"""Debian's Chromium, and the program it looks at."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, Response, async_playwright, expect

from tests.acceptance.invented import fill, token
from tests.processes import Web, data_folder, free_port, serve

# The shell is Chromium without its windows, menus and extensions, and takes half its time.
SHELL = Path("/usr/lib/chromium/chromium-headless-shell")
CHROMIUM = SHELL if SHELL.exists() else Path("/usr/bin/chromium")
HINT = "The admin is tried in a real browser: apt-get install -y chromium-headless-shell"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-dev-shm-usage",
]
STILL = """{
    const adopt = () => {
        const still = new CSSStyleSheet()
        still.replaceSync(`*, ::before, ::after, ::backdrop { scroll-behavior: auto !important;
            animation: none !important; transition: none !important }`)
        document.adoptedStyleSheets.push(still)
    }
    adopt()
    addEventListener("DOMContentLoaded", adopt)
}"""
"""Runs before a document's own scripts; a window that a page opens gets it in an empty document
that is then replaced, and so once more. No policy of the page forbids such a sheet."""
EMAIL = "admin@library.example"
PASSWORD = "a password for the browser"
PATIENCE = 30_000
"""Milliseconds: a machine that does much else is slow."""
ROW_FORM = "form:has([data-uitest=save_button], [data-uitest=create_button])"
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
on_both = pytest.mark.parametrize("size", SIZES)

expect.set_options(timeout=PATIENCE)

# What the admin is told when nobody is signed in yet, and what a test has refused.
REFUSALS = re.compile(r"the server responded with a status of 4(01|05|22|29)\b")


@dataclass
class Library:
    """A program with an invented library, a client that is signed in, and the database."""

    program: Web
    url: str
    api: httpx.AsyncClient
    data_dir: Path
    database: asyncpg.Connection

    @property
    def cookies(self) -> list[Any]:
        """Those of somebody who is signed in: a password's hash is slow to work out on purpose."""
        token = self.api.headers["Authorization"].removeprefix("Bearer ")
        return [{"name": "id", "value": token, "url": self.url}]

    async def look_through(self) -> None:
        """For the overview and the review; the program does it by itself as well."""
        path = "/admin/api/forms/refresh-the-overview/"
        (session,) = self.cookies
        cookies = f"id={session['value']}; csrftoken=a"
        async with asyncio.timeout(60):
            while True:
                headers = {"Cookie": cookies, "X-CSRFToken": "a"}
                if (await self.api.post(path, json={}, headers=headers)).is_success:
                    return


@asynccontextmanager
async def running_library(**settings: object) -> AsyncIterator[Library]:
    chosen = {"ADMIN_EMAIL": EMAIL, "ADMIN_PASSWORD": PASSWORD, **settings}
    with (
        data_folder() as folder,
        serve(folder, free_port(), **chosen) as program,
    ):
        program.wait_for_status("/health/ready", 200)
        headers = {"Authorization": f"Bearer {await token(program.url, EMAIL, PASSWORD)}"}
        async with httpx.AsyncClient(base_url=program.url, headers=headers, timeout=20) as api:
            database = await connect(folder)
            try:
                await fill(api, await database.fetchval("SELECT id::text FROM users"))
                yield Library(program, program.url, api, folder, database)
            finally:
                await database.close()


async def connect(data_dir: Path) -> asyncpg.Connection:
    """To the program's own database, whose server says in this file where it listens."""
    lines = (data_dir / "postgres" / "postmaster.pid").read_text().splitlines()
    return await asyncpg.connect(
        host=lines[4], port=int(lines[3]), user="postgres", database="reelbase"
    )


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Watched:
    """A page, the addresses that it asked for and the errors that it wrote."""

    page: Page
    urls: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.urls.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._note)

    def _note(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.errors.append(f"{message.text} {message.location['url']}")

    def faults(self) -> list[str]:
        """What went wrong, but for what was refused."""
        return [error for error in self.errors if not REFUSALS.search(error)]

    def forgive(self, *statuses: int) -> None:
        """Faults that a test meant to see: exactly these answers."""
        faults = self.faults()
        assert [int(re.findall(r"status of (\d+)", fault)[0]) for fault in faults] == [*statuses]
        self.errors = [error for error in self.errors if error not in faults]

    def other_hosts(self) -> set[str]:
        hosts = {urlsplit(url).hostname for url in self.urls if url.startswith(("http", "ws"))}
        return {str(host) for host in hosts - {"127.0.0.1", "localhost"}}

    def assert_well(self) -> None:
        """Whatever was done, no other host was asked and nothing broke."""
        assert self.urls
        assert self.other_hosts() == set()
        assert self.faults() == []


async def open_context(
    browser: Browser,
    url: str,
    size: str = "desktop",
    is_dark: bool = False,
    is_scripted: bool = True,
    **options: Any,
) -> BrowserContext:
    """With animations off: a test would measure, and click, what is still fading in."""
    width, height = SIZES[size]
    context = await browser.new_context(
        base_url=url,
        viewport={"width": width, "height": height},
        color_scheme="dark" if is_dark else "light",
        reduced_motion="reduce",
        java_script_enabled=is_scripted,
        locale="en-GB",
        timezone_id="UTC",
        **options,
    )
    await context.add_init_script(STILL)
    context.set_default_timeout(PATIENCE)
    return context


async def open_page(
    browser: Browser, url: str, size: str = "desktop", is_dark: bool = False
) -> Watched:
    context = await open_context(browser, url, size, is_dark)
    return Watched(await context.new_page())


async def enter(page: Page, password: str = PASSWORD, path: str = "/admin/") -> None:
    """Fills in the form of the sign-in page, and sends it."""
    await page.goto(path)
    await page.fill("input[name=username]", EMAIL)
    await page.fill("input[name=password]", password)
    await page.click("form button")


async def open_row(page: Page, table: str, link: str) -> None:
    """From the listing, as a person does."""
    await page.goto(f"/admin/#/{table}")
    await follow(page, link)


async def follow(page: Page, link: str) -> None:
    """To the row that a listing calls so. Its form is shown when its values are in it."""
    async with page.expect_response(is_row):
        await page.get_by_role("link", name=link, exact=True).first.click()
    await expect(page.locator(ROW_FORM)).to_be_visible()


def is_row(answer: Response) -> bool:
    path = urlsplit(answer.url).path
    return bool(re.fullmatch(r"/admin/api/tables/\w+/[0-9a-f-]{36}/", path))


async def save(page: Page) -> int:
    """The status that the server answered."""
    async with page.expect_response(lambda answer: answer.request.method == "PATCH") as saving:
        await page.get_by_role("button", name="Save").click()
    return (await saving.value).status


async def obstacles(page: Page) -> list[str]:
    """What keeps people from using the page as it is now."""
    found = await findings(page)
    if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("It is wider than the screen.")
    return found


async def findings(page: Page) -> list[str]:
    """What axe finds serious or critical: the rule, and each element."""
    moving = await page.evaluate(
        "document.getAnimations().map((one) => one.effect.target.outerHTML)"
    )
    assert moving == [], "axe would measure colours that nobody sees for long."
    violations = (await Axe().run(page)).response["violations"]
    return [
        f"{found['id']}: {node['target']} {node['html'][:120]}"
        for found in violations
        if found["impact"] in {"serious", "critical"}
        for node in found["nodes"]
    ]
