"""Two tabs with the same row, and what else the admin's page is helped with from outside."""

import asyncio
import json
import re
from typing import Any
from uuid import uuid4

import pytest
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


async def test_who_saved_without_a_change_is_told_all_the_same(
    library: Library, page: Page
) -> None:
    await open_row(page, "videos", TITLE)
    await library.database.execute(
        "UPDATE videos SET description = 'By another.' WHERE title = $1", TITLE
    )
    before = await video(library)
    assert await save(page) == 200
    await page.locator("textarea[name=description]:visible").fill("By me.")
    assert await save(page) == 422
    await expect(page.get_by_role("alert").get_by_role("listitem")).to_have_text(TOLD)
    assert await video(library) == before


async def test_rows_that_are_changed_in_the_listing_are_changed_each_time(
    library: Library, page: Page
) -> None:
    """Also the one that was open before."""
    await open_row(page, "videos", TITLE)
    await page.go_back()
    for resolution in ("640x360", "1280x720"):
        for title in (TITLE, OTHER):
            await page.get_by_role("checkbox", name=f"Select {title}", exact=True).check()
        await page.get_by_role("link", name="Edit 2 rows").click()
        await page.locator("select[name=property]").select_option("resolution")
        await page.locator(".modal input[name=resolution]").fill(resolution)
        await page.get_by_role("button", name="Edit", exact=True).click()
        await expect(page.get_by_text("Successfully updated rows")).to_be_visible()
        await expect(page.locator("select[name=property]")).to_have_count(0)
        query = "SELECT DISTINCT resolution FROM videos WHERE title = ANY($1)"
        found = await library.database.fetch(query, [TITLE, OTHER])
        assert [row["resolution"] for row in found] == [resolution]


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
    await expect(page.get_by_role("heading", name="Add a channel")).to_be_visible()
    name = page.locator("input[name=name]")
    await expect(name).to_have_count(1)
    await expect(name).to_be_hidden()
    released.set()
    await name.fill("Typed late")
    await page.wait_for_load_state("networkidle")
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


async def test_nor_when_it_is_answered_last(library: Library, page: Page) -> None:
    late = await library.database.fetchval("SELECT id FROM videos WHERE title = $1", TITLE)
    await page.goto("/admin/#/videos")
    released = await hold(page, f"**/api/tables/videos/{late}/**")
    async with page.expect_request(f"**/api/tables/videos/{late}/**"):
        await page.get_by_role("link", name=TITLE, exact=True).first.click()
    await page.go_back()
    await page.get_by_role("link", name=OTHER, exact=True).first.click()
    await expect(page.locator(ROW_FORM)).to_be_visible()
    released.set()
    await page.wait_for_timeout(500)  # The answer would come now.
    await expect(page.locator("textarea[name=title]:visible")).to_have_value(OTHER)
    await expect(page.locator("#message_popup")).to_have_count(0)


async def test_a_row_is_not_shown_in_the_fields_of_another_table(
    library: Library, page: Page
) -> None:
    await open_row(page, "videos", TITLE)
    channel_id = await library.database.fetchval("SELECT id FROM channels WHERE handle > ''")
    released = await hold(page, "**/channels/schema/")
    async with page.expect_response(lambda answer: str(channel_id) in answer.url):
        await page.evaluate(f"location.hash = '#/channels/{channel_id}/'")
    await page.wait_for_timeout(500)
    await expect(page.locator(ROW_FORM)).to_be_hidden()
    released.set()
    await expect(page.locator("input[name=handle]")).not_to_have_value("")
    await expect(page.locator(ROW_FORM)).to_be_visible()


@pytest.mark.parametrize(
    ("answer", "told", "fault"),
    [
        (None, "The server did not answer.", "net::ERR_FAILED"),
        ("The database is busy: try again.", "The database is busy: try again.", "503"),
        ("", "The server answered 503.", "503"),
    ],
)
async def test_without_its_row_a_form_is_not_shown(
    watched: Watched, page: Page, answer: str | None, told: str, fault: str
) -> None:
    async def refuse(route: Route) -> None:
        if answer is None:
            await route.abort()
        else:
            await route.fulfill(status=503, content_type="text/plain", body=answer)

    await open_row(page, "videos", TITLE)
    await page.route("**/api/tables/videos/*-*/**", refuse)
    await page.evaluate(f"location.hash = '#/videos/{uuid4()}/'")
    await expect(page.locator("#message_popup")).to_contain_text(told)
    await expect(page.locator(ROW_FORM)).to_be_hidden()
    while not watched.errors:
        await page.wait_for_timeout(50)
    (said,) = watched.errors  # Chromium writes down what it did not get.
    assert fault in said
    watched.errors.clear()


@pytest.mark.parametrize("is_touched", [False, True])
async def test_what_nobody_touched_stays_as_it_is_by_now(
    library: Library, page: Page, is_touched: bool
) -> None:
    """A job that goes on while somebody has it open."""
    job_id = await library.database.fetchval(
        "INSERT INTO processing_jobs (job_type, status, attempts, progress, result) "
        "VALUES ('of a worker', 'running', 1, 0.25, '{\"so_far\": 1}') RETURNING id"
    )
    await page.goto(f"/admin/#/processing_jobs/{job_id}/")
    await expect(page.locator(ROW_FORM)).to_be_visible()
    await library.database.execute(
        "UPDATE processing_jobs SET status = 'completed', progress = 1, completed_at = now(), "
        "result = '{}' WHERE id = $1",
        job_id,
    )
    query = "SELECT to_jsonb(t) - 'updated_at' FROM processing_jobs t WHERE id = $1"
    before = json.loads(await library.database.fetchval(query, job_id))
    if is_touched:
        await page.locator("input[name=priority]").fill("7")
    assert await save(page) == 200
    after = {**before, "priority": 7} if is_touched else before
    assert json.loads(await library.database.fetchval(query, job_id)) == after


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


async def test_what_a_column_is_for_is_told_beside_it(page: Page) -> None:
    await page.goto("/admin/#/videos/add/")
    label = page.locator("label", has_text="Resolution")
    told = label.get_by_text("For example 1920x1080.")
    await expect(told).to_be_hidden()
    await label.get_by_role("link", name="For example 1920x1080.").click()
    await expect(told).to_be_visible()
