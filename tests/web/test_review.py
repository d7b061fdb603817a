"""The review: each count is that of the listing to which it leads."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import urlsplit

import httpx
import pytest

import piccolo_conf
from apps.overview import repositories
from apps.overview.services import refresh_overview
from piccolo_project.web import review
from tests.factories import (
    make_clip,
    make_moment,
    make_pipeline_run,
    make_processing_job,
    make_processing_session,
    make_transcript,
    make_video,
)

CHECK = re.compile(
    r'<li class="panel(?: done)?">.*?<h2>(?:<a href="([^"]*)">)?([^<]*).*?'
    r'<p class="count numbers">([^<]*)</p>',
    re.DOTALL,
)
LONG_AGO = datetime.now(UTC) - timedelta(days=3)


async def checks(browser: httpx.AsyncClient) -> dict[str, tuple[str, str]]:
    """Title → (what is shown, address)."""
    answer = await browser.get("/review")
    assert answer.status_code == 200
    return {
        unescape(title): (unescape(shown), unescape(href))
        for href, title, shown in CHECK.findall(answer.text)
    }


async def fill() -> None:
    """A library in which there is something of each kind, and each number is another one."""
    for _ in range(2):
        await make_video(status="failed", title="<script>alert(1)</script>")
    for _ in range(3):
        await make_video(download_status="failed")
    for _ in range(4):
        cloud_url = "https://files.example/a.mkv"
        await make_video(download_status="complete", cloud_url=cloud_url)
    for _ in range(6):
        await make_video(source_url="https://video.example/?a=1&b=2")
    for _ in range(7):
        await make_video(title="Alike", duration_seconds=2.5)
    for place in range(7):
        await make_video(cloud_url=f"/not/there/{place}.mkv")
    for _ in range(8):
        moment = await make_moment()
        await make_clip(moment, cloud_url="s3://bucket/a.mp4")
    for _ in range(9):
        await make_processing_job(status="running", started_at=LONG_AGO)
    for _ in range(10):
        session = await make_processing_session()
        await backdate(session.id)
    for _ in range(11):
        await make_pipeline_run(started_at=LONG_AGO)


async def backdate(session_id: object) -> None:
    """`updated_at` is moved by a trigger alone."""
    async with piccolo_conf.DB.transaction(), piccolo_conf.DB.connection() as connection:
        await connection.execute("SET LOCAL session_replication_role = replica")
        query = "UPDATE processing_sessions SET updated_at = $1 WHERE id = $2"
        await connection.execute(query, LONG_AGO, session_id)


COUNTS = {
    "Processing failed": 2,
    "Download failed": 3,
    "No transcript": 4,
    "Same URL": 5,
    "Same title and duration": 6,
    "Missing files": 7,
    "Clips longer than their moment": 8,
    "Stuck jobs": 9,
    "Stuck sessions": 10,
    "Stuck pipeline runs": 11,
}


async def test_each_count_is_that_of_its_listing(browser: httpx.AsyncClient) -> None:
    await fill()
    await refresh_overview()
    found = await checks(browser)
    assert {title: int(shown) for title, (shown, _) in found.items()} == COUNTS
    for title, (shown, href) in found.items():
        # The admin's page asks with what follows the #.
        place = urlsplit(href)
        assert place.path == "/admin/"
        table, _, query = place.fragment.lstrip("/").partition("?")
        answer = await browser.get(f"/admin/api/tables/{table}/?{query}&__page_size=100")
        assert answer.status_code == 200, title
        assert len(answer.json()["rows"]) == int(shown), title
        everything = await browser.get(f"/admin/api/tables/{table}/?__page_size=100")
        assert len(everything.json()["rows"]) > int(shown), "It really filters."


async def test_nothing_to_do(browser: httpx.AsyncClient) -> None:
    await refresh_overview()
    found = await checks(browser)
    assert {*found} == {*COUNTS}
    assert {*found.values()} == {("none", "")}
    assert "Nothing needs attention." in (await browser.get("/review")).text


async def test_before_the_first_time_it_does_not_say_that_all_is_well(
    browser: httpx.AsyncClient,
) -> None:
    text = (await browser.get("/review")).text
    assert "for the first time" in text
    assert "Nothing needs attention." not in text


async def test_what_was_mended_meanwhile_is_not_counted(browser: httpx.AsyncClient) -> None:
    first = await make_video(source_url="https://video.example/1")
    second = await make_video(source_url="https://video.example/1")
    await refresh_overview()
    assert (await checks(browser))["Same URL"][0] == "1"
    await second.remove()
    assert (await checks(browser))["Same URL"][0] == "none"
    await first.remove()


async def test_beyond_the_most_that_are_listed_the_figure_tells(
    browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (repositories, review):
        monkeypatch.setattr(module, "MAX_FINDINGS", 2)
    for _ in range(3):
        cloud_url = "https://files.example/a.mkv"
        await make_video(download_status="complete", cloud_url=cloud_url, status="failed")
    await refresh_overview()
    found = await checks(browser)
    assert found["No transcript"][0] == "3 (2 listed)"
    assert found["Processing failed"][0] == "more than 2"


async def test_files_that_could_not_all_be_looked_for(
    browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_transcript()
    await make_video(cloud_url="/not/there.mkv")
    monkeypatch.setattr("apps.overview.services.MAX_SECONDS", 0)
    await refresh_overview()
    assert "The last check ran out of time" in (await browser.get("/review")).text
