"""Rows in the admin, as a person looks through and corrects them: a real browser and the real
program."""

import csv
import json
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

from playwright.async_api import Dialog, Page, expect

from apps.catalog.tables import CONSTRAINT_MESSAGES
from tests.acceptance.browser import Library, Watched, follow, on_both, open_row, save
from tests.acceptance.invented import CHANNELS, VIDEOS
from tests.audit.test_rules import NOT_AUDITED
from tests.factories import CIPHERTEXT
from tests.processes import ROOT

TITLE = "Why lighthouses blink"
ODD = {
    "metadata": {"big": 2**53 + 1, "whole": 1.0, "nested": [{"ünï": None}], "quote": "“\"'\\"},
    "processing_history": [{"at": 1.50, "by": ["a", {}]}],
    "tags": ["comma, comma", 'quote"', "日本語"],
    "frame_rate": 23.976023976023978,
    "error_message": None,
    "description": "Two lines:\nand “quotes”.",
}


async def row_of(library: Library, path: str, name: str, wanted: str) -> dict[str, Any]:
    items = (await library.api.get(path, params={"limit": 200})).json()["items"]
    return next(row for row in items if row[name] == wanted)


async def stored(library: Library, table: str) -> list[str]:
    """Every column of every row, as PostgreSQL writes it."""
    rows = await library.database.fetch(f"SELECT t::text FROM {table} t ORDER BY id")
    return [row[0] for row in rows]


async def apply_filter(page: Page, field: str, content: str) -> None:
    """Of a text field."""
    await page.locator("[data-uitest=filter_button]").click()
    await page.locator(f".right_column [name={field}]").fill(content)
    async with page.expect_response(lambda answer: f"{field}=" in answer.url):
        await page.get_by_role("button", name="Apply").click()
    await page.locator("#sidebar-close").click()


@on_both
async def test_the_videos_are_listed_newest_first(page: Page) -> None:
    await page.goto("/admin/#/videos")
    await expect(page.get_by_role("link", name=TITLE, exact=True)).to_be_visible()
    titles = await page.locator("td:nth-child(2) a").all_inner_texts()
    newest = sorted(VIDEOS, key=lambda video: video[3], reverse=True)
    assert titles == [video[2] for video in newest]
    channels = await page.locator("td:nth-child(4) a").all_inner_texts()
    assert channels == [CHANNELS[video[0]]["name"] for video in newest]
    await expect(page.locator("#result_count")).to_have_text("Showing 12 of 12 results")


@on_both
async def test_a_corrected_title_changes_nothing_else(library: Library, page: Page) -> None:
    video = await row_of(library, "/api/videos", "title", TITLE)
    path = f"/api/videos/{video['id']}"
    before = (await library.api.patch(path, json=ODD)).raise_for_status().json()
    await page.goto("/admin/#/videos")
    await apply_filter(page, "title", "lighthouses")
    await expect(page.locator(".table_wrapper tbody tr")).to_have_count(1)
    await follow(page, TITLE)
    field = page.locator("textarea[name=title]:visible")
    await expect(field).to_have_value(TITLE)
    await field.fill("Why lighthouses never blink")
    assert await save(page) == 200
    await expect(page.get_by_text("Successfully saved row")).to_be_visible()
    after = (await library.api.get(path)).json()
    assert after.pop("title") == "Why lighthouses never blink"
    assert after.pop("updated_at") > before.pop("updated_at")
    assert before.pop("title") == TITLE
    assert after == before


@on_both
async def test_saving_without_a_change_changes_nothing(library: Library, page: Page) -> None:
    video = await row_of(library, "/api/videos", "title", "The arithmetic of timetables")
    await library.api.patch(f"/api/videos/{video['id']}", json=ODD)
    before = await stored(library, "videos")
    await open_row(page, "videos", "The arithmetic of timetables")
    await expect(page.locator("[name=tags]")).to_have_value('["comma, comma","quote\\"","日本語"]')
    assert await save(page) == 200
    assert await stored(library, "videos") == before


async def test_an_estimated_count_says_so(page: Page) -> None:
    told = {"count": 1_000_000, "page_size": 25, "is_estimate": True}
    await page.route("**/videos/count/**", lambda route: route.fulfill(json=told))
    await page.goto("/admin/#/videos")
    count = page.locator("#result_count")
    await expect(count).to_have_text("Showing 12 of about 1,000,000 results")


async def test_arrays_json_and_dates_are_edited(library: Library, page: Page) -> None:
    video = await row_of(library, "/api/videos", "title", "Salt, acid, patience")
    await open_row(page, "videos", "Salt, acid, patience")
    # The named field is hidden; before it stands one for each item.
    first_tag = page.locator("xpath=//input[@name='tags']/preceding::input[1]")
    await expect(first_tag).to_have_value(video["tags"][0])
    await first_tag.fill("sourdough, rye")
    await page.locator("textarea[name=metadata]").fill('{"oven": [230, "°C"]}')
    await page.locator("[name=upload_date]").fill("2024-02-29")
    assert await save(page) == 200
    after = (await library.api.get(f"/api/videos/{video['id']}")).json()
    assert after["tags"] == ["sourdough, rye"]
    assert after["metadata"] == {"oven": [230, "°C"]}
    assert after["upload_date"] == "2024-02-29"


async def test_a_channels_credentials_outlive_a_save(library: Library, page: Page) -> None:
    statement = "UPDATE channels SET credentials = $1 WHERE name = 'Harbour Lights'"
    await library.database.execute(statement, CIPHERTEXT)
    channel = await row_of(library, "/api/channels", "name", "Harbour Lights")
    assert channel["credentials_set_at"] == "2023-11-14T22:13:20+00:00"
    await open_row(page, "channels", "Harbour Lights")
    assert CIPHERTEXT not in await page.content()
    fields = "[...document.querySelectorAll('input, textarea')].map(field => field.value)"
    assert "Harbour Lights" in (values := await page.evaluate(fields))
    assert not [value for value in values if CIPHERTEXT in value]
    await page.locator("input[name=handle]").fill("@lights")
    assert await save(page) == 200
    query = "SELECT credentials FROM channels WHERE handle = '@lights'"
    assert await library.database.fetchval(query) == CIPHERTEXT
    after = await row_of(library, "/api/channels", "handle", "@lights")
    assert {**channel, "handle": "@lights", "updated_at": after["updated_at"]} == after


REFUSED = [
    ("identifier", "a b", "videos_identifier_check"),
    ("identifier", "hL2mPq9sTdA", "videos_identifier_key"),
    ("youtube_video_id", "short", "videos_youtube_video_id_check"),
    ("duration_seconds", "-1", "videos_duration_seconds_check"),
]


@on_both
async def test_a_rejected_value_is_told_in_a_sentence(library: Library, page: Page) -> None:
    before = await stored(library, "videos")
    await open_row(page, "videos", "Feilen, schaben, messen")
    told = page.get_by_role("alert").get_by_role("listitem")
    for name, content, constraint in REFUSED:
        field = page.locator(f"input[name={name}]")
        good = await field.input_value()
        await field.fill(content)
        assert await save(page) == 422
        await expect(told).to_have_text(CONSTRAINT_MESSAGES[constraint])
        assert "Traceback" not in await page.content()
        await expect(field).to_have_value(content)
        await field.fill(good)
    assert await stored(library, "videos") == before
    assert await save(page) == 200


async def test_what_the_program_keeps_is_shown_and_not_to_be_changed(page: Page) -> None:
    await open_row(page, "videos", "Feilen, schaben, messen")
    history = page.locator("textarea[name=processing_history]")
    await expect(history).not_to_be_editable()
    await expect(page.locator(".locked label").first).to_be_visible()
    await expect(page.locator("textarea[name=title]:visible")).to_be_editable()


async def test_rows_that_nobody_writes_have_no_buttons_for_it(page: Page) -> None:
    await page.goto("/admin/#/video_statistics")
    await page.locator(".table_wrapper tbody tr").first.wait_for()
    await expect(page.get_by_text("Add Row")).to_be_hidden()
    await page.locator("td:nth-child(2) a").first.click()
    await expect(
        page.get_by_role("heading", name="Edit record of video statistics")
    ).to_be_visible()
    await expect(page.get_by_role("button", name="Save")).to_be_hidden()


@on_both
async def test_what_was_filtered_is_exported(watched: Watched, page: Page, tmp_path: Path) -> None:
    await page.goto("/admin/#/videos")
    await apply_filter(page, "title", "restoring")
    await expect(page.locator(".table_wrapper tbody tr")).to_have_count(2)
    await page.get_by_role("button", name="Export CSV").press("Enter")
    async with page.expect_download() as downloading:
        await page.locator("[data-uitest=download_csv_button]").click()
    download = await downloading.value
    assert download.suggested_filename == "videos.csv"
    assert [url for url in watched.urls if "/count/" in url and "__page_size=1000" in url]
    await download.save_as(tmp_path / "videos.csv")
    with (tmp_path / "videos.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = [video for video in VIDEOS if video[2].startswith("Restoring")]
    newest = sorted(found, key=lambda video: video[3], reverse=True)
    assert [
        (row["title"], row["identifier"], row["upload_date"], row["channel_id_readable"])
        for row in rows
    ] == [(video[2], video[1], video[3], CHANNELS[video[0]]["name"]) for video in newest]


class Asked(list[str]):
    """What a person was asked, and answered."""

    def __init__(self, page: Page, *, accept: bool) -> None:
        self.accept = accept
        page.on("dialog", self.answer)

    async def answer(self, dialog: Dialog) -> None:
        self.append(dialog.message)
        await (dialog.accept() if self.accept else dialog.dismiss())


async def count(library: Library, *tables: str) -> dict[str, int]:
    return {
        table: await library.database.fetchval(f"SELECT count(*) FROM {table}") for table in tables
    }


@on_both
async def test_deleting_says_what_goes_along(library: Library, page: Page) -> None:
    tables = ("channels", "videos", "transcripts", "chunks", "messages")
    before = await count(library, *tables)
    made = await library.api.post("/api/channels", json={"name": "Short-lived"})
    channel = made.raise_for_status().json()
    for _ in range(2):
        values = {"identifier": f"gone-{uuid4()}", "title": "Gone", "channel_id": channel["id"]}
        (await library.api.post("/api/videos", json=values)).raise_for_status()

    await open_row(page, "channels", "Short-lived")
    asked = Asked(page, accept=False)
    await page.locator("[data-uitest=drop_down_button]").click()
    async with page.expect_event("dialog"):
        await page.locator("a#delete").click()
    await expect(page.get_by_role("heading", name="Edit channel", exact=True)).to_be_visible()
    assert asked == [
        "This deletes 1 channel, along with 2 videos.\n\nAre you sure you want to delete this row?"
    ]
    there = await count(library, *tables)
    assert there == {**before, "channels": before["channels"] + 1, "videos": before["videos"] + 2}

    asked.accept = True
    await page.locator("[data-uitest=drop_down_button]").click()
    await page.locator("a#delete").click()
    await page.wait_for_url("**/admin/#/channels/")
    assert asked[2:] == ["Successfully deleted row"]
    assert await count(library, *tables) == before


async def test_deleting_several_rows_says_what_goes_along(library: Library, page: Page) -> None:
    for name in ("Away 1", "Away 2"):
        (await library.api.post("/api/channels", json={"name": name})).raise_for_status()
    before = await count(library, "channels", "videos")
    await page.goto("/admin/#/channels")
    for name in ("Away 1", "Away 2"):
        await page.get_by_role("checkbox", name=f"Select {name}").check()
    asked = Asked(page, accept=True)
    await page.get_by_title("Delete selected Rows").click()
    await expect(page.get_by_text("Successfully deleted rows")).to_be_visible()
    question = "Are you sure you want to delete the selected rows?"
    assert asked == [f"This deletes 2 channels.\n\n{question}"]
    assert await count(library, "channels", "videos") == {
        "channels": before["channels"] - 2,
        "videos": before["videos"],
    }


async def test_a_question_without_an_answer_is_asked_all_the_same(
    library: Library, page: Page
) -> None:
    (await library.api.post("/api/channels", json={"name": "Kept"})).raise_for_status()
    await page.route("**/deletion/**", lambda route: route.fulfill(body="<html>"))
    await page.goto("/admin/#/channels")
    row = page.locator("tr", has=page.get_by_role("link", name="Kept", exact=True))
    await row.locator("td:last-child a").first.click()
    asked = Asked(page, accept=False)
    async with page.expect_event("dialog"):
        await row.get_by_title("Delete Row").click()
    await expect(row).to_be_visible()
    (question,) = asked
    assert question.startswith("Reelbase could not determine what else this deletes.")
    await row_of(library, "/api/channels", "name", "Kept")


def test_only_what_is_not_audited_has_no_history() -> None:
    script = (ROOT / "piccolo_project/admin/static/admin/rows.js").read_text()
    (names,) = re.findall(r"const WITHOUT_HISTORY = (\[.*\]);", script)
    assert sorted(json.loads(names)) == sorted(NOT_AUDITED)


@on_both
async def test_a_row_leads_to_its_history(library: Library, page: Page) -> None:
    video = await row_of(library, "/api/videos", "title", "How borders are surveyed")
    await library.api.patch(f"/api/videos/{video['id']}", json={"resolution": "640x360"})
    await open_row(page, "videos", "How borders are surveyed")
    await page.get_by_role("link", name="History").click()
    await expect(page.get_by_role("heading", name="Audit entries")).to_be_visible()
    await expect(page.locator(".table_wrapper tbody tr")).to_have_count(2)
    await page.locator(".table_wrapper tbody tr").first.get_by_role("link").first.click()
    await expect(page.get_by_role("heading", name="Edit audit entry")).to_be_visible()
    told = page.get_by_label("New", exact=True)
    await expect(told).to_have_value(re.compile('"resolution": "640x360"'))
    await expect(told).not_to_be_editable()
