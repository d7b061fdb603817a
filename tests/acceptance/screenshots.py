"""make screenshots: the pictures in docs, of a library that is invented and then thrown away."""

import asyncio
from pathlib import Path

from tests.acceptance.browser import chromium, enter, open_page, running_library

DOCS = Path(__file__).parent.parent.parent / "docs"


async def main() -> None:
    async with running_library() as library, chromium() as browser:
        page = (await open_page(browser, library.url)).page
        await enter(page)
        await page.goto("/admin/#/videos")
        await page.get_by_text("Maps of places that moved").wait_for()
        await page.screenshot(path=DOCS / "admin.png")
    print(f"Wrote {DOCS / 'admin.png'}.")


if __name__ == "__main__":
    asyncio.run(main())
