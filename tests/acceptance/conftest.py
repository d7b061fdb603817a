"""A database to break, and visitors of a program with an invented library."""

import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page

import piccolo_conf
from apps.shared.engine import FixedAddress
from apps.shared.migrations import migrate
from tests.acceptance.browser import (
    CHROMIUM,
    HINT,
    Library,
    Watched,
    chromium,
    enter,
    open_page,
    running_library,
)
from tests.shared.conftest import new_database


@pytest.fixture(scope="module")
async def own_database() -> AsyncIterator[str]:
    """Migrated, and the program's for as long as a module is tested."""
    program = piccolo_conf.DB
    async with new_database() as url:
        address, pool = program.address, program.pool
        program.address, program.pool = FixedAddress(url), None
        try:
            await migrate(announce=lambda _: None)
            yield url
        finally:
            program.address, program.pool = address, pool


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    if not CHROMIUM.exists() and os.environ.get("CI") != "true":
        pytest.skip(HINT)
    async with chromium() as started:
        yield started


@pytest.fixture(scope="module")
async def library(browser: Browser) -> AsyncIterator[Library]:
    async with running_library() as running:
        yield running


@pytest.fixture
async def watched(
    library: Library, browser: Browser, request: pytest.FixtureRequest
) -> AsyncIterator[Watched]:
    """A new visitor; whatever they did, no other host was asked and nothing broke.

    A test that is for a phone as well says so with `on_both`.
    """
    visitor = await open_page(browser, library.url, getattr(request, "param", "desktop"))
    yield visitor
    await visitor.page.context.close()
    assert visitor.urls
    assert visitor.other_hosts() == set()
    assert visitor.faults() == []


@pytest.fixture(scope="module")
async def cookies(library: Library, browser: Browser) -> Any:
    """Those of somebody who signed in: the password's hash is slow to work out on purpose."""
    visitor = await open_page(browser, library.url)
    await enter(visitor.page)
    await visitor.page.get_by_text("Welcome to Reelbase").wait_for()
    cookies = await visitor.page.context.cookies()
    await visitor.page.context.close()
    return cookies


@pytest.fixture
async def page(watched: Watched, cookies: Any) -> Page:
    """Signed in."""
    await watched.page.context.add_cookies(cookies)
    return watched.page
