"""Times that Python cannot hold: sent by a form, asked for in a filter, or there in a row."""

from typing import Any

import httpx
import pytest

from tests import factories as make
from tests.admin.page import said, sent_by_page
from tests.database import fetch
from tests.exchange.whole_library import without_triggers

FIRST, LAST = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"
STORED = {
    "0044-03-15 12:00:00+00 BC": FIRST,
    "-infinity": FIRST,
    "0001-01-01 00:00:00+05": FIRST,
    "9999-12-31 23:59:59.999999-01": LAST,
    "20000-01-01 00:00:00+00": LAST,
    "infinity": LAST,
}
NEEDED = "{} must be a time from year 1 to 9999 with its zone, such as 2024-02-29T12:30:00Z."


@pytest.mark.parametrize(
    "time",
    [
        "-0044-03-15T12:00:00Z",
        "0044-03-15T12:00:00Z BC",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:30:00-05:00",
        "10000-01-01T00:00:00Z",
        "+010000-01-01T00:00:00Z",
        "infinity",
        "1e300",
    ],
)
async def test_it_is_told(admin: httpx.AsyncClient, time: str) -> None:
    moment = await make.make_moment()
    before = await fetch("SELECT t::text FROM moments t")
    answer = await admin.patch(f"api/tables/moments/{moment.id}/", json={"scored_at": time})
    assert said(answer) == NEEDED.format("scored_at")
    assert await fetch("SELECT t::text FROM moments t") == before
    asked: dict[str, Any] = {"created_at": time}
    for path in ("api/tables/videos/", "api/tables/videos/count/"):
        filtered = await admin.get(path, params=asked)
        assert (filtered.status_code, filtered.text) == (400, NEEDED.format("created_at"))


@pytest.mark.parametrize("time", STORED)
async def test_a_row_that_has_it_is_shown_and_kept(admin: httpx.AsyncClient, time: str) -> None:
    video = await make.make_video()
    await without_triggers(
        f"UPDATE videos SET created_at = '{time}', updated_at = '{time}', upload_date = NULL"
    )
    before = await fetch("SELECT t::text, xmin FROM videos t")
    path = f"api/tables/videos/{video.id}/"
    opened = (await admin.get(path)).json()
    assert (opened["created_at"], opened["updated_at"]) == (STORED[time], STORED[time])
    for size in (25, 1000):
        visible = "title,created_at,upload_date"
        asked = {"__page_size": size, "__visible_fields": visible, "__order": "created_at"}
        listed = await admin.get("api/tables/videos/", params=asked)
        shown = {"title": video.title, "created_at": STORED[time], "upload_date": None}
        assert listed.json() == {"rows": [shown]}
    schema = (await admin.get("api/tables/videos/schema/")).json()
    for body in (sent_by_page(schema, opened), opened):
        assert (await admin.patch(path, json=body)).json() == opened
    assert await fetch("SELECT t::text, xmin FROM videos t") == before


async def test_another_time_is_written_in_its_place(admin: httpx.AsyncClient) -> None:
    moment = await make.make_moment()
    await without_triggers("UPDATE moments SET scored_at = '0044-03-15 12:00:00+00 BC'")
    body = {"scored_at": "2024-02-29T12:30:00Z"}
    answer = await admin.patch(f"api/tables/moments/{moment.id}/", json=body)
    assert answer.json()["scored_at"] == "2024-02-29T12:30:00Z"
