"""The admin refuses a setting that any other door would, in the same sentence."""

from typing import Any

import httpx
import pytest

from apps.configuration.services import get_configuration
from piccolo_project.admin.settings import ENCRYPTED_BY_PROGRAM
from tests.admin.page import said
from tests.database import fetch, value
from tests.factories import make_channel, make_channel_setting, make_setting

SYSTEM, OF_CHANNEL = "api/tables/system_configuration/", "api/tables/channel_configuration/"

REFUSED = [
    ({"key": "chunk_wrds", "value": "99"}, "There is no setting 'chunk_wrds'. Did you mean"),
    (
        {"key": " "},
        "There is no setting ' '. `piccolo configuration show` and GET /api/configuration list",
    ),
    ({"value": "5"}, "chunk_words is 5; expected: a whole number from 20 to 1000."),
    ({"value": '"99"'}, "chunk_words is '99'; expected: a whole number from 20 to 1000."),
    ({"key": "min_moments", "value": "11"}, "min_moments (11, from database) must not be above"),
    ({"key": "model_api_key", "value": '"hush"'}, ENCRYPTED_BY_PROGRAM),
]


@pytest.mark.parametrize(("change", "sentence"), REFUSED)
@pytest.mark.parametrize("how", ["POST", "PATCH"])
async def test_what_is_refused_and_why(
    admin: httpx.AsyncClient,
    change: dict[str, Any],
    sentence: str,
    how: str,
) -> None:
    path, row = SYSTEM, {"key": "chunk_words", "value": "99", "encrypted": False}
    if how == "PATCH":
        path += f"{(await make_setting(key='chunk_words', value='99')).id}/"
    before = await fetch("SELECT * FROM system_configuration")
    answer = await admin.request(how, path, json={**row, **change})
    assert answer.status_code == 422
    assert said(answer).startswith(sentence)
    assert await fetch("SELECT * FROM system_configuration") == before


async def test_a_channel_has_none_of_the_whole_programs(
    admin: httpx.AsyncClient,
) -> None:
    channel = (await make_channel()).id
    row = {"channel_id": str(channel), "key": "chunk_words", "value": "99", "encrypted": False}
    answer = await admin.post(OF_CHANNEL, json=row)
    assert answer.status_code == 422
    assert said(answer).startswith("chunk_words cannot be set for a single channel.")
    mine = await make_channel_setting(channel, key="min_moments", value="2")
    answer = await admin.patch(f"{OF_CHANNEL}{mine.id}/", json={"value": "12"})
    assert said(answer).startswith("min_moments (12, from channel) must not be above")
    answer = await admin.patch(f"{OF_CHANNEL}{mine.id}/", json={"value": "3"})
    assert answer.status_code == 200
    assert await value("SELECT value::text FROM channel_configuration") == "3"


async def test_what_is_allowed(
    admin: httpx.AsyncClient,
) -> None:
    form = (await admin.get(f"{SYSTEM}new/")).json()
    row = {**form, "key": "chunk_words", "value": "99"}
    assert (await admin.post(SYSTEM, json=row)).status_code == 201
    stored = await make_setting(key="of_a_time_before", value='"kept"')
    answer = await admin.patch(f"{SYSTEM}{stored.id}/", json={"description": "No longer used."})
    assert answer.status_code == 200  # What is not touched is not looked at.
    await get_configuration().load()
    assert get_configuration().values["chunk_words"].effective.value == 99
