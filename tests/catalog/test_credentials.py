"""Credentials of a channel: set over REST and from the terminal, read by code, shown to nobody."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from apps.accounts.tables import Session
from apps.catalog.commands import set_credentials as command
from apps.catalog.credentials import ChannelCredentials
from apps.catalog.repositories import ChannelRepository
from apps.shared import secrets
from apps.shared.errors import Conflict, NotFound
from apps.shared.secrets import SecretUnreadable, decrypt_secret
from apps.shared.settings import Settings
from tests.commands import run_command
from tests.database import execute, value
from tests.factories import CIPHERTEXT, make_channel, make_user

SECRET = 'c00kie: "ünï"\n\ttwo lines'


async def stored() -> Any:
    return await value("SELECT credentials FROM channels")


async def test_credentials_are_set_replaced_and_removed(client: httpx.AsyncClient) -> None:
    channel = await make_channel()
    path = f"/api/channels/{channel.id}/credentials"
    unset = {"is_set": False, "set_at": None}
    assert (await client.get(path)).json() == unset
    for text in (SECRET, "other", "x", "y" * 65536):
        answer = await client.put(path, json={"credentials": text})
        assert answer.status_code == 200
        said = answer.json()
        assert said["is_set"] is True
        age = datetime.now(UTC) - datetime.fromisoformat(said["set_at"])
        assert timedelta(0) <= age < timedelta(seconds=30)
        assert (await client.get(path)).json() == said
        assert await ChannelCredentials().get(channel.id) == text
        assert decrypt_secret(await stored(), f"channels.credentials:{channel.id}") == text
    for _ in range(2):
        assert (await client.delete(path)).status_code == 204
        assert (await client.get(path)).json() == unset
    assert await stored() is None
    assert await ChannelCredentials().get(channel.id) is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "Object missing required field `credentials`"),
        ({"credentials": None}, "Expected `str`, got `null`"),
        ({"credentials": ["hush"]}, "Expected `str`, got `array`"),
        ({"credentials": ""}, "Expected `str` of length >= 1"),
        ({"credentials": "y" * 65537}, "Expected `str` of length <= 65536"),
        ({"credentials": "a", "hush": "b"}, "Object contains unknown field `hush`"),
    ],
)
async def test_what_is_not_text_is_refused(
    client: httpx.AsyncClient, body: dict[str, Any], said: str
) -> None:
    channel = await make_channel(credentials=CIPHERTEXT)
    answer = await client.put(f"/api/channels/{channel.id}/credentials", json=body)
    assert answer.status_code == 400
    assert [each["message"] for each in answer.json()["errors"]] == [said]
    assert await stored() == CIPHERTEXT


async def test_an_unknown_channel_is_reported(client: httpx.AsyncClient) -> None:
    key = uuid4()
    path = f"/api/channels/{key}/credentials"
    for answer in (
        await client.get(path),
        await client.put(path, json={"credentials": "hush"}),
        await client.delete(path),
    ):
        assert answer.status_code == 404
        assert answer.json()["detail"] == f"There is no channel {key}."
    for act in (
        ChannelCredentials().get(key),
        ChannelCredentials().set(key, "hush"),
        ChannelCredentials().unset(key),
    ):
        with pytest.raises(NotFound):
            await act


async def test_they_are_for_administrators(anonymous: httpx.AsyncClient) -> None:
    session = await Session.create_session((await make_user()).id)
    channel = await make_channel(credentials=CIPHERTEXT)
    for key in (channel.id, uuid4()):
        path = f"/api/channels/{key}/credentials"
        for headers, status in [({}, 401), ({"Authorization": f"Bearer {session.token}"}, 403)]:
            for method, body in [("GET", None), ("PUT", {"credentials": "x"}), ("DELETE", None)]:
                answer = await anonymous.request(method, path, json=body, headers=headers)
                assert answer.status_code == status
    assert await stored() == CIPHERTEXT


async def test_without_a_key_nothing_is_stored(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a server, when nobody has given SECRET_KEYS."""
    channel = await make_channel()
    chosen = Settings(database_url="postgresql://me@/db", secret_keys=None)
    monkeypatch.setattr(secrets, "get_settings", lambda: chosen)
    answer = await client.put(f"/api/channels/{channel.id}/credentials", json={"credentials": "x"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert answer.json()["detail"].endswith("Set SECRET_KEYS and restart.")
    assert await stored() is None


async def test_credentials_of_another_channel_are_refused() -> None:
    one, other = await make_channel(), await make_channel()
    await ChannelCredentials().set(one.id, SECRET)
    copy = "UPDATE channels c SET credentials = o.credentials FROM channels o WHERE o.id = $1"
    await execute(f"{copy} AND c.id = $2", one.id, other.id)
    with pytest.raises(SecretUnreadable, match="it was altered or copied from elsewhere"):
        await ChannelCredentials().get(other.id)
    assert await ChannelCredentials().get(one.id) == SECRET


async def test_a_change_of_the_channel_leaves_them(client: httpx.AsyncClient) -> None:
    channel = await make_channel()
    await ChannelCredentials().set(channel.id, SECRET)
    await client.patch(f"/api/channels/{channel.id}", json={"name": "Renamed"})
    assert await ChannelCredentials().get(channel.id) == SECRET


async def test_a_channel_is_found_by_any_of_its_names() -> None:
    channels = ChannelRepository()
    names = {"youtube_channel_id": "UC-1", "handle": "@a", "name": "A channel"}
    channel = await make_channel(**names)
    await make_channel(name="Twice")
    await make_channel(name="Other", handle="Twice")
    for text in (str(channel.id), str(channel.id).upper(), *names.values()):
        assert (await channels.find(text)).id == channel.id
    for text in ("", "a channel", "A", "@A", "uc-1", str(uuid4())):
        with pytest.raises(NotFound, match=f"^There is no channel {text}.$"):
            await channels.find(text)
    with pytest.raises(Conflict) as raised:
        await channels.find("Twice")
    assert raised.value.message == "More than one channel is called Twice. Use the channel's id."


class Terminal:
    """What stands for standard input, when nobody types."""

    def __init__(self, text: str) -> None:
        self.text = text

    def isatty(self) -> bool:
        return False

    def read(self) -> str:
        return self.text


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
async def test_the_command_reads_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], end: str
) -> None:
    channel = await make_channel(name="Harbour Lights")
    monkeypatch.setattr(sys, "stdin", Terminal(f"{SECRET}{end}"))
    await command("Harbour Lights")
    assert await ChannelCredentials().get(channel.id) == SECRET
    await command("Harbour Lights", unset=True)
    assert await ChannelCredentials().get(channel.id) is None
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        "Stored the credentials of Harbour Lights.",
        "Removed the credentials of Harbour Lights.",
    ]
    assert "c00kie" not in printed.out + printed.err


async def test_the_command_without_a_fitting_secret_or_a_channel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await make_channel(name="Harbour Lights", credentials=CIPHERTEXT)
    monkeypatch.setattr(sys, "stdin", Terminal("\n"))
    with pytest.raises(SystemExit) as ended:
        await command("Harbour Lights")
    assert ended.value.code == "Credentials: no value given. Nothing was changed."
    monkeypatch.setattr(sys, "stdin", Terminal("y" * 65537))
    with pytest.raises(SystemExit) as ended:
        await command("Harbour Lights")
    assert ended.value.code == "Credentials can have at most 65536 characters; these have 65537."
    with pytest.raises(SystemExit) as ended:
        await command("Nobody")
    assert ended.value.code == "There is no channel Nobody."
    assert await stored() == CIPHERTEXT


async def test_an_argument_is_never_used_as_the_secret(tmp_path: Path) -> None:
    """Other users of the machine could read it there."""
    for further, said in [
        (["hush"], "Too many arguments: --unset takes no value. Nothing was changed.\n"),
        (["--unset=hush"], "Too many arguments"),
        (["--credentials=hush"], "unexpected keyword argument 'credentials'"),
    ]:
        done = await run_command("catalog", "set-credentials", "A", *further, DATA_DIR=tmp_path)
        assert done.returncode == 1
        assert said in done.stderr + done.stdout
        assert "hush" not in done.stdout + done.stderr
    assert not (tmp_path / "secret.key").exists()
