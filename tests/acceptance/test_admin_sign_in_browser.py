"""Signing in to the admin and out of it, as a person does."""

import pytest
from playwright.async_api import Page, expect

from tests.acceptance.browser import (
    EMAIL,
    PASSWORD,
    Library,
    Watched,
    enter,
    obstacles,
    on_both,
)

WELCOME = "Welcome to Reelbase"


@on_both
async def test_a_wrong_password_is_told(stranger: Watched) -> None:
    page = stranger.page
    await enter(page, "not the password")
    told = page.locator("#login").get_by_role("alert")
    await expect(told).to_have_text("Wrong email address or password.")
    await expect(page.get_by_text(WELCOME)).not_to_be_visible()
    assert await obstacles(page) == []
    await page.fill("input[name=password]", PASSWORD)
    await page.click("form button")
    await expect(page.get_by_text(WELCOME)).to_be_visible()


@on_both
async def test_too_many_attempts_are_told(stranger: Watched) -> None:
    page = stranger.page
    body = '{"status": 429, "detail": "Too many attempts. Try again in 7 s."}'
    problem = "application/problem+json"
    await page.route(
        "**/public/login/",
        lambda route: route.fulfill(status=429, content_type=problem, body=body),
    )
    await enter(page)
    told = page.locator("#login").get_by_role("alert")
    await expect(told).to_have_text("Too many attempts. Try again in 7 s.")


@pytest.mark.parametrize("path", ["/", "/search?q=bearings"])
async def test_a_page_is_reached_after_the_sign_in(stranger: Watched, path: str) -> None:
    await enter(stranger.page, path=path)
    await stranger.page.wait_for_url(f"**{path}")
    await expect(stranger.page.get_by_role("navigation", name="Pages")).to_be_visible()


async def test_a_page_is_reached_at_once_by_somebody_signed_in(page: Page) -> None:
    await page.goto("/admin/?next=%2Fsearch%3Fq%3Dbearings")
    await page.wait_for_url("**/search?q=bearings")


@pytest.mark.parametrize(
    "next_path",
    [
        "https://library.example/",
        "//library.example/",
        "/\\library.example/",
        "/%09/library.example/",
        "javascript:alert(1)",
        "health",
    ],
)
async def test_no_other_place_is_reached_that_way(page: Page, next_path: str) -> None:
    await page.goto(f"/admin/?next={next_path}")
    await expect(page.get_by_text(WELCOME)).to_be_visible()
    assert "/admin/?next=" in page.url


@on_both
async def test_signing_out_ends_the_session(library: Library, stranger: Watched) -> None:
    page = stranger.page
    await enter(page)
    await page.get_by_role("link", name=EMAIL[:12]).first.click()
    page.on("dialog", lambda question: question.accept())
    await page.get_by_text("Log out").click()
    await expect(page.locator("input[name=password]")).to_be_visible()
    await expect(page.locator("#login").get_by_role("alert")).to_be_empty()
    answer = await page.request.get(f"{library.url}/admin/api/tables/videos/")
    assert answer.status == 401


@on_both
async def test_a_session_that_was_ended_elsewhere_is_told(
    library: Library, stranger: Watched
) -> None:
    page = stranger.page
    await enter(page)
    await page.get_by_text(WELCOME).wait_for()
    await page.goto("/admin/#/videos")
    await page.locator(".table_wrapper tbody tr").first.wait_for()
    await library.database.execute(
        "DELETE FROM sessions WHERE id = (SELECT id FROM sessions ORDER BY id DESC LIMIT 1)"
    )
    await page.locator("td:nth-child(2) a").first.click()
    told = page.locator("#login").get_by_role("alert")
    await expect(told).to_have_text("Your session has ended. Sign in again.")
    # And then they are where they wanted to be.
    await page.fill("input[name=username]", EMAIL)
    await page.fill("input[name=password]", PASSWORD)
    await page.click("form button")
    await expect(page.get_by_role("heading", name="Edit video", exact=True)).to_be_visible()


async def test_who_chose_nothing_has_the_systems_light_or_dark(stranger: Watched) -> None:
    page = stranger.page
    await page.emulate_media(color_scheme="dark")
    await page.goto("/admin/")
    await expect(page.locator("#app.dark_mode")).to_be_visible()
