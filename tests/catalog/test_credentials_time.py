"""`credentials_set_at`: when a channel's credentials were set, which PostgreSQL takes from them."""

import sys
from datetime import UTC, datetime
from io import StringIO

import httpx
import pytest

from apps.catalog.commands import set_credentials as command
from apps.catalog.credentials import ChannelCredentials
from apps.configuration.rotation.service import rotate_secrets
from apps.shared import secrets
from apps.shared.secret_keys import generate_key
from apps.shared.secrets import decrypt_secret, locate_secret
from apps.shared.settings import Settings
from tests.database import execute, fetch, insert, value
from tests.factories import CIPHERTEXT, make_channel

OF_CIPHERTEXT = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
SET_AT = "SELECT credentials_set_at FROM channels"
ROWS = "SELECT * FROM channels ORDER BY id"
FORGED = datetime(2001, 2, 3, 4, 5, 6, 7, tzinfo=UTC)


async def of_envelope() -> datetime:
    return secrets.read_set_at(await value("SELECT credentials FROM channels"))


async def test_it_is_set_as_long_as_there_are_credentials(client: httpx.AsyncClient) -> None:
    path = f"/api/channels/{(await make_channel()).id}"
    assert (await client.get(path)).json()["credentials_set_at"] is None
    said = (await client.put(f"{path}/credentials", json={"credentials": "hush"})).json()
    assert datetime.fromisoformat(said["set_at"]) == await value(SET_AT) == await of_envelope()
    row = (await client.get(path)).json()
    assert datetime.fromisoformat(row["credentials_set_at"]) == await of_envelope()
    assert (await client.get("/api/channels")).json()["items"] == [row]
    await client.delete(f"{path}/credentials")
    assert (await client.get(path)).json()["credentials_set_at"] is None


async def test_the_file_is_for_the_command_only(monkeypatch: pytest.MonkeyPatch) -> None:
    await make_channel(name="Harbour Lights", credentials=CIPHERTEXT)
    monkeypatch.setattr(sys, "stdin", StringIO("hush"))
    await command("Harbour Lights")
    assert await value(SET_AT) == await of_envelope() > OF_CIPHERTEXT
    await command("Harbour Lights", unset=True)
    assert await value(SET_AT) is None


async def test_another_key_does_not_change_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def use(*keys: str) -> None:
        given = Settings(secret_keys=",".join(keys))
        monkeypatch.setattr(secrets, "get_settings", lambda: given)

    old, channel = generate_key(), await make_channel()
    where = locate_secret("channels", "credentials", channel.id)
    use(old)
    monkeypatch.setattr("time.time", lambda: 1_700_000_000.9)
    await ChannelCredentials().set(channel.id, "hush")
    monkeypatch.undo()
    use(generate_key(), old)
    before = await fetch(ROWS)
    assert sum([batch.rotated async for batch in rotate_secrets()]) == 1
    (after,) = await fetch(ROWS)
    assert decrypt_secret(after["credentials"], where) == "hush"
    assert after["credentials"] != before[0]["credentials"]
    assert after["credentials_set_at"] == OF_CIPHERTEXT
    assert [{**after, "credentials": before[0]["credentials"]}] == before


async def test_plain_sql_cannot_forge_it() -> None:
    for credentials, truth in ((CIPHERTEXT, OF_CIPHERTEXT), (None, None)):
        row = {"name": "A", "credentials": credentials, "credentials_set_at": FORGED}
        row_id = await insert("channels", **row)
        before = await fetch(ROWS)
        assert before[-1]["credentials_set_at"] == truth
        for forged in (FORGED, None, OF_CIPHERTEXT):
            query = "UPDATE channels SET credentials_set_at = $1 WHERE id = $2"
            assert await execute(query, forged, row_id) == "UPDATE 1"
            # Nor does updated_at move, since nothing changes.
            assert await fetch(ROWS) == before
        upsert = (
            "INSERT INTO channels (id, name) VALUES ($1, 'A') "
            "ON CONFLICT (id) DO UPDATE SET credentials_set_at = $2"
        )
        await execute(upsert, row_id, FORGED)
        assert await fetch(ROWS) == before


@pytest.mark.parametrize("at", [None, "2001-02-03T04:05:06Z"])
async def test_rest_refuses_it(client: httpx.AsyncClient, at: str | None) -> None:
    channel = await make_channel(credentials=CIPHERTEXT)
    before, body = await fetch(ROWS), {"credentials_set_at": at}
    for answer in (
        await client.post("/api/channels", json={"name": "x", **body}),
        await client.post("/api/channels/batch", json={"items": [{"name": "x", **body}]}),
        await client.patch(f"/api/channels/{channel.id}", json=body),
    ):
        assert answer.status_code == 400
        message = "Object contains unknown field `credentials_set_at`"
        assert answer.json()["errors"][0]["message"] == message
    assert await fetch(ROWS) == before


@pytest.mark.parametrize("seconds", ["0", "1", "00000000001", "99999999999"])
async def test_every_time_that_the_form_takes_can_be_stored(seconds: str) -> None:
    credentials = CIPHERTEXT.replace("1700000000", seconds)
    await insert("channels", name="A", credentials=credentials)
    assert await value(SET_AT) == secrets.read_set_at(credentials)
