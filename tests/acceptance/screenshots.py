"""make screenshots: the pictures in docs, of a library that is invented and then thrown away."""

import asyncio
from pathlib import Path

from playwright.async_api import Page

from tests.acceptance.alive import enliven
from tests.acceptance.browser import (
    chromium,
    enter,
    open_page,
    running_library,
)
from tests.acceptance.story import MOMENT, VIDEO, tell_story

DOCS = Path(__file__).parent.parent.parent / "docs"
TITLE = "Restoring the fog signal, part 1"


async def main() -> None:
    async with running_library() as library, chromium() as browser:
        await enliven(library, browser)
        await tell_story(library, browser)
        signed_in = (await open_page(browser, library.url)).page
        await enter(signed_in)
        await signed_in.get_by_text("Welcome to Reelbase").wait_for()
        cookies = await signed_in.context.cookies()
        for size, is_dark in (("desktop", False), ("desktop", True), ("phone", False)):
            page = (await open_page(browser, library.url, size, is_dark)).page
            await page.context.add_cookies(cookies)  # type: ignore[arg-type]  # Its own are told apart.
            await PICTURES[size, is_dark](page)


# A recorded film has no duration until its end was seen; an unplayed one shows that it loads.
PLAY = """async (video, second) => {
    const seek = (to) => new Promise((done) => {
        video.addEventListener("seeked", done, { once: true });
        video.currentTime = to;
    });
    await video.play();
    await seek(1e6);
    await seek(second);
    video.pause();
}"""


async def light(page: Page) -> None:
    await take(page, "/", "overview")
    await take(page, "/review", "review")
    await take(page, "/search?q=fog+bearing", "search")
    await page.goto(f"/watch/{VIDEO}?t={MOMENT:.0f}")
    await page.locator("video").evaluate(PLAY, MOMENT + 1)
    await picture(page, "watch")
    await page.goto("/admin/#/videos")
    await page.locator(".table_wrapper tbody tr").first.wait_for()
    await picture(page, "admin")
    await page.locator("[data-uitest=filter_button]").click()
    await page.locator(".right_column [name=title]").fill("fog signal")
    await page.get_by_role("button", name="Apply").click()
    await page.locator("#sidebar-close").click()
    await page.get_by_role("link", name=TITLE).click()
    await page.locator("[name=title]:visible").wait_for()
    await picture(page, "admin-row")
    await page.goto("/admin/#/forms/search-transcripts")
    await page.get_by_label("Words", exact=True).fill("bearings")
    await page.get_by_role("button", name="Submit").click()
    await page.locator("#success_message a").first.wait_for()
    await picture(page, "admin-form")


async def dark(page: Page) -> None:
    await take(page, "/", "overview-dark")


async def phone(page: Page) -> None:
    await take(page, "/", "overview-phone")
    await page.goto("/admin/#/videos")
    await page.locator(".table_wrapper tbody tr").first.wait_for()
    await picture(page, "admin-phone")


PICTURES = {("desktop", False): light, ("desktop", True): dark, ("phone", False): phone}


async def take(page: Page, path: str, name: str) -> None:
    await page.goto(path)
    await page.get_by_role("heading", level=1).wait_for()
    await picture(page, name)


async def picture(page: Page, name: str) -> None:
    await page.wait_for_load_state("networkidle")
    # What tells that something was done goes by itself.
    await page.locator("#message_popup").wait_for(state="hidden")
    await page.screenshot(path=DOCS / f"{name}.png")
    print(f"Wrote {DOCS / name}.png.")


if __name__ == "__main__":
    asyncio.run(main())
