"""Settings out to a file and in again."""

import tomllib
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from apps.configuration import importing
from apps.configuration.changes import apply_changes
from apps.configuration.exporting import export_settings
from apps.configuration.importing import import_settings
from apps.configuration.registry import SETTINGS
from apps.configuration.sources import read_file
from apps.shared.errors import Invalid
from tests.database import execute, fetch, insert
from tests.factories import make_channel

ROWS = """
    SELECT NULL AS channel_id, key, value::text FROM system_configuration
    UNION ALL SELECT channel_id, key, value::text FROM channel_configuration
    ORDER BY channel_id, key"""
CHANNEL = "UC" + "x" * 22
FITTING = {
    key: {
        "integer": st.integers(setting.schema.get("minimum"), setting.schema.get("maximum")),
        "number": st.floats(setting.schema.get("minimum"), setting.schema.get("maximum")),
        "boolean": st.booleans(),
        "array": st.lists(st.sampled_from(["en", "pt-BR", "zh-Hant"]), min_size=1, max_size=3),
        "string": st.sampled_from(setting.schema.get("enum", ["https://a.example/v1"])),
    }[setting.schema.get("type", "string")]
    for key, setting in SETTINGS.items()
    if not setting.is_secret and not key.startswith(("min_m", "max_m"))
}
OF_CHANNELS = {key: each for key, each in FITTING.items() if SETTINGS[key].per_channel}


@pytest.fixture
async def channel() -> UUID:
    return UUID(str((await make_channel(youtube_channel_id=CHANNEL)).id))


@hypothesis_settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    system=st.fixed_dictionaries({}, optional=FITTING),
    own=st.fixed_dictionaries({}, optional=OF_CHANNELS),
)
async def test_what_goes_out_comes_in_again(
    channel: UUID, tmp_path: Path, system: dict[str, Any], own: dict[str, Any]
) -> None:
    await execute("DELETE FROM system_configuration; DELETE FROM channel_configuration")
    await apply_changes({None: system, channel: own})
    before, file = await fetch(ROWS), tmp_path / "out.toml"
    done = await export_settings(file)
    assert (done.system, done.channels) == (len(system), len(own))
    assert await import_settings(file) == []
    await execute("DELETE FROM system_configuration; DELETE FROM channel_configuration")
    changed = await import_settings(file)
    assert len(changed) == len(system) + len(own)
    assert await fetch(ROWS) == before
    again = tmp_path / "again.toml"
    await export_settings(again)
    assert again.read_bytes() == file.read_bytes()


async def test_the_file_is_one_that_config_file_takes(tmp_path: Path) -> None:
    await apply_changes({None: {"chunk_words": 99, "subtitle_languages": ["de"]}})
    file = tmp_path / "out.toml"
    await export_settings(file)
    found = {key: said.value for key, said in read_file(file).items()}
    assert found == {"chunk_words": 99, "subtitle_languages": ["de"]}


async def test_many_channels_go_out_page_by_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.configuration.repositories import ChannelConfigurationRepository

    real = ChannelConfigurationRepository.list_channels
    monkeypatch.setattr(
        ChannelConfigurationRepository, "list_channels", lambda self, after: real(self, after, 2)
    )
    ids = [(await make_channel()).id for _ in range(5)]
    await apply_changes({each: {"min_moments": number} for number, each in enumerate(ids)})
    await make_channel()
    file = tmp_path / "out.toml"
    assert (await export_settings(file)).channels == 5
    channels = tomllib.loads(file.read_text())["channels"]
    assert channels == {str(each): {"min_moments": number} for number, each in enumerate(ids)}


async def test_secrets_and_bad_values_stay_behind_and_it_says_so(
    channel: UUID, tmp_path: Path
) -> None:
    await apply_changes({None: {"model_api_key": "hush-1"}, channel: {"model_api_key": "hush-2"}})
    await insert("system_configuration", key="chunk_words", value="5")
    await insert("channel_configuration", channel_id=channel, key="min_moments", value="-5")
    file = tmp_path / "out.toml"
    done = await export_settings(file)
    assert (done.system, done.channels, done.secrets, len(done.faults)) == (0, 0, 2, 2)
    assert done.faults[1].startswith(f"{CHANNEL}: min_moments is -5;")
    assert file.read_bytes() == b""


@pytest.mark.parametrize("where", ["nowhere/out.toml", "."])
async def test_a_place_that_cannot_be_written(tmp_path: Path, where: str) -> None:
    await apply_changes({None: {"chunk_words": 99}})
    with pytest.raises(Invalid, match=r"cannot be written \("):
        await export_settings(tmp_path / where)
    assert list(tmp_path.iterdir()) == []


async def test_an_import_names_all_that_is_wrong_and_changes_nothing(
    channel: UUID, tmp_path: Path
) -> None:
    file = tmp_path / "in.toml"
    file.write_text(
        f"retry_attempts = 5\nchunk_words = 5\nchunk_wrds = 99\n"
        f"[channels.{CHANNEL}]\nchunk_words = 99\n"
        f"[channels.{channel}]\nmin_moments = 2\n[channels.nobody]\nmin_moments = 2\n"
    )
    with pytest.raises(Invalid) as refusal:
        await import_settings(file)
    assert refusal.value.message.splitlines() == [
        f"Nothing was imported from {file}:",
        f"{channel} and {CHANNEL} are the same channel.",
        "There is no channel nobody.",
        "chunk_words is 5; expected: a whole number from 20 to 1000.",
        "There is no setting 'chunk_wrds'. Did you mean chunk_words?",
    ]
    assert await fetch(ROWS) == []
    for content, sentence in {
        "chunk_words = 99": "chunk_words cannot be set for a single channel",
        "min_moments = 12": r"min_moments \(12, from channel\) must not be above max_moments",
    }.items():
        file.write_text(f"[channels.{CHANNEL}]\n{content}\n")
        with pytest.raises(Invalid, match=f"^Nothing was .*\n{CHANNEL}: {sentence}"):
            await import_settings(file)
    assert await fetch(ROWS) == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("channels = 5", 'channels must be tables, such as [channels."UC…"].'),
        ("[channels]\nUC = 5", 'channels must be tables, such as [channels."UC…"].'),
        ("chunk_words =", "is not valid TOML: Invalid value (at end of document)."),
        (
            "min_moments = 11",
            "in.toml:\nmin_moments (11, from database) must not be above max_moments (10, from",
        ),
        ("#" * 200, "is too large: 0 MB, and the limit is 16 MB."),
    ],
)
async def test_a_file_that_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, sentence: str
) -> None:
    monkeypatch.setattr(importing, "MAX_FILE_BYTES", 100)
    file = tmp_path / "in.toml"
    file.write_text(content)
    with pytest.raises(Invalid) as refusal:
        await import_settings(file)
    assert sentence in refusal.value.message
    with pytest.raises(Invalid, match="cannot be read"):
        await import_settings(tmp_path / "nowhere")
    assert await fetch(ROWS) == []
