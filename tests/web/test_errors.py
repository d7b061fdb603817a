"""What goes wrong on a page is told on a page."""

import httpx
import pytest

from piccolo_project.web.policy import POLICY
from tests.database import execute
from tests.factories import make_video

FRAME = '<form class="search" role="search" action="/search">'


def assert_page(answer: httpx.Response, status: int, sentence: str) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == POLICY
    assert sentence in answer.text
    assert FRAME in answer.text


async def test_what_is_not_there(browser: httpx.AsyncClient) -> None:
    assert_page(await browser.get("/watch/none"), 404, "There is no video none.")


async def test_a_database_that_lacks_something_is_busy(browser: httpx.AsyncClient) -> None:
    await make_video(identifier="a.talk")
    await execute("ALTER TABLE moments RENAME TO moments_elsewhere")
    try:
        answer = await browser.get("/watch/a.talk")
    finally:
        await execute("ALTER TABLE moments_elsewhere RENAME TO moments")
    assert_page(answer, 503, "The database lacks a table")
    assert answer.headers["retry-after"] == "2"


async def test_what_nobody_foresaw_says_nothing_of_itself(
    browser: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    await make_video(identifier="a.talk")
    await execute("ALTER TABLE moments RENAME score TO points")
    try:
        answer = await browser.get("/watch/a.talk")
    finally:
        await execute("ALTER TABLE moments RENAME points TO score")
    assert_page(answer, 500, "Something went wrong. The log has the details.")
    assert "score" not in answer.text
    assert "score" in caplog.text
    assert (await browser.get("/watch/a.talk")).status_code == 200


async def test_a_name_in_a_sentence_is_no_html(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/watch/<script>alert(1)<%2Fscript>")
    assert "<script" not in answer.text
    answer = await browser.get("/watch/<script>")
    assert_page(answer, 404, "There is no video &lt;script&gt;.")
