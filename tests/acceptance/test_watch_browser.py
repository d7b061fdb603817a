"""A found second plays, and the admin shows files: in a real browser."""

import os
import wave
from base64 import b64decode
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.acceptance.browser import (
    CHROMIUM,
    HINT,
    Library,
    Watched,
    chromium,
    enter,
    findings,
    open_page,
    running_library,
)

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists() and os.environ.get("CI") != "true", reason=HINT
)

TALK = "-hLxN5c8uJg"
GIF = b64decode("R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=")


def make_sound(file: Path, seconds: int) -> None:
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(bytes(8000 * seconds))


@pytest.fixture(scope="module")
async def library() -> AsyncIterator[Library]:
    async with running_library() as library:
        folder = library.data_dir / "talks"
        folder.mkdir()
        make_sound(folder / "talk.wav", 200)
        (folder / "talk.jpg").write_bytes(GIF)
        (folder / "thumb.gif").write_bytes(GIF)
        await library.database.execute(
            "UPDATE videos SET cloud_url = $1 WHERE identifier = $2",
            str(folder / "talk.wav"),
            TALK,
        )
        await library.database.execute(
            "DELETE FROM thumbnails; INSERT INTO thumbnails (video_id, cloud_url) "
            f"SELECT id, '{folder}/thumb.gif' FROM videos WHERE identifier = '{TALK}'"
        )
        yield library


@pytest.fixture(scope="module")
async def signed_in(library: Library) -> AsyncIterator[Watched]:
    async with chromium() as browser:
        watched = await open_page(browser, library.url)
        await enter(watched.page)
        await expect(watched.page.get_by_role("link", name="Videos")).to_be_visible()
        yield watched


@pytest.fixture
async def visit(signed_in: Watched) -> AsyncIterator[Watched]:
    await signed_in.page.goto("/search")
    signed_in.urls.clear()
    signed_in.errors.clear()
    yield signed_in
    assert signed_in.faults() == []
    assert signed_in.other_hosts() == set()


async def fits(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


async def test_a_found_second_plays(visit: Watched) -> None:
    page = visit.page
    await page.goto("/search")
    await page.get_by_role("searchbox").fill("bearings")
    await page.keyboard.press("Enter")
    hit = page.get_by_role("heading", name="Why lighthouses blink, at 0:01:00")
    await expect(hit).to_be_visible()
    assert await findings(page) == []
    await hit.get_by_role("link").click()
    player = page.locator("#player")
    await expect(player).to_have_js_property("currentTime", 60)
    assert await findings(page) == []
    line = page.locator(".lines a.time").nth(2)
    second = int(await line.get_attribute("data-second") or 0)
    assert second not in (0, 60)
    await page.evaluate("window.isSamePage = true")
    await line.press("Enter")
    await expect(player).not_to_have_js_property("currentTime", 60)
    assert second <= await player.evaluate("(one) => one.currentTime") < second + 10
    assert await page.evaluate("window.isSamePage")
    assert f"t={second}" in page.url


async def test_it_plays_without_scripts_too(visit: Watched, library: Library) -> None:
    browser = visit.page.context.browser
    assert browser is not None
    context = await browser.new_context(
        base_url=library.url,
        java_script_enabled=False,
        storage_state=await visit.page.context.storage_state(),
    )
    page = await context.new_page()
    await page.goto(f"/watch/{TALK}?t=60")
    line = page.locator(".lines a.time").nth(2)
    second = await line.get_attribute("data-second")
    await line.click()
    await page.wait_for_url(f"**/watch/{TALK}?t={second}&*")
    source = await page.locator("#player").get_attribute("src")
    assert source == f"/media/talks/talk.wav#t={second}"
    await context.close()


async def test_the_pages_are_for_everybody(visit: Watched) -> None:
    page = visit.page
    paths = ("/search?q=bearings", "/search", f"/watch/{TALK}?t=60", "/watch/hL2mPq9sTdA?t=65")
    for path in paths:
        await page.goto(path)
        for scheme, width in (("light", 1280), ("dark", 360)):
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # One of two.
            await page.set_viewport_size({"width": width, "height": 800})
            assert await findings(page) == [], path
            assert await fits(page), path
    await page.set_viewport_size({"width": 1280, "height": 800})


async def test_the_admin_shows_a_picture_and_says_why_it_does_not_show_a_video(
    visit: Watched, library: Library
) -> None:
    page = visit.page
    row = await library.database.fetchrow("SELECT id::text, cloud_url FROM thumbnails")
    await page.goto(f"/admin/#/thumbnails/{row['id']}")
    await page.locator(".media_block a").click()
    image = page.locator("#media_viewer img")
    await expect(image).to_have_attribute("src", "/media/talks/thumb.gif")
    assert await image.evaluate("async (one) => (await one.decode(), one.naturalWidth)") == 1
    await library.database.execute(
        "UPDATE videos SET cloud_url = 'https://elsewhere.example/a.mp4' "
        "WHERE identifier = 'hL2mPq9sTdA'"
    )
    video_id = await library.database.fetchval(
        "SELECT id::text FROM videos WHERE identifier = 'hL2mPq9sTdA'"
    )
    await page.locator("#media_viewer .close a").click()
    await page.goto(f"/admin/#/videos/{video_id}")
    await expect(page.locator("[name=identifier]")).to_have_value("hL2mPq9sTdA")
    await page.locator(".media_block a").click()
    told = page.locator("#media_viewer .not_shown")
    await expect(told).to_have_text(
        "The file is on another host, at https://elsewhere.example/a.mp4"
    )
    await expect(page.locator("#media_viewer video")).to_be_hidden()


async def test_a_picture_is_uploaded_and_saved(visit: Watched, library: Library) -> None:
    page = visit.page
    row = await library.database.fetchrow("SELECT id::text, cloud_url FROM thumbnails")
    await page.goto(f"/admin/#/thumbnails/{row['id']}")
    field = page.get_by_role("textbox", name="Cloud Url")
    await expect(field).to_have_value(row["cloud_url"])
    chosen = {"name": "new poster.gif", "mimeType": "image/gif", "buffer": GIF}
    await page.locator(".media_block input[type=file]").set_input_files(chosen)  # type: ignore[arg-type]  # A FilePayload.
    await expect(field).not_to_have_value(row["cloud_url"])
    async with page.expect_response(lambda answer: answer.request.method == "PATCH") as saving:
        await page.get_by_role("button", name="Save").click()
    assert (await saving.value).status == 200
    stored = Path(await library.database.fetchval("SELECT cloud_url FROM thumbnails"))
    assert stored.parent == library.data_dir.resolve() / "media" / "thumbnails"
    assert stored.read_bytes() == GIF
    await library.database.execute("UPDATE thumbnails SET cloud_url = $1", row["cloud_url"])
