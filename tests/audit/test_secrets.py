"""Of a secret it is written down that it changed, never what it was or is."""

from uuid import UUID

import httpx
import pytest

from apps.accounts.tables import User
from apps.catalog.credentials import ChannelCredentials
from apps.configuration.registry import MODEL_API_KEY
from apps.configuration.rotation.service import rotate_secrets
from apps.shared import secrets
from apps.shared.db.actors import EntryPoint, act_as
from apps.shared.secret_keys import generate_key
from apps.shared.settings import Settings
from tests.audit.entries import entries, forget, text_of_all
from tests.database import execute, fetch, value
from tests.factories import CIPHERTEXT, make_authenticator, make_channel, make_setting

HIDDEN = "•••"
WORD = "a-very-secret-word"


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found = [generate_key(), generate_key()]
    given = Settings(secret_keys=found[0])
    monkeypatch.setattr(secrets, "get_settings", lambda: given)
    return found


async def test_a_password(client: httpx.AsyncClient, admin_user: User) -> None:
    before = await value("SELECT password FROM users")
    body = {"current_password": "correct horse", "new_password": WORD}
    answer = await client.post("/api/auth/password", json=body)
    assert answer.status_code == 204
    after = await value("SELECT password FROM users")
    (entry,) = await entries("table_name = 'users'")
    assert (entry["user_id"], entry["columns"]) == (admin_user.id, ["password"])
    assert (entry["old"], entry["new"]) == ({"password": HIDDEN}, {"password": HIDDEN})
    text = await text_of_all()
    assert not [secret for secret in (before, after, WORD) if secret in text]


async def test_a_token(client: httpx.AsyncClient) -> None:
    body = {"name": "nightly", "expires_at": "2030-01-01T00:00:00Z"}
    made = (await client.post("/api/auth/tokens", json=body)).json()
    stored = await value("SELECT token_hash FROM sessions WHERE id = $1", UUID(made["id"]))
    assert (await client.delete(f"/api/auth/tokens/{made['id']}")).status_code == 204
    created, deleted = await entries()
    assert created["new"]["token_hash"] == deleted["old"]["token_hash"] == HIDDEN
    assert created["new"]["name"] == "nightly"
    text = await text_of_all()
    assert stored not in text
    assert made["token"] not in text


async def test_credentials_of_a_channel(client: httpx.AsyncClient, keys: list[str]) -> None:
    path = f"/api/channels/{(await make_channel()).id}/credentials"
    assert (await client.put(path, json={"credentials": WORD})).status_code == 200
    first = await value("SELECT credentials FROM channels")
    assert (await client.put(path, json={"credentials": "another"})).status_code == 200
    second = await value("SELECT credentials FROM channels")
    assert (await client.delete(path)).status_code in {200, 204}
    found = [(e["old"]["credentials"], e["new"]["credentials"]) for e in await entries()]
    assert found == [(None, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, None)]
    text = await text_of_all()
    assert not [secret for secret in (first, second, WORD) if secret in text]


async def test_encrypted_values_are_hidden_and_others_are_not(
    client: httpx.AsyncClient, keys: list[str]
) -> None:
    path = f"/api/configuration/{MODEL_API_KEY.key}"
    assert (await client.put(path, json={"value": WORD})).status_code == 200
    assert (await client.put(path, json={"value": "another"})).status_code == 200
    (stored,) = await fetch("SELECT value FROM system_configuration")
    assert (await client.delete(path)).status_code in {200, 204}
    created, changed, deleted = await entries("table_name = 'system_configuration'")
    assert created["new"]["value"] == deleted["old"]["value"] == HIDDEN
    assert (changed["old"]["value"], changed["new"]["value"]) == (HIDDEN, HIDDEN)
    assert (created["new"]["key"], created["new"]["encrypted"]) == (MODEL_API_KEY.key, True)
    text = await text_of_all()
    assert stored["value"].strip('"') not in text
    assert WORD not in text

    await forget()
    setting = await make_setting(value='"in clear"')
    await acting(f"UPDATE system_configuration SET value = '\"{CIPHERTEXT}\"', encrypted = true")
    await acting("UPDATE system_configuration SET value = '\"clear again\"', encrypted = false")
    await acting("UPDATE system_configuration SET value = '\"and changed\"'")
    changes = await entries("row_id = $1", setting.id)
    found = [(each["old"]["value"], each["new"]["value"]) for each in changes]
    assert found == [(HIDDEN, HIDDEN), (HIDDEN, HIDDEN), ("clear again", "and changed")]


async def acting(query: str) -> None:
    """As somebody who changes it."""
    await execute(f'BEGIN; SET LOCAL reelbase.actor = \'{{"door":"rest"}}\'; {query}; COMMIT')


async def test_another_key_is_no_change(keys: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    channel = await make_channel()
    await ChannelCredentials().set(channel.id, WORD)
    given = Settings(secret_keys=f"{keys[1]},{keys[0]}")
    monkeypatch.setattr(secrets, "get_settings", lambda: given)
    before = await value("SELECT credentials FROM channels")
    with act_as(EntryPoint.admin, channel.id, "ann@example.org"):
        assert sum([batch.rotated async for batch in rotate_secrets()]) == 1
    assert await value("SELECT credentials FROM channels") != before
    assert await entries() == []


async def test_the_secrets_of_an_authenticator() -> None:
    row = await make_authenticator()
    await acting("UPDATE authenticator_secrets SET recovery_codes = '{first,second}'")
    await acting("UPDATE authenticator_secrets SET last_step = 7, last_used_at = now()")
    await acting("UPDATE authenticator_secrets SET recovery_codes = '{second}'")
    await acting("DELETE FROM authenticator_secrets")
    begun, used, gone = await entries("row_id = $1", row.id)
    assert begun["new"] == used["new"] == {"recovery_codes": HIDDEN}
    assert (gone["old"]["secret"], gone["old"]["recovery_codes"]) == (HIDDEN, HIDDEN)
    assert begun["user_id"] == row.user_id, "Whoever signs in is who it is about."
    text = await text_of_all()
    assert not [secret for secret in (CIPHERTEXT, "first", "second") if secret in text]
