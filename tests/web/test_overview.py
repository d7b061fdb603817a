"""The overview: what it shows, to whom, and what it costs."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from html import unescape
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

import piccolo_conf
from apps.accounts.tables import Session
from apps.overview.failures import MAX_FAILURES
from apps.overview.figure_queries import MAX_CHANNELS
from apps.overview.services import refresh_overview
from piccolo_project.admin.forms import FORMS as ADMIN_FORMS
from piccolo_project.web.links import link_to_rows
from piccolo_project.web.overview import FORM_LINKS, chart_months, chart_years
from tests.factories import (
    make_channel,
    make_pipeline_run,
    make_processing_job,
    make_publication,
    make_transcript,
    make_user,
    make_video,
)

SCRIPT = "<script>alert(1)</script>"


class Page(HTMLParser):
    """Every tag with its attributes, and the text between."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]

    def addresses(self) -> set[str]:
        names = ("href", "src", "action", "poster", "srcset", "data", "xlink:href")
        return {each[name] or "" for _, each in self.tags for name in names if name in each}


def cards(text: str) -> dict[str, str]:
    found = re.findall(r'<dt>(.*?)</dt>\s*<dd><a class="value"[^>]*>(.*?)</a>', text)
    return {unescape(label): unescape(value) for label, value in found}


@pytest.mark.parametrize("path", ["/", "/review", "/review?kind=x"])
async def test_strangers_are_sent_to_sign_in(anonymous: httpx.AsyncClient, path: str) -> None:
    for cookie in ("", "id=nonsense"):
        answer = await anonymous.get(path, headers={"Cookie": cookie})
        assert answer.status_code == 303
        back = path.replace("/", "%2F").replace("?", "%3F").replace("=", "%3D")
        assert answer.headers["location"] == f"/admin/?next={back}"
        assert answer.text == ""


@pytest.mark.parametrize("path", ["/", "/review"])
async def test_they_are_for_administrators(anonymous: httpx.AsyncClient, path: str) -> None:
    session = await Session.create_session((await make_user(admin=False)).id)
    answer = await anonymous.get(path, headers={"Cookie": f"id={session.token}"})
    assert (answer.status_code, answer.text) == (303, "")


@pytest.mark.parametrize("path", ["/", "/review"])
@pytest.mark.parametrize("is_measured", [False, True])
async def test_nothing_comes_from_elsewhere(
    browser: httpx.AsyncClient, path: str, is_measured: bool
) -> None:
    await make_video(title=SCRIPT, source_url="https://video.example/", status="failed")
    if is_measured:
        await refresh_overview()
    answer = await browser.get(path)
    assert answer.status_code == 200
    policy = dict(
        part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == "'none'"
    assert "unsafe-inline" not in answer.headers["content-security-policy"]
    page = Page(answer.text)
    assert all(re.match(r"/(?!/)|#|data:,", address) for address in page.addresses())
    assert page.all("script") == page.all("style") == []
    assert not any("style" in each or "onclick" in each for _, each in page.tags)
    assert len(page.all("h1")) == len(page.all("main")) == 1


async def test_an_empty_library_says_what_to_do_first(browser: httpx.AsyncClient) -> None:
    await refresh_overview()
    answer = await browser.get("/")
    assert "The library is empty" in answer.text
    assert "piccolo catalog import" in answer.text
    assert "/admin/#/forms/import-a-folder" in Page(answer.text).addresses()
    await make_channel()
    assert "The library is empty" not in (await browser.get("/")).text


async def test_before_the_first_time_it_says_so(browser: httpx.AsyncClient) -> None:
    await make_video(status="failed", title="Broken")
    answer = await browser.get("/")
    assert "The figures are not ready yet." in answer.text
    assert "Broken" in answer.text, "What failed is asked for as of now."
    async with piccolo_conf.DB.connection() as connection:
        await refresh_overview()
        await connection.execute("DELETE FROM figures WHERE name = 'jobs'")
    answer = await browser.get("/")
    assert answer.status_code == 200, "One of the figures was never measured."
    assert "The figures are not ready yet." in answer.text


async def test_the_library_in_numbers(browser: httpx.AsyncClient) -> None:
    channel = await make_channel(name=SCRIPT)
    video = await make_video(
        channel_id=channel.id,
        duration_seconds=3600 * 1234.5,
        file_size_bytes=2_400_000_000,
        upload_date=date(2024, 3, 1),
    )
    await make_transcript(video.id, number_of_words=1_234_567, language="pt-BR")
    await make_processing_job(status="queued")
    await refresh_overview()
    text = (await browser.get("/")).text
    assert cards(text) == {
        "Videos": "1",
        "Hours of video": "1,234",
        "Channels": "1",
        "Transcripts": "1",
        "Spoken words": "1,234,567",
        "Conversations": "0",
        "Moments": "0",
        "Clips": "0",
        "Publications": "0",
        "Files": "2.4\u202fGB",
    }
    page = Page(text)
    assert SCRIPT not in text
    assert SCRIPT in page.text, "Escaped, it is text."
    for address in (
        f"channel_id={channel.id}&channel_id__operator=e",
        "language=pt-BR&language__operator=e",
        "status=queued&status__operator=e",
    ):
        assert any(address in each for each in page.addresses())
    pictures = [each["aria-label"] for each in page.all("svg") if each.get("role") == "img"]
    assert len(pictures) == 2
    assert all(label and ": 1 in total" in label for label in pictures)


async def test_the_last_failures_are_as_of_now(browser: httpx.AsyncClient) -> None:
    rows = {
        "videos": await make_video(download_status="failed", title=SCRIPT),
        "processing_jobs": await make_processing_job(status="failed", error_message="503 <b>"),
        "pipeline_history": await make_pipeline_run(status="failed"),
        "publications": await make_publication(status="failed"),
    }
    await make_processing_job(status="completed", error_message="It worked in the end.")
    text = (await browser.get("/")).text
    page = Page(text)
    for table, row in rows.items():
        assert f"/admin/#/{table}/{row.id}" in page.addresses()
    assert "503 <b>" in page.text
    assert "It worked in the end." not in page.text
    assert SCRIPT not in text
    for _ in range(MAX_FAILURES):
        await make_processing_job(status="failed")
    page = Page((await browser.get("/")).text)
    assert len([each for each in page.addresses() if re.search("/[0-9a-f-]{36}$", each)]) == (
        MAX_FAILURES
    )
    assert f"/admin/#/videos/{rows['videos'].id}" not in page.addresses(), "It is an older one."


@pytest.mark.parametrize(("path", "statements"), [("/", 2), ("/review", 3)])
@pytest.mark.parametrize("videos", [1, 8])
async def test_it_costs_the_same_whatever_there_is(
    browser: httpx.AsyncClient, queries: list[str], path: str, statements: int, videos: int
) -> None:
    for _ in range(videos):
        channel = await make_channel()
        await make_video(channel_id=channel.id, duration_seconds=60, status="failed")
    await refresh_overview()
    await browser.get(path)  # Who calls is looked up once a second, at most.
    queries.clear()
    await browser.get(path)
    about_the_caller = [query for query in queries if "sessions" in query]
    assert len(queries) - len(about_the_caller) == statements
    assert len(queries) <= 4


def test_months_have_their_year_in_january() -> None:
    months: list[Mapping[str, Any]] = [
        {"month": f"2026-{month:02}", "count": month} for month in range(1, 13)
    ]
    chart = chart_months(months)
    assert [column.tick for column in chart.columns] == ["2026", *[""] * 11]
    assert chart.columns[0].label == "Jan 2026"
    assert (chart.top, chart.total) == (20, 78)


def test_years_that_nobody_would_see_are_told() -> None:
    now = datetime.now(UTC).year
    chart, left_out = chart_years(
        [{"year": 1895, "count": 1}, {"year": now, "count": 5}, {"year": 9998, "count": 2}]
    )
    assert left_out == 3
    assert [column.count for column in chart.columns] == [*[0] * 19, 5]
    chart, left_out = chart_years([])
    assert (len(chart.columns), left_out) == (10, 0)


def test_the_forms_that_it_leads_to_are_there() -> None:
    slugs = {form.slug for form in ADMIN_FORMS}
    assert {address.removeprefix("/admin/#/forms/") for address in FORM_LINKS.values()} <= slugs


async def test_videos_without_a_channel_are_listed(browser: httpx.AsyncClient) -> None:
    """And the channels beyond the largest are one line."""
    for place in range(MAX_CHANNELS):
        channel = await make_channel()
        await make_video(channel_id=channel.id, duration_seconds=3600 * (1 + place))
    lone = await make_video(duration_seconds=360_000)
    await refresh_overview()
    page = Page((await browser.get("/")).text)
    assert "No channel" in page.text
    assert "1 other channel" in page.text
    address = link_to_rows("videos", channel_id=None)
    assert address in page.addresses()
    answer = await browser.get(f"/admin/api/tables/videos/?{address.partition('?')[2]}")
    assert [row["id"] for row in answer.json()["rows"]] == [str(lone.id)]
