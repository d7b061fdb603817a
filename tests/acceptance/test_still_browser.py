"""Nothing moves in the browser that the tests use: a colour is the same whenever it is measured."""

import pytest
from playwright.async_api import Page, expect

from tests.acceptance.browser import findings

MOVING = """() => [...[...document.querySelectorAll('*')].flatMap(
    (one) => ['', '::before', '::after'].map((part) => getComputedStyle(one, part)))]
    .filter((style) => style.animationName !== 'none' || parseFloat(style.transitionDuration))
    .length"""
MOVE = """async (how) => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(`@keyframes fade { from { opacity: 0 } } .probe { opacity: 1 }
        .animated { animation: fade 9s } .changed { opacity: 0; transition: opacity 9s }`)
    document.adoptedStyleSheets.push(sheet)
    const probe = document.createElement('p')
    document.body.append(probe)
    probe.className = how === 'transition' ? 'changed' : 'probe'
    getComputedStyle(probe).opacity  // Where it comes from, before it goes on.
    if (how === 'animation') probe.className = 'animated'
    if (how === 'transition') probe.style.opacity = 1
    if (how === 'script') probe.animate([{opacity: 0}, {opacity: 1}], 9000)
    return getComputedStyle(probe).opacity
}"""


async def test_no_page_moves(page: Page) -> None:
    for path in ("/", "/search?q=bearings", "/admin/", "/admin/#/videos"):
        await page.goto(path)
        await expect(page.locator(":is(h1, h2, td):visible").first).to_be_visible()
        assert await page.evaluate("matchMedia('(prefers-reduced-motion: reduce)').matches")
        assert await page.evaluate(MOVING) == 0, path


@pytest.mark.parametrize("how", ["animation", "transition"])
async def test_what_a_stylesheet_moves_is_there_at_once(page: Page, how: str) -> None:
    """In a page that was opened by another as well."""
    await page.goto("/")
    async with page.context.expect_page() as opening:
        await page.evaluate("void open('/review')")
    opened = await opening.value
    await opened.wait_for_load_state()
    for each in (page, opened):
        assert await each.evaluate(MOVE, how) == "1"
        assert await findings(each) == []
    await opened.close()


async def test_axe_measures_nothing_that_moves(page: Page) -> None:
    await page.goto("/")
    assert await page.evaluate(MOVE, "script") == "0"
    with pytest.raises(AssertionError, match="axe would measure"):
        await findings(page)
