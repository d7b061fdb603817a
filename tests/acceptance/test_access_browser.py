"""Whether everybody can use the pages: axe finds nothing serious, no page is wider than a phone,
and keys do what a mouse does."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, expect

from tests.acceptance.browser import EMAIL, SIZES, Library, Watched, obstacles, on_both

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


async def get_an_answer(page: Page) -> None:
    await page.get_by_label("Words", exact=True).fill("bearings")
    await page.get_by_role("button", name="Submit").click()
    await expect(page.locator("#success_message a").first).to_be_visible()


async def be_refused(page: Page) -> None:
    await page.get_by_role("button", name="Submit").click()
    await expect(page.locator(".errors")).to_be_visible()


async def delete(page: Page) -> None:
    await page.get_by_role("checkbox", name="Select Night Train Lectures").check()
    page.once("dialog", lambda question: question.accept())
    await page.get_by_title("Delete selected Rows").click()
    await expect(page.get_by_text("Successfully deleted rows")).to_be_visible()


# Path, what is there when it is whole, and what is done then, one after the other.
Done = Callable[[Page], Awaitable[None]]
Place = tuple[str, str, list[Done]]
LISTED = ".table_wrapper tbody tr"
ON_BOTH: list[Place] = [
    ("/admin/", ".welcome", [show_menu]),
    ("/admin/#/videos", LISTED, [show_filters]),
    ("/admin/#/videos/{video}", "[name=title]:visible", [show_errors, choose_channel]),
    ("/admin/#/videos/add", "[name=title]:visible", []),
    ("/admin/#/forms/change-a-setting", ".choice", []),
    ("/", "h1", []),
    ("/review", "h1", []),
    ("/search", "h1", []),
    ("/search?q=bearings", ".hit", []),
    (f"/watch/{VIDEO}?t=62", ".lines", []),
    ("/backups", "h1", []),
    ("/admin/#/audit_entries", LISTED, []),
]
# On one size each, in turns.
ON_ONE: list[Place] = [
    ("/admin/#/videos?title=nothing-like-it", "text=No results found", []),
    ("/admin/#/forms/search-transcripts", "[name=words]", [get_an_answer]),
    ("/search?q=nobodysaysthis", ".empty", []),
    ("/admin/#/forms/import-a-folder", "[name=folder]", [be_refused]),
    ("/watch/nT2cYp6aHb9", ".no-player", []),
    ("/search?q=bearings&channel=Harbour+Lights&language=en", ".filters", []),
    ("/search?q=the", ".empty", []),
    ("/admin/#/channels", LISTED, [delete]),
]


@on_both
async def test_axe_finds_nothing_serious(library: Library, page: Page, size: str) -> None:
    video = (await library.api.get(f"/api/videos/{VIDEO}")).json()["id"]
    found = {}
    for path, whole, steps in [*ON_BOTH, *ON_ONE[[*SIZES].index(size) :: len(SIZES)]]:
        await page.goto("about:blank")
        await page.goto(path.format(video=video))
        await page.locator(whole).first.wait_for()
        found[path] = await obstacles(page)
        for step in steps:
            await step(page)
            found[f"{path} {step.__name__}"] = await obstacles(page)
    assert {name: each for name, each in found.items() if each} == {}


@on_both
async def test_an_error_is_a_page_for_everybody(library: Library, watched: Watched) -> None:
    page = watched.page
    await library.database.execute("UPDATE users SET superuser = false")
    while (await page.request.get("/backups")).ok:
        pass  # Who somebody is, is remembered for a second.
    for path, status, title in [
        ("/watch/nothing", 404, "Not found"),
        (f"/search?q={'x' * 600}", 422, "Search"),
        ("/backups", 403, "Forbidden"),
    ]:
        answer = await page.goto(path)
        assert answer
        assert answer.status == status
        await expect(page.get_by_role("heading", level=1)).to_have_text(title)
        assert await obstacles(page) == []
    watched.forgive(404, 403)


@on_both
async def test_a_dialog_closes_with_escape(page: Page) -> None:
    await page.goto("/admin/#/videos")
    await page.get_by_role("button", name="Export CSV").press("Enter")
    dialog = page.get_by_role("dialog", name="Export CSV")
    await expect(dialog).to_be_visible()
    await expect(dialog.get_by_label("Delimiter")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()


@pytest.mark.parametrize("size", ["phone"])
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
    await expect(page.get_by_label("YouTube video ID", exact=True)).to_have_value(VIDEO)
    await expect(page.get_by_label("Upload date", exact=True)).to_have_value(video["upload_date"])
    await expect(page).to_have_title("Edit video · Reelbase")
