"""Secrets as they are stored: who can read them back, where, and with which key."""

import base64
import re
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.shared import secrets
from apps.shared.secret_keys import SecretsUnavailable, generate_key
from apps.shared.secrets import (
    ENVELOPE_PATTERN,
    SecretUnreadable,
    decrypt_secret,
    encrypt_secret,
    load_newest_key,
    locate_secret,
    read_key_id,
    read_set_at,
    reencrypt_secret,
)
from apps.shared.settings import Settings, load_settings

HERE = locate_secret("channels", "credentials", "a")
TEXT = "hush: ünï 🤫"
MALFORMED = "is malformed. Set it again."
ELSEWHERE = (
    f"The secret in {HERE} cannot be decrypted: it was altered or copied from elsewhere. "
    "Set it again."
)
ALPHABET = string.ascii_letters + string.digits + "-_:+/= "


def configured(monkeypatch: pytest.MonkeyPatch, **chosen: Any) -> None:
    """The settings of this process are these, and no others."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in chosen.items():
        monkeypatch.setenv(name, str(value))
    loaded = load_settings()
    monkeypatch.setattr(secrets, "get_settings", lambda: loaded)


@given(st.text(), st.text())
def test_what_is_encrypted_is_read_back_where_it_is(text: str, row: str) -> None:
    here = locate_secret("channels", "credentials", row)
    stored = encrypt_secret(text, here)
    assert re.fullmatch(ENVELOPE_PATTERN, stored)
    assert decrypt_secret(stored, here) == text
    assert read_key_id(stored) == load_newest_key().id
    assert timedelta(0) <= datetime.now(UTC) - read_set_at(stored) < timedelta(seconds=30)


@given(st.text(min_size=4))
def test_the_text_is_not_in_it(text: str) -> None:
    stored = encrypt_secret(text, HERE)
    assert text not in stored
    assert base64.urlsafe_b64encode(text.encode()).decode().rstrip("=") not in stored


def test_a_place_names_the_row() -> None:
    assert locate_secret("channels", "credentials", "id") == "channels.credentials:id"
    assert (
        locate_secret("channel_configuration", "value", "id", "k")
        == "channel_configuration.value:id:k"
    )


def test_every_character_that_differs_is_noticed() -> None:
    stored = encrypt_secret(TEXT, HERE)
    for position, character in enumerate(stored):
        for other in ALPHABET:
            if other != character:
                altered = f"{stored[:position]}{other}{stored[position + 1 :]}"
                with pytest.raises(SecretUnreadable):
                    decrypt_secret(altered, HERE)


@given(st.data())
def test_a_text_that_is_cut_or_grown_is_noticed(data: st.DataObject) -> None:
    stored = encrypt_secret(TEXT, HERE)
    cut = data.draw(st.integers(0, len(stored) - 1))
    for altered in (stored[:cut], stored[cut + 1 :], f"{stored}{stored[cut]}", f"{stored}\n"):
        with pytest.raises(SecretUnreadable):
            decrypt_secret(altered, HERE)


@given(st.text())
def test_what_is_no_secret_is_refused(text: str) -> None:
    for read in (read_key_id, read_set_at):
        with pytest.raises(SecretUnreadable, match=f"^A stored secret {MALFORMED}$"):
            read(text)
    with pytest.raises(SecretUnreadable, match=f"^The secret in {HERE} {MALFORMED}$"):
        decrypt_secret(text, HERE)


@pytest.mark.parametrize(
    "there",
    [
        locate_secret("channels", "credentials", "b"),
        locate_secret("channels", "settings", "a"),
        locate_secret("videos", "credentials", "a"),
        locate_secret("channels", "credentials", "a", ""),
    ],
)
def test_a_secret_from_another_place_is_refused(there: str) -> None:
    with pytest.raises(SecretUnreadable) as raised:
        decrypt_secret(encrypt_secret(TEXT, there), HERE)
    assert raised.value.message == ELSEWHERE
    assert raised.value.status == 503


def test_no_two_are_alike() -> None:
    made = {encrypt_secret(TEXT, HERE).rpartition(":")[2][:16] for _ in range(2000)}
    assert len(made) == 2000, "A nonce came twice, which gives the key away."


def test_another_time_or_key_cannot_be_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [generate_key(), generate_key()]
    configured(monkeypatch, SECRET_KEYS=",".join(keys))
    stored = encrypt_secret(TEXT, HERE)
    version, name, when, rest = stored.split(":")
    other = secrets.load_keys()[1].id
    for altered in (
        f"{version}:{name}:{int(when) - 1}:{rest}",
        f"{version}:{name}:0{when}:{rest}",
        f"{version}:{other}:{when}:{rest}",
    ):
        with pytest.raises(SecretUnreadable) as raised:
            decrypt_secret(altered, HERE)
        assert raised.value.message == ELSEWHERE


def test_the_newest_key_encrypts_and_each_decrypts(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = generate_key(), generate_key()
    configured(monkeypatch, SECRET_KEYS=old)
    by_old = encrypt_secret(TEXT, HERE)
    configured(monkeypatch, SECRET_KEYS=f"{new},{old}")
    by_new = encrypt_secret(TEXT, HERE)
    assert [read_key_id(by_new), read_key_id(by_old)] == [key.id for key in secrets.load_keys()]
    assert decrypt_secret(by_old, HERE) == decrypt_secret(by_new, HERE) == TEXT


def test_another_key_keeps_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = generate_key(), generate_key()
    configured(monkeypatch, SECRET_KEYS=old)
    monkeypatch.setattr("time.time", lambda: 1_700_000_000.9)
    stored = encrypt_secret(TEXT, HERE)
    monkeypatch.undo()
    assert read_set_at(stored) == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    configured(monkeypatch, SECRET_KEYS=f"{new},{old}")
    rotated = reencrypt_secret(stored, HERE)
    assert read_key_id(rotated) == load_newest_key().id != read_key_id(stored)
    assert read_set_at(rotated) == read_set_at(stored)
    assert decrypt_secret(rotated, HERE) == TEXT
    assert reencrypt_secret(rotated, HERE) == rotated
    with pytest.raises(SecretUnreadable):
        reencrypt_secret(stored, locate_secret("channels", "credentials", "b"))


def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    configured(monkeypatch, SECRET_KEYS=generate_key())
    stored = encrypt_secret(TEXT, HERE)
    says = f"The secret in {HERE} cannot be decrypted: its key {read_key_id(stored)} is missing. "
    in_file = f"Add it as the last line of {tmp_path}/secret.key."
    cases: list[tuple[dict[str, Any], str]] = [
        ({"SECRET_KEYS": generate_key()}, "Add it to the end of SECRET_KEYS."),
        ({"DATABASE_URL": "postgresql://me@/db"}, "Add it to the end of SECRET_KEYS."),
        ({"DATA_DIR": tmp_path}, in_file),
    ]
    for chosen, how in cases:
        configured(monkeypatch, **chosen)
        with pytest.raises(SecretUnreadable) as raised:
            decrypt_secret(stored, HERE)
        assert raised.value.message == says + how
    assert list(tmp_path.iterdir()) == [], "Reading makes no key."


def test_on_a_server_keys_must_be_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    configured(monkeypatch, DATABASE_URL="postgresql://me@/db", DATA_DIR=tmp_path)
    with pytest.raises(SecretsUnavailable) as raised:
        encrypt_secret(TEXT, HERE)
    assert raised.value.status == 503
    assert raised.value.message == (
        "Secrets cannot be stored without an encryption key. Set SECRET_KEYS and restart."
    )
    assert list(tmp_path.iterdir()) == []


def test_on_the_embedded_database_a_key_is_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configured(monkeypatch, DATA_DIR=tmp_path / "data")
    stored = encrypt_secret(TEXT, HERE)
    assert decrypt_secret(stored, HERE) == TEXT
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret.key"]
    configured(monkeypatch, DATA_DIR=tmp_path / "data", SECRET_KEYS=generate_key())
    with pytest.raises(SecretUnreadable, match=r"is missing\. Add it to"):
        decrypt_secret(stored, HERE)
