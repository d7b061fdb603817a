"""A database to break, and visitors of a program with an invented library."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page

import piccolo_conf
from tests.acceptance.browser import (
    CHROMIUM,
    HINT,
    SIZES,
    Library,
    Watched,
    chromium,
    open_context,
    open_page,
    running_library,
)
from tests.acceptance.kept import keep
from tests.shared.conftest import migrated_database


@pytest.fixture(scope="module")
async def own_database() -> AsyncIterator[str]:
    """Migrated, and the program's for as long as a module is tested."""
    async with migrated_database() as url:
        with piccolo_conf.DB.using_database(url):
            yield url


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    if not CHROMIUM.exists() and os.environ.get("CI") != "true":
        pytest.skip(HINT)
    async with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What lies here may be imported."""
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="session")
async def running(browser: Browser, root: Path) -> AsyncIterator[Library]:
    """One for all: starting it takes longer than most tests do."""
    async with running_library(
        IMPORT_ROOTS=root, LOGIN_ATTEMPTS=1000, OVERVIEW_MINUTES=1440
    ) as started:
        await started.look_through()
        yield started


@pytest.fixture(scope="session")
async def put_back(running: Library) -> str:
    return await keep(running.database)


@pytest.fixture
async def library(running: Library, put_back: str) -> AsyncIterator[Library]:
    """As it was made, whatever the tests before have done to it."""
    yield running
    await running.database.execute(put_back)


@pytest.fixture
def size() -> str:
    """A test that is for a phone as well says so with `on_both`."""
    return "desktop"


@pytest.fixture
async def stranger(library: Library, browser: Browser, size: str) -> AsyncIterator[Watched]:
    """A new visitor, whom nobody knows."""
    visitor = await open_page(browser, library.url, size, is_dark(size))
    yield visitor
    await visitor.page.context.close()
    visitor.assert_well()


@pytest.fixture(scope="session")
async def signed_in(running: Library, browser: Browser) -> dict[str, BrowserContext]:
    """By size: what one test has loaded, the next one need not load again."""
    contexts = {}
    for size in SIZES:
        contexts[size] = await open_context(browser, running.url, size, is_dark(size))
        await contexts[size].add_cookies(running.cookies)
    return contexts


@pytest.fixture
async def watched(
    library: Library, signed_in: dict[str, BrowserContext], size: str
) -> AsyncIterator[Watched]:
    """Somebody signed in."""
    visitor = Watched(await signed_in[size].new_page())
    yield visitor
    if visitor.page.url.startswith(library.url):
        await visitor.page.evaluate("localStorage.clear()")
    await visitor.page.close()
    visitor.assert_well()


@pytest.fixture
def page(watched: Watched) -> Page:
    return watched.page


def is_dark(size: str) -> bool:
    """So that both schemes are seen."""
    return size == "phone"
