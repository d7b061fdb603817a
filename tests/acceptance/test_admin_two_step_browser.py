"""Signing in with a password and the code of an authenticator app."""

import re

import pyotp
from playwright.async_api import Page, expect

from tests.acceptance.browser import PASSWORD, Library, Watched, enter, obstacles, on_both

WELCOME = "Welcome to Reelbase"


async def switch_on(page: Page) -> tuple[pyotp.TOTP, list[str]]:
    """The app on a phone, and the recovery codes."""
    await page.goto("/admin/api/mfa-setup/")
    await page.get_by_label("Your password").fill("not the password")
    await page.get_by_role("button", name="Set up").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    assert await obstacles(page) == []
    await page.get_by_label("Your password").fill(PASSWORD)
    await page.get_by_role("button", name="Set up").click()
    key = page.locator("code").filter(has_text=re.compile(r"^[A-Z2-7]{32}$"))
    app = pyotp.TOTP(await key.inner_text())
    assert await obstacles(page) == []
    await page.get_by_label("Six-digit code").fill(app.now())
    await page.get_by_role("button", name="Turn on").click()
    await expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert await obstacles(page) == []
    return app, await page.locator(".codes code").all_inner_texts()


async def switch_off(page: Page, recovery: str) -> None:
    await page.goto("/admin/api/mfa-setup/")
    await page.get_by_label("Your password").fill(PASSWORD)
    await page.get_by_label("Code from the app, or a recovery code").fill(recovery)
    assert await obstacles(page) == []
    await page.get_by_role("button", name="Turn off").click()
    await expect(page.get_by_role("status")).to_contain_text("Two-step sign-in is off.")


@on_both
async def test_a_code_is_asked_for_after_the_password(library: Library, stranger: Watched) -> None:
    page = stranger.page
    await enter(page)
    await page.get_by_text(WELCOME).wait_for()
    app, codes = await switch_on(page)
    stranger.forgive(403)  # The wrong password.
    # As if the next thirty seconds had come: a code is good once.
    await library.database.execute("UPDATE authenticator_secrets SET last_step = last_step - 10")

    await page.context.clear_cookies()
    await enter(page)
    field = page.get_by_label("Code", exact=True)
    await expect(field).to_be_focused()
    assert await obstacles(page) == []
    told = page.locator("#login").get_by_role("alert")
    await expect(told).to_have_text("Enter the code from your authenticator app.")
    await field.fill("000000")
    await page.click("form button")
    await expect(told).to_have_text("This code is wrong or has expired.")
    await field.fill(app.now())
    await page.click("form button")
    await expect(page.get_by_text(WELCOME)).to_be_visible()

    await page.context.clear_cookies()
    await enter(page)
    await page.get_by_label("Code", exact=True).fill(codes[0])
    await page.click("form button")
    await expect(page.get_by_text(WELCOME)).to_be_visible()
    await switch_off(page, codes[1])
