"""Setting and taking back values: all or nothing, and rules over two settings."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from msgspec import UNSET

from apps.configuration.changes import (
    Changed,
    Clash,
    apply_changes,
    check_change,
    set_default_configs,
)
from apps.configuration.layers import Layer, LayerValue
from apps.configuration.registry import SETTINGS, UnknownSetting, find_setting
from apps.configuration.services import Configuration, get_configuration
from apps.shared.errors import Invalid
from tests.database import fetch, insert, value
from tests.factories import make_channel

ROWS = "SELECT key, value::text, encrypted FROM system_configuration ORDER BY key"


async def test_it_answers_what_changed() -> None:
    channel = (await make_channel()).id
    words, moments = find_setting("chunk_words"), find_setting("min_moments")
    first = await apply_changes({None: {"chunk_words": 99}, channel: {"min_moments": 2}})
    assert first == [Changed(None, words, UNSET, 99), Changed(channel, moments, UNSET, 2)]
    assert await apply_changes({None: {"chunk_words": 99}, channel: {"min_moments": 2}}) == []
    again = await apply_changes({None: {"chunk_words": UNSET, "min_moments": UNSET}})
    assert again == [Changed(None, words, 99, UNSET)]
    assert await fetch(ROWS) == []


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        ({"chunk_wrds": 5}, UnknownSetting),
        ({"chunk_wrds": UNSET}, UnknownSetting),
        ({"max_moments": "ten"}, Invalid),
        ({"max_moments": None}, Invalid),
        ({"min_moments": 11}, Invalid),
    ],
)
@pytest.mark.parametrize("of_channel", [True, False])
async def test_one_bad_value_and_nothing_changes(
    bad: dict[str, Any], error: type[Exception], of_channel: bool
) -> None:
    channel = (await make_channel()).id
    changes: dict[UUID | None, dict[str, Any]] = {None: {"chunk_words": 99}, channel: {}}
    where = channel if of_channel else None
    changes[where] = {**changes[where], **bad}
    with pytest.raises(error):
        await apply_changes(changes)
    assert await value("SELECT count(*) FROM channel_configuration") == 0
    assert await fetch(ROWS) == []
    assert get_configuration().values["chunk_words"].effective.value == 150


async def test_a_channel_that_is_not_there() -> None:
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await apply_changes({None: {"chunk_words": 99}, uuid4(): {"min_moments": 2}})
    assert await fetch(ROWS) == []


Bound = Callable[[dict[str, Any]], Awaitable[Any]]


@pytest.fixture(params=["program", "channel"])
async def set_there(request: pytest.FixtureRequest) -> Bound:
    where = None if request.param == "program" else (await make_channel()).id
    return lambda values: apply_changes({where: values})


async def test_a_pair_may_move_together_but_not_apart(set_there: Bound) -> None:
    with pytest.raises(Invalid) as refusal:
        await set_there({"min_moments": 11})
    assert refusal.value.message.endswith("must not be above max_moments (10, from default).")
    await set_there({"min_moments": 11, "max_moments": 20})
    for clash in ({"max_moments": UNSET}, {"max_moments": 10}, {"min_moments": 21}):
        with pytest.raises(Invalid):
            await set_there(clash)
    await set_there({"min_moments": UNSET})
    await set_there({"max_moments": UNSET})


async def test_what_clashed_before_does_not_stand_in_the_way(set_there: Bound) -> None:
    """Plain SQL put it there."""
    await insert("system_configuration", key="min_moments", value="500")
    await get_configuration().load()
    await set_there({"clip_padding_left": 2.5})
    await set_there({"max_moments": 600})
    assert get_configuration().values["min_moments"].values[0].layer is Layer.database


async def test_two_at_once_cannot_bring_a_clash_about() -> None:
    results = await asyncio.gather(
        apply_changes({None: {"min_moments": 9}}),
        apply_changes({None: {"max_moments": 5}}),
        return_exceptions=True,
    )
    assert [type(each) for each in results].count(Clash) == 1
    assert get_configuration().values.faults == []


async def test_a_check_changes_nothing() -> None:
    await check_change(None, "chunk_words", 99)
    with pytest.raises(Invalid):
        await check_change(None, "min_moments", 99)
    assert await fetch(ROWS) == []


async def test_defaults_are_written_once_and_only_where_none_is_set() -> None:
    await insert("system_configuration", key="chunk_words", value="99")
    await insert("system_configuration", key="max_moments", value='"bad"')
    without = {key for key, each in SETTINGS.items() if each.default is None}
    assert await set_default_configs() == len(SETTINGS) - len(without) - 2
    rows = {row["key"]: row["value"] for row in await fetch(ROWS)}
    assert rows.keys() == SETTINGS.keys() - without
    assert (rows["chunk_words"], rows["max_moments"]) == ("99", '"bad"')
    assert (rows["retry_attempts"], rows["subtitle_languages"]) == ("3", '["en"]')
    assert await set_default_configs() == 0
    assert {row["key"]: row["value"] for row in await fetch(ROWS)} == rows


async def test_a_default_is_not_put_above_what_the_file_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fixed = {Layer.file: {"chunk_words": LayerValue(Layer.file, 99)}}
    monkeypatch.setattr(get_configuration(), "fixed", fixed)
    await set_default_configs()
    assert get_configuration().values["chunk_words"].effective == LayerValue(Layer.file, 99)
    fresh = Configuration(fixed)
    await fresh.load()
    assert fresh.values["retry_attempts"].effective.layer is Layer.database
