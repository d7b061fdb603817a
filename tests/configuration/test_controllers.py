"""Settings over REST, of the program and of channels."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from apps.accounts.tables import Session
from apps.configuration.registry import SETTINGS
from apps.configuration.services import get_configuration
from tests.database import fetch, insert, value
from tests.factories import CIPHERTEXT, make_channel, make_user

PROGRAM = "/api/configuration"
UNKNOWN = "There is no setting 'chunk_word'. Did you mean chunk_words?"


@pytest.fixture(params=["program", "channel"])
async def place(request: pytest.FixtureRequest) -> str:
    if request.param == "program":
        return PROGRAM
    return f"/api/channels/{(await make_channel()).id}/configuration"


def layers(shown: dict[str, Any]) -> list[tuple[str, object]]:
    return [(each["layer"], each["value"]) for each in shown["layers"]]


async def test_every_setting_is_listed(client: httpx.AsyncClient, place: str) -> None:
    items = (await client.get(place)).json()["items"]
    assert [each["key"] for each in items] == list(SETTINGS)
    for shown, setting in zip(items, SETTINGS.values(), strict=True):
        assert shown == (await client.get(f"{place}/{setting.key}")).json()
        assert shown == {
            "key": setting.key,
            "value": setting.default,
            "layer": "default",
            "is_set": setting.default is not None,
            "set_at": None,
            "description": setting.description,
            "schema": setting.schema,
            "is_secret": setting.is_secret,
            "per_channel": setting.per_channel,
            "layers": [
                {"layer": "default", "value": setting.default, "problem": None, "set_at": None}
            ],
        }


async def test_a_whole_life(client: httpx.AsyncClient, place: str) -> None:
    one, mine = f"{place}/max_moments", "database" if place == PROGRAM else "channel"
    for number in (20, 30):
        answer = await client.put(one, json={"value": number})
        assert answer.status_code == 200
        assert answer.json() == (await client.get(one)).json()
        assert (answer.json()["value"], answer.json()["layer"]) == (number, mine)
        assert layers(answer.json()) == [(mine, number), ("default", 10)]
    for _ in range(2):
        answer = await client.delete(one)
        assert (answer.status_code, answer.content) == (204, b"")
        assert layers((await client.get(one)).json()) == [("default", 10)]


async def test_a_channels_value_stands_on_the_programs(client: httpx.AsyncClient) -> None:
    first, second = [
        f"/api/channels/{(await make_channel()).id}/configuration/max_moments" for _ in range(2)
    ]
    await client.put(first, json={"value": 30})
    await client.put(f"{PROGRAM}/max_moments", json={"value": 20})
    assert layers((await client.get(first)).json()) == [
        ("channel", 30),
        ("database", 20),
        ("default", 10),
    ]
    assert layers((await client.get(second)).json()) == [("database", 20), ("default", 10)]


@pytest.mark.parametrize(
    ("key", "content", "sentence"),
    [
        ("max_moments", "20", "max_moments is '20'; expected: a whole number from 0 to 1000."),
        ("max_moments", None, "max_moments is None; expected: a whole number from 0 to 1000."),
        ("max_moments", 1001, "max_moments is 1001; expected: a whole number from 0 to 1000."),
        ("model_api_key", 5, "model_api_key is invalid; expected: an API key "),
        (
            "min_moments",
            11,
            "min_moments (11, from {mine}) must not be above max_moments (10, from default).",
        ),
    ],
)
async def test_a_value_is_refused_in_a_sentence(
    client: httpx.AsyncClient, place: str, key: str, content: object, sentence: str
) -> None:
    answer = await client.put(f"{place}/{key}", json={"value": content})
    assert answer.status_code == 422
    expected = sentence.format(mine="database" if place == PROGRAM else "channel")
    assert answer.json()["detail"].startswith(expected)
    (fault,) = answer.json()["errors"]
    assert fault == {"field": "value", "message": answer.json()["detail"]}
    assert (await client.get(f"{place}/{key}")).json()["layer"] == "default"


@pytest.mark.parametrize(
    ("body", "field"), [({}, "value"), ({"value": 1, "encrypted": True}, "encrypted"), ([], "body")]
)
async def test_a_body_is_a_value_and_nothing_else(
    client: httpx.AsyncClient, place: str, body: object, field: str
) -> None:
    answer = await client.put(f"{place}/max_moments", json=body)
    assert answer.status_code == 400
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_an_unknown_key_is_not_found_and_the_nearest_named(
    client: httpx.AsyncClient, place: str, method: str
) -> None:
    body = {"value": 5} if method == "PUT" else None
    answer = await client.request(method, f"{place}/chunk_word", json=body)
    assert answer.status_code == 404
    assert answer.json()["detail"] == UNKNOWN
    assert answer.json()["errors"] == [{"field": "key", "message": UNKNOWN}]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_a_channel_that_is_not_there(client: httpx.AsyncClient, method: str) -> None:
    nobody = uuid4()
    body = {"value": 5} if method == "PUT" else None
    path = f"/api/channels/{nobody}/configuration/max_moments"
    answer = await client.request(method, path, json=body)
    assert (answer.status_code, answer.json()["detail"]) == (404, f"There is no channel {nobody}.")
    assert (await client.get(f"/api/channels/{nobody}/configuration")).status_code == 404


async def test_a_channel_has_none_of_the_whole_programs(client: httpx.AsyncClient) -> None:
    path = f"/api/channels/{(await make_channel()).id}/configuration/chunk_words"
    answer = await client.put(path, json={"value": 99})
    assert answer.status_code == 422
    assert answer.json()["detail"] == ("chunk_words cannot be set for a single channel.")
    assert (await client.get(path)).json()["value"] == 150


async def test_of_a_secret_only_that_it_is_set_and_when(
    client: httpx.AsyncClient, place: str
) -> None:
    one = f"{place}/model_api_key"
    before = datetime.now(UTC) - timedelta(seconds=1)
    answers = [await client.put(one, json={"value": "hush-hush"})]
    answers += [await client.get(one), await client.get(place)]
    for answer in answers:
        assert answer.status_code == 200
        assert "hush" not in answer.text
    shown = answers[0].json()
    assert (shown["value"], shown["is_set"], shown["layers"][0]["value"]) == (None, True, None)
    assert before <= datetime.fromisoformat(shown["set_at"]) <= datetime.now(UTC)
    assert shown["layers"][0]["set_at"] == shown["set_at"]
    assert (await client.delete(one)).status_code == 204
    assert (await client.get(one)).json()["is_set"] is False


async def test_a_secret_that_cannot_be_read_is_told_and_the_next_layer_used(
    client: httpx.AsyncClient,
) -> None:
    """Copied from the program's row into the channel's."""
    channel = (await make_channel()).id
    await client.put(f"{PROGRAM}/model_api_key", json={"value": "hush-hush"})
    stored = await value("SELECT value::text FROM system_configuration")
    row = {"channel_id": channel, "key": "model_api_key", "value": stored, "encrypted": True}
    await insert("channel_configuration", **row)
    shown = (await client.get(f"/api/channels/{channel}/configuration/model_api_key")).json()
    assert (shown["layer"], shown["is_set"]) == ("database", True)
    where = f"channel_configuration.value:{channel}:model_api_key"
    assert shown["layers"][0]["problem"].startswith(f"The secret in {where} cannot be decrypted:")


@pytest.mark.parametrize(
    ("key", "new", "is_in_the_way"), [("max_moments", 20, True), ("model_api_key", "hush", False)]
)
async def test_what_is_encrypted_wrongly_or_not_is_mended_as_it_says(
    client: httpx.AsyncClient, place: str, key: str, new: object, is_in_the_way: bool
) -> None:
    """A setting encrypted by plain SQL is taken back first; a secret in clear is just set again."""
    row = {"key": key, "value": f'"{CIPHERTEXT}"', "encrypted": is_in_the_way}
    if place == PROGRAM:
        await insert("system_configuration", **row)
        await get_configuration().load()
    else:
        await insert("channel_configuration", channel_id=place.split("/")[3], **row)
    one = f"{place}/{key}"
    (problem, *_) = (each["problem"] for each in (await client.get(one)).json()["layers"])
    answer = await client.put(one, json={"value": new})
    if is_in_the_way:
        assert (
            problem == f"{key} is not a secret, but stored encrypted. Unset it, then set it again."
        )
        assert answer.status_code == 409
        assert answer.json()["detail"].endswith("Unset it before you set an unencrypted one.")
        assert (await client.delete(one)).status_code == 204
        answer = await client.put(one, json={"value": new})
    else:
        assert problem == f"{key} is a secret, but stored unencrypted. Set it again."
    assert answer.status_code == 200
    assert answer.json()["is_set"]
    assert answer.json()["layers"][0]["problem"] is None


@pytest.mark.parametrize("admin", [None, False])
async def test_settings_are_an_administrators(
    anonymous: httpx.AsyncClient, place: str, admin: bool | None
) -> None:
    headers = {}
    if admin is not None:
        session = await Session.create_session((await make_user(admin=admin)).id)
        headers = {"Authorization": f"Bearer {session.token}"}
    status = 401 if admin is None else 403
    for method, path in [
        ("GET", place),
        *((method, f"{place}/max_moments") for method in ("GET", "PUT", "DELETE")),
        *((method, f"{place}/unknown") for method in ("GET", "PUT", "DELETE")),
    ]:
        body = {"value": 5} if method == "PUT" else None
        answer = await anonymous.request(method, path, json=body, headers=headers)
        assert answer.status_code == status, (method, path)
    assert await fetch("SELECT * FROM system_configuration") == []
    assert await fetch("SELECT * FROM channel_configuration") == []


async def test_reading_the_programs_costs_no_query(
    client: httpx.AsyncClient, queries: list[str]
) -> None:
    assert (await client.get(PROGRAM)).status_code == 200
    assert (await client.get(f"{PROGRAM}/chunk_words")).status_code == 200
    assert queries == []
