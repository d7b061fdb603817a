"""Two tabs with the same row, and what else the admin's page is helped with from outside."""

import asyncio
import re
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Route, expect

from tests.acceptance.browser import ROW_FORM, Library, Watched, open_row, save

TITLE = "Why lighthouses blink"
OTHER = "Restoring the fog signal, part 1"
TOLD = re.compile(
    r"^This video was changed at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, since you opened it\. Reload "
    r"the page, then make your change again\.$"
)


async def video(library: Library) -> dict[str, Any]:
    query = "SELECT title, description, resolution FROM videos WHERE title = $1"
    return dict(await library.database.fetchrow(query, TITLE))


async def test_the_second_of_two_tabs_is_told(library: Library, page: Page) -> None:
    other = await page.context.new_page()
    for tab in (page, other):
        await open_row(tab, "videos", TITLE)
    for resolution in ("640x360", "1280x720", "1920x1080"):  # Again and again, without a reload.
        await page.locator("input[name=resolution]").fill(resolution)
        assert await save(page) == 200
    before = await video(library)
    assert before["resolution"] == "1920x1080"

    description = other.locator("textarea[name=description]:visible")
    await description.fill("From the second tab.")
    assert await save(other) == 422
    await expect(other.get_by_role("alert").get_by_role("listitem")).to_have_text(TOLD)
    await expect(description).to_have_value("From the second tab.")
    assert await video(library) == before

    await other.reload()
    await expect(other.locator(ROW_FORM)).to_be_visible()
    await expect(other.locator("input[name=resolution]")).to_have_value("1920x1080")
    await description.fill("From the second tab.")
    assert await save(other) == 200
    assert await video(library) == {**before, "description": "From the second tab."}
    await other.close()


async def test_a_second_save_without_a_change_is_none(library: Library, page: Page) -> None:
    await open_row(page, "videos", TITLE)
    query = "SELECT t::text FROM videos t ORDER BY id"
    before = await library.database.fetch(query)
    for _ in range(2):
        assert await save(page) == 200
    assert await library.database.fetch(query) == before


async def test_an_error_stays_on_its_page(page: Page) -> None:
    await open_row(page, "videos", TITLE)
    await page.locator("input[name=duration_seconds]").fill("-1")
    assert await save(page) == 422
    popup = page.locator("#message_popup")
    await expect(popup).to_have_text("The form has errors.")
    await page.evaluate("location.hash = '#/channels'")
    await expect(page.get_by_role("heading", name="channels", exact=True)).to_be_visible()
    await expect(popup).to_have_count(0)
    await open_row(page, "videos", TITLE)
    assert await save(page) == 200
    await expect(popup).to_have_text("Successfully saved row")


async def hold(page: Page, pattern: str) -> asyncio.Event:
    """Answers of such an address wait for it."""
    released = asyncio.Event()

    async def answer(route: Route) -> None:
        await released.wait()
        await route.continue_()

    await page.route(pattern, answer)
    return released


async def test_a_new_row_is_typed_when_nothing_can_overwrite_it(page: Page) -> None:
    """What it starts with comes from the server, and takes the place of what was typed before."""
    released = await hold(page, "**/channels/new/")
    await page.goto("/admin/#/channels/add/")
    name = page.locator("input[name=name]")
    with pytest.raises(PlaywrightError, match="Timeout"):
        await name.fill("Typed early", timeout=1_000)
    released.set()
    await name.fill("Typed late")
    await page.wait_for_timeout(500)
    await expect(name).to_have_value("Typed late")


async def test_the_row_before_is_not_shown_in_the_place_of_the_next(page: Page) -> None:
    await open_row(page, "videos", TITLE)
    title = page.locator("textarea[name=title]:visible")
    released = await hold(page, "**/api/tables/videos/*-*/**")
    await page.go_back()
    await page.get_by_role("link", name=OTHER, exact=True).first.click()
    await expect(page.get_by_role("heading", name="Edit video")).to_be_visible()
    await expect(page.locator(ROW_FORM)).to_be_hidden()
    await expect(title).to_have_count(0)
    released.set()
    await expect(title).to_have_value(OTHER)


async def test_a_row_is_not_shown_in_the_fields_of_another_table(
    library: Library, page: Page
) -> None:
    await open_row(page, "videos", TITLE)
    channel_id = await library.database.fetchval("SELECT id FROM channels LIMIT 1")
    released = await hold(page, "**/channels/schema/")
    async with page.expect_response(lambda answer: str(channel_id) in answer.url):
        await page.evaluate(f"location.hash = '#/channels/{channel_id}/'")
    await page.wait_for_timeout(500)
    await expect(page.locator(ROW_FORM)).to_be_hidden()
    released.set()
    await expect(page.locator("input[name=handle]")).not_to_have_value("")
    await expect(page.locator(ROW_FORM)).to_be_visible()


async def test_without_its_row_a_form_is_not_shown(watched: Watched, page: Page) -> None:
    await open_row(page, "videos", TITLE)
    await page.route("**/api/tables/videos/*-*/**", lambda route: route.abort())
    await page.evaluate(f"location.hash = '#/videos/{uuid4()}/'")
    await expect(page.locator("#message_popup")).to_contain_text("The server did not answer.")
    await expect(page.locator(ROW_FORM)).to_be_hidden()
    watched.errors.clear()  # Chromium writes down what was cut off.


async def test_pages_are_called_as_people_say(watched: Watched, page: Page) -> None:
    for path, heading in (
        ("videos/add/", "Add a video"),
        ("audit_entries/", "audit entries"),
        ("channel_configuration/add/", "Add a channel setting"),
        ("channels/", "channels"),
        ("channels/add/", "Add a channel"),
    ):
        await page.goto(f"/admin/#/{path}")
        await expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    await page.get_by_role("banner").get_by_text("admin@").click()
    await expect(page.get_by_role("link", name="Two-step sign-in", exact=True)).to_be_visible()
    await open_row(page, "videos", TITLE)
    await expect(page.get_by_role("heading", name="Edit video", exact=True)).to_be_visible()
    await expect(page).to_have_title("Edit video · Reelbase")
    await expect(page.locator("label", has_text=re.compile(r"^\s*Channel\b")).first).to_be_visible()
    await expect(page.get_by_text("Channel Id")).to_have_count(0)
