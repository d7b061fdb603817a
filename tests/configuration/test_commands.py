"""`piccolo configuration …`, as a person runs it."""

import secrets
from pathlib import Path

from apps.configuration.changes import apply_changes
from apps.configuration.registry import SETTINGS
from tests.commands import run_command
from tests.database import fetch, value
from tests.factories import make_channel

CHANNEL = "UC" + "y" * 22
KEY = secrets.token_urlsafe(32)


async def configure(
    *arguments: str, stdin: str = "", folder: Path | None = None, **settings: object
) -> tuple[int, str, str]:
    """The exit code, what it printed, and what it said besides, without the log."""
    chosen = {"SECRET_KEYS": KEY, **settings}
    done = await run_command("configuration", *arguments, stdin=stdin, cwd=folder, **chosen)
    said = [line for line in done.stderr.splitlines() if not line.startswith("20")]
    return done.returncode, done.stdout, "\n".join(said)


async def test_a_value_is_shown_with_its_layers_set_and_taken_back() -> None:
    await make_channel(youtube_channel_id=CHANNEL, name="Bells")
    assert await configure("set", "max_moments", "20") == (0, "Set max_moments to 20.\n", "")
    told = await configure("set", "max_moments", "30", "--channel", "Bells", MAX_MOMENTS=40)
    assert told[1] == "Set max_moments to 30.\nThe value from environment stays in effect: 40.\n"
    code, shown, _ = await configure("show", "max_moments", "--channel", CHANNEL, MAX_MOMENTS=40)
    assert (code, shown.splitlines()) == (
        0,
        [
            "max_moments = 40",
            SETTINGS["max_moments"].description,
            "Allowed: a whole number from 0 to 1000. Can be set per channel.",
            *("  environment: 40", "  channel: 30", "  database: 20", "  default: 10"),
        ],
    )
    for place in ([], ["--channel", "Bells"]):
        code, told_back, _ = await configure("unset", "max_moments", *place)
        assert (code, told_back) == (0, "Reset max_moments.\n")
    assert await value("SELECT count(*) FROM system_configuration") == 0
    assert await value("SELECT count(*) FROM channel_configuration") == 0


async def test_all_are_listed_with_what_the_others_say_and_what_is_wrong() -> None:
    await apply_changes({None: {"chunk_words": 99, "subtitle_languages": ["en"] * 20}})
    await fetch("UPDATE system_configuration SET value = '5' WHERE key = 'chunk_words'")
    code, shown, _ = await configure("show", RETRY_ATTEMPTS=5)
    lines = shown.splitlines()
    assert code == 0
    assert [line.split()[0] for line in lines[1 : len(SETTINGS) + 1]] == list(SETTINGS)
    rows = {line.split()[0]: line.split(maxsplit=3)[1:] for line in lines}
    assert rows["retry_attempts"] == ["5", "environment", "default: 3"]
    assert rows["chunk_words"] == ["150", "default", "database: invalid"]
    assert rows["generation_model"] == ["none", "default"]
    assert max(map(len, lines[: len(SETTINGS)])) < 120
    assert lines[-1] == ("Invalid: chunk_words is 5; expected: a whole number from 20 to 1000.")


async def test_a_secret_comes_by_standard_input_and_is_never_shown() -> None:
    code, _, refusal = await configure("set", "model_api_key", "hush")
    assert code == 1
    assert refusal.startswith("model_api_key is a secret, and others could read it here.")
    told = await configure("set", "model_api_key", stdin="hush-hush\n")
    assert told == (0, "Set model_api_key.\n", "")
    code, shown, said = await configure("show", "model_api_key")
    assert shown.startswith("model_api_key = set 20")
    assert "hush" not in shown + said
    assert (await value("SELECT value::text FROM system_configuration")).startswith('"1:')
    code, _, refusal = await configure("set", "model_api_key", stdin="hush hush")
    assert (code, "hush" in refusal) == (1, False)


async def test_what_is_wrong_is_a_sentence() -> None:
    for arguments, sentence in {
        ("show", "chunk_word"): "There is no setting 'chunk_word'. Did you mean chunk_words?",
        ("set", "chunk_words"): "chunk_words needs a value: a whole number from 20 to 1000.",
        ("set", "chunk_words", "5"): "chunk_words is '5'; expected: a whole number from 20 to"
        " 1000.",
        ("unset", "chunk_words", "--channel=Nobody"): "There is no channel Nobody.",
        ("import", "/nowhere"): "/nowhere cannot be read (No such file or directory).",
    }.items():
        assert await configure(*arguments) == (1, "", sentence)


async def test_files_and_defaults(tmp_path: Path) -> None:
    channel = (await make_channel(youtube_channel_id=CHANNEL)).id
    await apply_changes({None: {"chunk_words": 99}, channel: {"clip_padding_left": 2.5}})
    assert await configure("export", "out.toml", folder=tmp_path) == (
        0,
        "Wrote 1 library and 1 channel settings to out.toml.\n",
        "",
    )
    await apply_changes({None: {"chunk_words": 50}})
    assert await configure("import", "out.toml", folder=tmp_path) == (
        0,
        "chunk_words: 50 → 99\nChanged: 1.\n",
        "",
    )
    code, written, _ = await configure("set-defaults")
    assert (code, written) == (0, "Stored 17 defaults.\n")
    (tmp_path / "in.toml").write_text(
        f'model_api_key = "hush"\n[channels.{CHANNEL}]\nmin_moments=2'
    )
    code, imported, _ = await configure("import", "in.toml", folder=tmp_path)
    assert (code, imported) == (
        0,
        f"model_api_key: not set → set\n{CHANNEL}: min_moments: not set → 2\nChanged: 2.\n",
    )
    told = await configure("export", "again.toml", folder=tmp_path)
    assert "Secrets are not exported (1). Set them again where you need them.\n" in told[1]
    assert "hush" not in (tmp_path / "again.toml").read_text()
