"""Which layer has the word: every combination of good, bad and missing values, and of pairs."""

import random
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import tomli_w

from apps.configuration.layers import (
    Layer,
    LayerValue,
    StoredValue,
    read_stored_value,
    resolve_layers,
)
from apps.configuration.registry import MAX_MOMENTS, MIN_MOMENTS, SETTINGS, find_setting
from apps.configuration.services import get_configuration
from apps.configuration.sources import read_environment, read_file
from apps.shared.secrets import encrypt_secret, locate_secret
from apps.shared.settings import Settings
from tests.database import execute, insert
from tests.factories import make_channel

LAYERS = (Layer.environment, Layer.channel, Layer.database, Layer.file)
KEY, DEFAULT = "min_moments", 1
GOOD = dict(zip(LAYERS, (2, 3, 4, 5), strict=True))
BAD = dict(zip(LAYERS, ("two", "three", 4.5, -5), strict=True))
STATES = list(product(("good", "bad", "none"), repeat=len(LAYERS)))


def fault(value: object) -> str:
    return f"min_moments is {value!r}; expected: a whole number from 0 to 1000."


def expected(states: tuple[str, ...]) -> list[tuple[str, object, str | None]]:
    """Layer, value and problem, of those that say something."""
    told: list[tuple[str, object, str | None]] = []
    for layer, state in zip(LAYERS, states, strict=True):
        if state == "good":
            told.append((layer, GOOD[layer], None))
        elif state == "bad":
            told.append((layer, None, fault(BAD[layer])))
    return [*told, ("default", DEFAULT, None)]


@pytest.fixture
async def channel_id() -> UUID:
    return UUID(str((await make_channel()).id))


@pytest.fixture
def fixed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[tuple[pytest.MonkeyPatch, Path]]:
    """What this process read at its start is put back afterwards."""
    before = get_configuration().fixed
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    yield monkeypatch, tmp_path / "settings.toml"
    get_configuration().fixed = before


def start(patch: pytest.MonkeyPatch, path: Path, environment: object, file: object) -> None:
    """As if the process had started with these; None: without."""
    if environment is not None:
        patch.setenv(KEY.upper(), str(environment))
    path.write_text(tomli_w.dumps({} if file is None else {KEY: file}))
    get_configuration().fixed = {Layer.environment: read_environment(), Layer.file: read_file(path)}


@pytest.mark.parametrize("states", STATES, ids="-".join)
async def test_the_first_good_value_is_used(
    client: httpx.AsyncClient,
    channel_id: UUID,
    fixed: tuple[pytest.MonkeyPatch, Path],
    states: tuple[str, ...],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Through the environment, a file and PostgreSQL, as REST tells it."""
    values: dict[str, Mapping[Layer, Any]] = {
        "good": GOOD,
        "bad": BAD,
        "none": dict.fromkeys(LAYERS),
    }
    given: dict[Layer, Any] = {
        layer: values[state][layer] for layer, state in zip(LAYERS, states, strict=True)
    }
    start(*fixed, given[Layer.environment], given[Layer.file])
    rows: dict[Layer, dict[str, Any]] = {
        Layer.database: {"table": "system_configuration"},
        Layer.channel: {"table": "channel_configuration", "channel_id": channel_id},
    }
    for layer, row in rows.items():
        if given[layer] is not None:
            text = f'"{given[layer]}"' if isinstance(given[layer], str) else str(given[layer])
            await insert(**row, key=KEY, value=text)
    await get_configuration().load()
    one = (await client.get(f"/api/channels/{channel_id}/configuration/{KEY}")).json()
    told = expected(states)
    assert [(each["layer"], each["value"], each["problem"]) for each in one["layers"]] == told
    best = next((layer, value) for layer, value, problem in told if problem is None)
    assert (one["layer"], one["value"]) == best
    values_of_channel = await get_configuration().get_channel_values(channel_id)
    assert values_of_channel.get_value(MIN_MOMENTS) == best[1]
    without_channel = [each for each in told if each[0] != "channel"]
    everybodys = next(value for _, value, problem in without_channel if problem is None)
    assert get_configuration().get(MIN_MOMENTS) == everybodys
    for problem in (problem for _, _, problem in told if problem):
        assert sum(problem in line for line in caplog.messages) == 1


@pytest.mark.parametrize(("low", "high"), list(product(Layer, repeat=2)))
def test_of_a_pair_the_weaker_gives_way_but_no_default(low: Layer, high: Layer) -> None:
    """A least number in one layer above the greatest in another."""
    layers: dict[Layer, dict[str, LayerValue]] = {}
    least = DEFAULT if low is Layer.default else 50 if high is Layer.default else 8
    most = 10 if high is Layer.default else 0 if low is Layer.default else 5
    if low is not Layer.default:
        layers.setdefault(low, {})[MIN_MOMENTS.key] = LayerValue(low, least)
    if high is not Layer.default:
        layers.setdefault(high, {})[MAX_MOMENTS.key] = LayerValue(high, most)
    values = resolve_layers(layers)
    found = values.get_value(MIN_MOMENTS), values.get_value(MAX_MOMENTS)
    if least <= most:
        assert (found, values.faults) == ((least, most), [])
        return
    problem = (
        f"min_moments ({least}, from {low}) must not be above max_moments ({most}, from {high})."
    )
    strength = list(Layer).index
    low_gives_way = high is Layer.default or (
        low is not Layer.default and strength(low) >= strength(high)
    )
    dropped = MIN_MOMENTS if low_gives_way else MAX_MOMENTS
    assert values[dropped.key].faults == [problem]
    assert values.faults == [problem]
    assert found == ((1, most) if low_gives_way else (least, 10))


def test_a_pair_never_clashes_and_nothing_is_lost() -> None:
    """Whatever the layers say."""
    chance = random.Random(5)
    for _ in range(500):
        layers: dict[Layer, dict[str, LayerValue]] = {
            layer: {
                setting.key: LayerValue(layer, chance.randrange(20))
                for setting in (MIN_MOMENTS, MAX_MOMENTS)
                if chance.random() < 0.6
            }
            for layer in LAYERS
        }
        values = resolve_layers(layers)
        assert values.get_value(MIN_MOMENTS) <= values.get_value(MAX_MOMENTS)
        for setting in (MIN_MOMENTS, MAX_MOMENTS):
            told = [each.layer for each in values[setting.key].values]
            assert told == [each for each in LAYERS if setting.key in layers[each]] + ["default"]


SECRET = "model_api_key"
SYSTEM = locate_secret("system_configuration", "value", SECRET)


UNREADABLE = {
    "in clear": "model_api_key is a secret, but stored unencrypted. Set it again.",
    "malformed": "A stored secret is malformed.",
    "copied": f"The secret in {SYSTEM} cannot be decrypted: it was altered or copied",
    "not allowed": "model_api_key is invalid",
}


@pytest.mark.parametrize("how", UNREADABLE)
def test_a_secret_that_cannot_be_read_is_as_a_bad_value(how: str) -> None:
    stored = {
        "in clear": "hush",
        "malformed": "2:x",
        "copied": encrypt_secret("hush", locate_secret("channels", "credentials", 1)),
        "not allowed": encrypt_secret("hush hush", SYSTEM),
    }
    row = StoredValue(stored[how], how != "in clear", SYSTEM)
    told = read_stored_value(Layer.database, find_setting(SECRET), row)
    assert told.fault.startswith(UNREADABLE[how])
    assert "hush" not in told.fault
    resolved = resolve_layers({Layer.database: {SECRET: told}})[SECRET]
    assert (resolved.effective.layer, resolved.effective.value) == (Layer.default, None)


def test_what_is_no_secret_cannot_be_encrypted() -> None:
    where = locate_secret("system_configuration", "value", KEY)
    told = read_stored_value(
        Layer.database, find_setting(KEY), StoredValue(encrypt_secret("5", where), True, where)
    )
    assert told.fault == (
        "min_moments is not a secret, but stored encrypted. Unset it, then set it again."
    )


def test_a_secret_is_in_no_description_of_it() -> None:
    told = read_stored_value(
        Layer.database,
        find_setting(SECRET),
        StoredValue(encrypt_secret("hush", SYSTEM), True, SYSTEM),
    )
    assert told.value == "hush"
    assert told.set_at is not None
    assert "hush" not in repr(resolve_layers({Layer.database: {SECRET: told}}))


def test_a_channel_has_no_value_of_what_is_the_whole_programs() -> None:
    told = read_stored_value(
        Layer.channel, find_setting("chunk_words"), StoredValue(100, False, "")
    )
    assert told.fault == ("chunk_words cannot be set for a single channel.")


async def test_settings_that_nobody_knows_are_passed_by(channel_id: UUID) -> None:
    await insert("system_configuration", key="chunk_wrds", value="5")
    await insert("channel_configuration", channel_id=channel_id, key="nothing", value="5")
    await get_configuration().load()
    assert list(get_configuration().values) == list(SETTINGS)
    assert list(await get_configuration().get_channel_values(channel_id)) == list(SETTINGS)
    await execute("DELETE FROM system_configuration")
