"""No ciphertext is in the admin, and nobody sets a secret there."""

import json
from typing import Any

import httpx
import pytest

from piccolo_project.admin.settings import ENCRYPTED_BY_PROGRAM
from tests.admin.page import said
from tests.database import fetch
from tests.factories import CIPHERTEXT, make_channel, make_channel_setting, make_setting

SHOWN = "Encrypted, set 2023-11-14 22:13 UTC"
KEY = "model_api_key"
TABLES = ["system_configuration", "channel_configuration"]


@pytest.fixture
async def rows() -> dict[str, Any]:
    """The id of the encrypted row of each table; each has another that is not."""
    channel = await make_channel(credentials=CIPHERTEXT)
    encrypted = {"key": KEY, "value": f'"{CIPHERTEXT}"', "encrypted": True}
    one, other = (
        await make_setting(**encrypted),
        await make_channel_setting(channel.id, **encrypted),
    )
    await make_setting(key="chunk_words", value="200")
    await make_channel_setting(channel.id, key="min_moments", value="2")
    return {"channels": channel.id, TABLES[0]: one.id, TABLES[1]: other.id}


@pytest.mark.parametrize("table", ["channels", *TABLES])
async def test_a_ciphertext_is_in_no_answer(
    admin: httpx.AsyncClient, rows: dict[str, Any], table: str
) -> None:
    path = f"api/tables/{table}/"
    asked = ["", "ids/", "new/", "schema/", "count/", f"{rows[table]}/"]
    column = "credentials" if table == "channels" else "value"
    asked += ["?__readable=true", "?__page_size=1000"]
    found_by = [f"?__visible_fields={column}", f"?__order=-{column}", f"?{column}=1:"]
    if table == "channels":
        for each in found_by:
            assert (await admin.get(path + each)).status_code == 400
    else:
        asked += found_by[:2]
    answers = [await admin.get(path + each) for each in asked]
    change = {"name": "B"} if table == "channels" else {"encrypted": True}
    answers.append(await admin.patch(f"{path}{rows[table]}/", json=change))
    for answer in answers:
        assert answer.status_code == 200, answer.request.url
        assert "ciphertext" not in answer.text
        length = str(len(answer.content))
        assert answer.headers.get("content-length", length) == length
    found = [row for row in answers[0].json()["rows"] if row.get("encrypted")]
    shown = [json.loads(row["value"]) for row in found]
    assert shown == ([] if table == "channels" else [SHOWN])
    if table == "channels":
        assert all("credentials" not in row for row in answers[0].json()["rows"])
    else:
        assert json.loads(answers[5].json()["value"]) == SHOWN
        clear = [row["value"] for row in answers[0].json()["rows"] if not row["encrypted"]]
        assert clear in (["200"], ["2"])


@pytest.mark.parametrize("table", TABLES)
async def test_a_form_that_is_saved_as_it_is_changes_nothing(
    admin: httpx.AsyncClient, rows: dict[str, Any], table: str
) -> None:
    path, before = (
        f"api/tables/{table}/{rows[table]}/",
        await fetch(f"SELECT * FROM {table} ORDER BY id"),
    )
    form = (await admin.get(path)).json()
    assert (await admin.patch(path, json=form)).status_code == 200
    assert await fetch(f"SELECT * FROM {table} ORDER BY id") == before


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "change",
    [
        {"value": '"in clear"'},
        {"value": f'"{CIPHERTEXT}"'},
        {"encrypted": False},
        {"key": "chunk_words"},
        {"key": "generation_model"},
    ],
)
async def test_an_encrypted_value_is_not_changed(
    admin: httpx.AsyncClient, rows: dict[str, Any], table: str, change: dict[str, Any]
) -> None:
    path, before = (
        f"api/tables/{table}/{rows[table]}/",
        await fetch(f"SELECT * FROM {table} ORDER BY id"),
    )
    form = (await admin.get(path)).json()
    for body in (change, {**form, **change}):
        answer = await admin.patch(path, json=body)
        assert (answer.status_code, answer.json()) == (
            422,
            {"custom_form_error": ENCRYPTED_BY_PROGRAM},
        )
    assert await fetch(f"SELECT * FROM {table} ORDER BY id") == before


async def test_credentials_are_not_typed_into_a_form(admin: httpx.AsyncClient) -> None:
    form = (await admin.get("api/tables/channels/new/")).json()
    body = {**form, "name": "A", "credentials": "in clear"}
    answer = await admin.post("api/tables/channels/", json=body)
    assert answer.status_code == 422
    assert said(answer).startswith("Credentials must be encrypted: set them")
    assert await fetch("SELECT FROM channels") == []
    path = f"api/tables/channels/{(await make_channel(name='A', credentials=CIPHERTEXT)).id}/"
    again = await admin.patch(path, json={"name": "B", "credentials": "in clear"})
    assert (again.status_code, again.json()) == (422, answer.json())
    assert (await admin.patch(path, json={"name": "B", "credentials": ""})).status_code == 200
    kept = await fetch("SELECT name, credentials FROM channels")
    assert kept == [{"name": "B", "credentials": CIPHERTEXT}]


async def test_a_channel_says_since_when_it_has_credentials(admin: httpx.AsyncClient) -> None:
    with_some = (await make_channel(credentials=CIPHERTEXT)).id
    without = (await make_channel()).id
    path = "api/tables/channels/"
    listed = (await admin.get(path)).json()["rows"]
    shown = {row["id"]: row["credentials_set_at"] for row in listed}
    assert shown == {str(without): None, str(with_some): "2023-11-14T22:13:20Z"}
    listing = (await admin.get(f"{path}schema/")).json()["extra"]["visible_column_names"]
    assert "credentials_set_at" in listing
    before = await fetch("SELECT * FROM channels ORDER BY id")
    for row_id in (with_some, without):
        form = (await admin.get(f"{path}{row_id}/")).json()
        assert form["credentials_set_at"] == shown[str(row_id)]
        assert (await admin.patch(f"{path}{row_id}/", json=form)).json() == form
        forged = {**form, "credentials_set_at": "2001-02-03T04:05:06Z"}
        answer = await admin.patch(f"{path}{row_id}/", json=forged)
        sentence = "credentials_set_at cannot be changed: it records when the credentials were set."
        assert (answer.status_code, answer.json()) == (422, {"custom_form_error": sentence})
    assert await fetch("SELECT * FROM channels ORDER BY id") == before
    new = (await admin.get(f"{path}new/")).json()
    assert "credentials_set_at" not in new
    new |= {"name": "New", "credentials_set_at": "2001-02-03T04:05:06Z"}
    assert (await admin.post(path, json=new)).json() == {
        "custom_form_error": "credentials_set_at cannot be given: it records when the credentials "
        "were set."
    }
