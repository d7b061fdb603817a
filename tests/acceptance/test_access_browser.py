"""Whether everybody can use the pages: axe finds nothing serious, no page is wider than a phone,
and keys do what a mouse does."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.acceptance.browser import (
    EMAIL,
    SIZES,
    Library,
    findings,
    on_both,
    open_page,
)

VIDEO = "hL2mPq9sTdA"


async def show_filters(page: Page) -> None:
    await page.locator("[data-uitest=filter_button]").click()
    await expect(page.get_by_role("complementary", name="Filters")).to_be_visible()


async def show_errors(page: Page) -> None:
    await page.locator("input[name=youtube_video_id]").fill("short")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".errors")).to_be_visible()


async def show_menu(page: Page) -> None:
    await page.get_by_role("link", name=EMAIL[:12]).click()
    await expect(page.get_by_text("Log out")).to_be_visible()


async def choose_channel(page: Page) -> None:
    await page.locator(".key_search input:visible").first.focus()
    await expect(page.get_by_role("dialog")).to_be_visible()


# Path, what is there when it is whole, and what is done then.
Done = Callable[[Page], Awaitable[None]]
PAGES: list[tuple[str, str, Done | None]] = [
    ("/admin/", ".welcome", None),
    ("/admin/", ".welcome", show_menu),
    ("/admin/#/videos", ".table_wrapper tbody tr", None),
    ("/admin/#/videos", ".table_wrapper tbody tr", show_filters),
    ("/admin/#/videos/{video}", "[name=title]:visible", None),
    ("/admin/#/videos/{video}", "[name=title]:visible", show_errors),
    ("/admin/#/videos/{video}", "[name=title]:visible", choose_channel),
    ("/admin/#/videos/add", "[name=title]:visible", None),
    ("/admin/#/forms/set-a-configuration-value", ".choice", None),
    ("/", "h1", None),
    ("/review", "h1", None),
    ("/search", "h1", None),
    ("/search?q=bearings", ".hit", None),
    (f"/watch/{VIDEO}?t=62", ".lines", None),
    ("/backups", "h1", None),
]


# Contrast is the same on each size, and everything else in light and dark.
@pytest.mark.parametrize(
    ("size", "is_dark"), [*zip(SIZES, [False, True], strict=True)], ids=["light", "dark"]
)
async def test_axe_finds_nothing_serious(
    library: Library, browser: Browser, cookies: Any, size: str, is_dark: bool
) -> None:
    visitor = await open_page(browser, library.url, size, is_dark)
    page = visitor.page
    await page.goto("/admin/")
    await page.locator("#login").wait_for()
    found = {"sign-in": await findings(page)}
    await page.context.add_cookies(cookies)
    video = (await library.api.get(f"/api/videos/{VIDEO}")).json()["id"]
    for path, whole, do in PAGES:
        await page.goto("about:blank")
        await page.goto(path.format(video=video))
        await page.locator(whole).first.wait_for()
        await page.wait_for_load_state("networkidle")
        if do:
            await do(page)
        name = f"{path} {do.__name__ if do else ''}"
        found[name] = await findings(page)
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found[name].append("It is wider than the screen.")
    await page.context.close()
    assert {name: each for name, each in found.items() if each} == {}
    assert visitor.faults() == []
    assert visitor.other_hosts() == set()


@on_both
async def test_a_dialog_closes_with_escape(page: Page) -> None:
    await page.goto("/admin/#/videos")
    await page.get_by_role("button", name="Export CSV").press("Enter")
    dialog = page.get_by_role("dialog", name="Export CSV")
    await expect(dialog).to_be_visible()
    await expect(dialog.get_by_label("Delimiter")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()


@pytest.mark.parametrize("watched", ["phone"], indirect=True)
async def test_the_menu_of_a_phone_goes_when_something_was_chosen(page: Page) -> None:
    await page.goto("/admin/#/videos")
    await page.get_by_role("link", name="Menu").click()
    menu = page.get_by_role("navigation", name="Tables, forms and links")
    await menu.get_by_role("link", name="channels", exact=True).click()
    await expect(page.get_by_role("heading", name="channels")).to_be_visible()
    await expect(menu).to_be_hidden()


@on_both
async def test_fields_have_the_names_that_stand_beside_them(library: Library, page: Page) -> None:
    video = (await library.api.get(f"/api/videos/{VIDEO}")).json()
    await page.goto(f"/admin/#/videos/{video['id']}")
    await expect(page.get_by_label("Youtube Video Id", exact=True)).to_have_value(VIDEO)
    await expect(page.get_by_label("Upload Date", exact=True)).to_have_value(video["upload_date"])
    await expect(page).to_have_title("Edit Videos · Reelbase")
