"""A found second plays, and the admin shows files: in a real browser."""

import wave
from base64 import b64decode
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.acceptance.browser import Library, findings, obstacles, on_both, open_context

TALK = "-hLxN5c8uJg"
GIF = b64decode("R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=")


def make_sound(file: Path, seconds: int) -> None:
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(bytes(8000 * seconds))


@pytest.fixture(autouse=True)
async def files(library: Library) -> None:
    """A video that is a sound, with pictures: its own and a thumbnail."""
    folder = library.data_dir / "talks"
    if not (folder / "talk.wav").exists():
        folder.mkdir(exist_ok=True)
        make_sound(folder / "talk.wav", 200)
        (folder / "talk.jpg").write_bytes(GIF)
        (folder / "thumb.gif").write_bytes(GIF)
    await library.database.execute(
        f"UPDATE videos SET cloud_url = '{folder}/talk.wav' WHERE identifier = '{TALK}';"
        "DELETE FROM thumbnails; INSERT INTO thumbnails (video_id, cloud_url) "
        f"SELECT id, '{folder}/thumb.gif' FROM videos WHERE identifier = '{TALK}'"
    )


async def test_a_found_second_plays(page: Page) -> None:
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


async def test_it_plays_without_scripts_too(library: Library, browser: Browser) -> None:
    context = await open_context(browser, library.url, is_scripted=False)
    await context.add_cookies(library.cookies)
    page = await context.new_page()
    await page.goto(f"/watch/{TALK}?t=60")
    line = page.locator(".lines a.time").nth(2)
    second = await line.get_attribute("data-second")
    await line.click()
    await page.wait_for_url(f"**/watch/{TALK}?t={second}&*")
    source = await page.locator("#player").get_attribute("src")
    assert source == f"/media/talks/talk.wav#t={second}"
    await context.close()


@on_both
async def test_the_pages_are_for_everybody(page: Page) -> None:
    for path in ("/search?q=bearings", f"/watch/{TALK}?t=60"):
        await page.goto(path)
        assert await obstacles(page) == [], path


async def test_the_admin_shows_a_picture_and_says_why_it_does_not_show_a_video(
    page: Page, library: Library
) -> None:
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
    await expect(told).to_have_text("The file is on another host: https://elsewhere.example/a.mp4")
    await expect(page.locator("#media_viewer video")).to_be_hidden()


async def test_a_picture_is_uploaded_and_saved(page: Page, library: Library) -> None:
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
