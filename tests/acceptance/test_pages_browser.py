"""The pages beside the admin, looked at by somebody who is signed in there."""

import json

import pytest
from playwright.async_api import Browser, Page, expect

from apps.catalog.tasks import IMPORT_FOLDER
from tests.acceptance.alive import media
from tests.acceptance.browser import Library, Watched, obstacles, on_both, open_row

VIDEO = "hL2mPq9sTdA"
FOG = "Restoring the fog signal, part 1"


@on_both
async def test_the_overview_shows_the_library_and_leads_on(page: Page) -> None:
    await page.goto("/")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    videos = page.locator(".card", has=page.get_by_text("Videos", exact=True))
    await expect(videos.get_by_role("link")).to_have_text("12")
    await page.get_by_role("searchbox").fill("bearings")
    await page.get_by_role("searchbox").press("Enter")
    await page.wait_for_url("**/search?q=bearings")


@on_both
async def test_an_answer_leads_to_the_second(page: Page) -> None:
    await page.goto('/search?q="what is underneath"')
    first = page.get_by_role("main").get_by_role("heading", level=2).first.get_by_role("link")
    address = await first.get_attribute("href")
    assert address is not None
    await first.click()
    await page.wait_for_url(f"**{address}")
    await expect(page.get_by_role("heading", name="Transcript")).to_be_visible()
    await expect(page.locator("li[aria-current=true]")).to_be_visible()


@on_both
async def test_a_finding_leads_to_its_rows(page: Page, library: Library) -> None:
    failed = await library.database.fetchval("SELECT count(*) FROM videos WHERE status = 'failed'")
    assert failed == 0
    await library.database.execute(
        "UPDATE videos SET status = 'failed', error_message = 'The stream ended early.' "
        f"WHERE title = '{FOG}'"
    )
    await page.goto("/review")
    check = page.get_by_role("listitem").filter(
        has=page.get_by_role("heading", name="Processing failed")
    )
    await expect(check.locator(".count")).to_contain_text("1")
    await check.get_by_role("link").first.click()
    await page.wait_for_url("**/admin/#/videos*")
    await expect(page.locator(".table_wrapper tbody tr")).to_have_count(1)
    await expect(page.get_by_role("link", name=FOG)).to_be_visible()


@pytest.mark.parametrize("size", ["phone"])
async def test_an_empty_library_says_how_to_begin(library: Library, page: Page) -> None:
    await library.database.execute("DELETE FROM channels")
    await page.goto("/")
    await expect(page.get_by_role("heading", name="The library is empty")).to_be_visible()
    assert await obstacles(page) == []


@on_both
async def test_work_is_told_in_its_place_until_it_ends(library: Library, page: Page) -> None:
    job = await library.database.fetchval(
        "INSERT INTO processing_jobs (job_type, status, external_run_id, started_at, progress) "
        "VALUES ('import_folder', 'running', 'reelbase:here:1', now(), 0.25) RETURNING id"
    )

    async def tell(**values: object) -> None:
        columns = ", ".join(f"{name} = ${place}" for place, name in enumerate(values, 2))
        statement = f"UPDATE processing_jobs SET {columns} WHERE id = $1"
        await library.database.execute(statement, job, *values.values())

    # Without it the job would be one whose process is gone.
    await library.database.execute(f"SELECT pg_advisory_lock({IMPORT_FOLDER.lock})")
    try:
        await page.goto(f"/jobs/{job}")
        assert await obstacles(page) == []
        await page.evaluate("window.isSamePage = true")
        await tell(progress=0.5, result=json.dumps({"so_far": "512 of 1,024 videos"}))
        await expect(page.get_by_role("status")).to_have_text("512 of 1,024 videos")
        await expect(page.locator("progress")).to_have_js_property("value", 0.5)
        assert await page.evaluate("window.isSamePage")
        fault = {"path": "talks/broken.info.json", "reason": "It is no JSON."}
        report = {"folder": "/talks", "dry_run": False, "broken_files": 2, "broken": [fault]}
        await tell(status="completed", result=json.dumps(report))
        await expect(page.get_by_text("Imported /talks")).to_be_visible()
        assert await obstacles(page) == []
        await tell(status="failed", error_message="No space left on device.")
        await page.reload()
        await expect(page.get_by_text("No space left on device.")).to_be_visible()
        assert await obstacles(page) == []
    finally:
        await library.database.execute(f"SELECT pg_advisory_unlock({IMPORT_FOLDER.lock})")


async def test_keys_alone_reach_the_content(page: Page) -> None:
    await page.goto("/")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/#main")


@pytest.fixture(scope="module")
async def films(running: Library, browser: Browser) -> list[str]:
    return await media(running, browser)


@pytest.fixture
async def film(library: Library, films: list[str]) -> str:
    """What it is called; a picture of it lies beside it."""
    (name, *_) = films
    await library.api.patch(f"/api/videos/{VIDEO}", json={"cloud_url": f"{name}.webm"})
    return name


@on_both
async def test_a_video_plays(film: str, page: Page) -> None:
    await page.goto(f"/watch/{VIDEO}")
    player = page.locator("video")
    assert await player.get_attribute("src") == f"/media/{film}.webm"
    assert await player.get_attribute("poster") == f"/media/{film}.jpg"
    await player.evaluate("video => video.play()")
    assert await player.evaluate("video => [video.videoWidth, video.videoHeight]") == [640, 360]


@on_both
async def test_a_video_is_seen_in_the_admin(film: str, library: Library, page: Page) -> None:
    await open_row(page, "videos", FOG)
    await page.get_by_role("link", name="View", exact=True).click()
    player = page.locator("#media_viewer video")
    await expect(player).to_have_js_property("videoWidth", 640)
    await page.keyboard.press("Escape")
    await expect(page.locator("#media_viewer")).to_be_hidden()


async def test_the_api_documentation_asks_no_other_host(watched: Watched) -> None:
    await watched.page.goto("/schema")
    # Only what is in sight is drawn.
    await expect(watched.page.get_by_text("/api/auth/tokens").first).to_be_visible()
