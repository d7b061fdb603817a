"""The admin, as a person uses it: a real browser and the real program."""

import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from apps.catalog.tables import SENTENCES
from tests.acceptance.browser import (
    CHROMIUM,
    EMAIL,
    HINT,
    PASSWORD,
    Library,
    Watched,
    chromium,
    enter,
    open_page,
    running_library,
)
from tests.acceptance.invented import CHANNELS, VIDEOS
from tests.factories import CIPHERTEXT

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists() and os.environ.get("CI") != "true", reason=HINT
)

TITLE = "Why lighthouses blink"
ODD = {
    "metadata": {"big": 2**53 + 1, "whole": 1.0, "nested": [{"ünï": None}], "quote": "“\"'\\"},
    "processing_history": [{"at": 1.50, "by": ["a", {}]}],
    "tags": ["comma, comma", 'quote"', "日本語"],
    "frame_rate": 23.976023976023978,
    "error_message": None,
    "description": "Two lines:\nand “quotes”.",
}


@pytest.fixture(scope="module")
async def library() -> AsyncIterator[Library]:
    async with running_library() as running:
        yield running


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest.fixture
async def watched(library: Library, browser: Browser) -> AsyncIterator[Watched]:
    """A new visitor; whatever they did, no other host was asked and nothing broke."""
    visitor = await open_page(browser, library.url)
    yield visitor
    await visitor.page.context.close()
    assert len(visitor.urls) >= 5
    assert visitor.other_hosts() == set()
    assert visitor.faults() == []


@pytest.fixture(scope="module")
async def cookies(library: Library, browser: Browser) -> Any:
    """Those of somebody who signed in: the password's hash is slow to work out on purpose."""
    visitor = await open_page(browser, library.url)
    await enter(visitor.page)
    await expect(visitor.page.get_by_text("Welcome to Reelbase")).to_be_visible()
    return await visitor.page.context.cookies()


@pytest.fixture
async def page(watched: Watched, cookies: Any) -> Page:
    """Signed in."""
    await watched.page.context.add_cookies(cookies)
    return watched.page


async def row_of(library: Library, path: str, name: str, wanted: str) -> dict[str, Any]:
    items = (await library.api.get(path, params={"limit": 200})).json()["items"]
    return next(row for row in items if row[name] == wanted)


async def open_row(page: Page, table: str, link: str) -> None:
    await page.goto(f"/admin/#/{table}")
    await page.get_by_role("link", name=link, exact=True).first.click()
    await expect(page.get_by_role("button", name="Save")).to_be_visible()
    await page.wait_for_load_state("networkidle")  # The form stands before its values do.


async def save(page: Page) -> int:
    """The status that the server answered."""
    async with page.expect_response(lambda answer: answer.request.method == "PATCH") as saving:
        await page.get_by_role("button", name="Save").click()
    return (await saving.value).status


async def test_a_wrong_password_is_told(watched: Watched) -> None:
    await enter(watched.page, "not the password")
    await expect(watched.page.get_by_text("Problem logging in")).to_be_visible()
    await expect(watched.page.get_by_text("Welcome to Reelbase")).not_to_be_visible()
    await watched.page.fill("input[name=password]", PASSWORD)
    await watched.page.click("form button")
    await expect(watched.page.get_by_text("Welcome to Reelbase")).to_be_visible()


async def test_the_videos_are_listed_newest_first(page: Page) -> None:
    await page.goto("/admin/#/videos")
    await expect(page.get_by_role("link", name=TITLE, exact=True)).to_be_visible()
    titles = await page.locator("td:nth-child(2) a").all_inner_texts()
    newest = sorted(VIDEOS, key=lambda video: video[3], reverse=True)
    assert titles == [video[2] for video in newest]
    channels = await page.locator("td:nth-child(4) a").all_inner_texts()
    assert channels == [CHANNELS[video[0]]["name"] for video in newest]


async def test_a_corrected_title_changes_nothing_else(library: Library, page: Page) -> None:
    video = await row_of(library, "/api/videos", "title", TITLE)
    path = f"/api/videos/{video['id']}"
    before = (await library.api.patch(path, json=ODD)).raise_for_status().json()
    await open_row(page, "videos", TITLE)
    field = page.locator("textarea[name=title]:visible")
    await expect(field).to_have_value(TITLE)
    await field.fill("Why lighthouses never blink")
    assert await save(page) == 200
    after = (await library.api.get(path)).json()
    assert after.pop("title") == "Why lighthouses never blink"
    assert after.pop("updated_at") > before.pop("updated_at")
    assert before.pop("title") == TITLE
    assert after == before
    await library.api.patch(path, json={"title": TITLE})


async def test_arrays_json_and_dates_are_edited(library: Library, page: Page) -> None:
    video = await row_of(library, "/api/videos", "title", "Salt, acid, patience")
    await open_row(page, "videos", "Salt, acid, patience")
    # The named field is hidden; before it stands one for each item.
    first_tag = page.locator("xpath=//input[@name='tags']/preceding::input[1]")
    await expect(first_tag).to_have_value(video["tags"][0])
    await first_tag.fill("sourdough, rye")
    await page.locator("textarea[name=metadata]").fill('{"oven": [230, "°C"]}')
    await page.locator("[name=upload_date]").fill("2024-02-29")
    assert await save(page) == 200
    after = (await library.api.get(f"/api/videos/{video['id']}")).json()
    assert after["tags"] == ["sourdough, rye"]
    assert after["metadata"] == {"oven": [230, "°C"]}
    assert after["upload_date"] == "2024-02-29"


async def test_a_channels_credentials_outlive_a_save(library: Library, page: Page) -> None:
    statement = "UPDATE channels SET credentials = $1 WHERE name = 'Harbour Lights'"
    await library.database.execute(statement, CIPHERTEXT)
    channel = await row_of(library, "/api/channels", "name", "Harbour Lights")
    assert channel["credentials_set_at"] == "2023-11-14T22:13:20+00:00"
    await open_row(page, "channels", "Harbour Lights")
    assert CIPHERTEXT not in await page.content()
    await page.locator("input[name=handle]").fill("@lights")
    assert await save(page) == 200
    query = "SELECT credentials FROM channels WHERE handle = '@lights'"
    assert await library.database.fetchval(query) == CIPHERTEXT
    after = await row_of(library, "/api/channels", "handle", "@lights")
    assert {**channel, "handle": "@lights", "updated_at": after["updated_at"]} == after


@pytest.mark.parametrize(
    ("field", "content", "constraint"),
    [
        ("identifier", "a b", "videos_identifier_check"),
        ("identifier", "hL2mPq9sTdA", "videos_identifier_key"),
        ("youtube_video_id", "short", "videos_youtube_video_id_check"),
        ("duration_seconds", "-1", "videos_duration_seconds_check"),
    ],
)
async def test_a_rejected_value_is_told_in_a_sentence(
    library: Library, watched: Watched, page: Page, field: str, content: str, constraint: str
) -> None:
    before = await row_of(library, "/api/videos", "title", "Feilen, schaben, messen")
    await open_row(page, "videos", "Feilen, schaben, messen")
    await page.locator(f"input[name={field}]").fill(content)
    assert await save(page) == 422
    await expect(page.get_by_text(SENTENCES[constraint])).to_be_visible()
    assert "Traceback" not in await page.content()
    await expect(page.locator(f"input[name={field}]")).to_have_value(content)
    after = await row_of(library, "/api/videos", "title", "Feilen, schaben, messen")
    assert after == before


async def test_signing_out_ends_the_session(library: Library, watched: Watched) -> None:
    page = watched.page
    await enter(page)
    await page.get_by_role("link", name=EMAIL[:12]).first.click()
    page.on("dialog", lambda question: question.accept())
    await page.get_by_text("Log out").click()
    await expect(page.locator("input[name=password]")).to_be_visible()
    answer = await page.request.get(f"{library.url}/admin/api/tables/videos/")
    assert answer.status == 401


async def test_the_api_documentation_asks_no_other_host(watched: Watched) -> None:
    await watched.page.goto("/schema")
    # Only what is in sight is drawn.
    await expect(watched.page.get_by_text("/api/auth/tokens").first).to_be_visible()
