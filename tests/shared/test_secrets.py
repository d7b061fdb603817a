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
from apps.shared.secret_keys import SecretsUnavailable, make_key
from apps.shared.secrets import (
    FORM,
    Unreadable,
    decrypt,
    encrypt,
    key_id,
    newest_key,
    place,
    rotate,
    set_at,
)
from apps.shared.settings import Settings, load_settings

HERE = place("channels", "credentials", "a")
TEXT = "hush: ünï 🤫"
MALFORMED = "cannot be read: it is not in the form of one. Set it again."
ELSEWHERE = (
    f"The secret in {HERE} cannot be read: it was altered, or copied there from another place. "
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
    here = place("channels", "credentials", row)
    stored = encrypt(text, here)
    assert re.fullmatch(FORM, stored)
    assert decrypt(stored, here) == text
    assert key_id(stored) == newest_key().id
    assert timedelta(0) <= datetime.now(UTC) - set_at(stored) < timedelta(seconds=30)


@given(st.text(min_size=4))
def test_the_text_is_not_in_it(text: str) -> None:
    stored = encrypt(text, HERE)
    assert text not in stored
    assert base64.urlsafe_b64encode(text.encode()).decode().rstrip("=") not in stored


def test_a_place_names_the_row() -> None:
    assert place("channels", "credentials", "id") == "channels.credentials:id"
    assert place("channel_configuration", "value", "id", "k") == "channel_configuration.value:id:k"


def test_every_character_that_differs_is_noticed() -> None:
    stored = encrypt(TEXT, HERE)
    for position, character in enumerate(stored):
        for other in ALPHABET:
            if other != character:
                altered = f"{stored[:position]}{other}{stored[position + 1 :]}"
                with pytest.raises(Unreadable):
                    decrypt(altered, HERE)


@given(st.data())
def test_a_text_that_is_cut_or_grown_is_noticed(data: st.DataObject) -> None:
    stored = encrypt(TEXT, HERE)
    cut = data.draw(st.integers(0, len(stored) - 1))
    for altered in (stored[:cut], stored[cut + 1 :], f"{stored}{stored[cut]}", f"{stored}\n"):
        with pytest.raises(Unreadable):
            decrypt(altered, HERE)


@given(st.text())
def test_what_is_no_secret_is_refused(text: str) -> None:
    for read in (key_id, set_at):
        with pytest.raises(Unreadable, match=f"^A stored secret {MALFORMED}$"):
            read(text)
    with pytest.raises(Unreadable, match=f"^The secret in {HERE} {MALFORMED}$"):
        decrypt(text, HERE)


@pytest.mark.parametrize(
    "there",
    [
        place("channels", "credentials", "b"),
        place("channels", "settings", "a"),
        place("videos", "credentials", "a"),
        place("channels", "credentials", "a", ""),
    ],
)
def test_a_secret_from_another_place_is_refused(there: str) -> None:
    with pytest.raises(Unreadable) as raised:
        decrypt(encrypt(TEXT, there), HERE)
    assert raised.value.message == ELSEWHERE
    assert raised.value.status == 503


def test_no_two_are_alike() -> None:
    made = {encrypt(TEXT, HERE).rpartition(":")[2][:16] for _ in range(2000)}
    assert len(made) == 2000, "A nonce came twice, which gives the key away."


def test_another_time_or_key_cannot_be_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [make_key(), make_key()]
    configured(monkeypatch, SECRET_KEYS=",".join(keys))
    stored = encrypt(TEXT, HERE)
    version, name, when, rest = stored.split(":")
    other = secrets.known_keys()[1].id
    for altered in (
        f"{version}:{name}:{int(when) - 1}:{rest}",
        f"{version}:{name}:0{when}:{rest}",
        f"{version}:{other}:{when}:{rest}",
    ):
        with pytest.raises(Unreadable) as raised:
            decrypt(altered, HERE)
        assert raised.value.message == ELSEWHERE


def test_the_newest_key_encrypts_and_each_decrypts(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = make_key(), make_key()
    configured(monkeypatch, SECRET_KEYS=old)
    by_old = encrypt(TEXT, HERE)
    configured(monkeypatch, SECRET_KEYS=f"{new},{old}")
    by_new = encrypt(TEXT, HERE)
    assert [key_id(by_new), key_id(by_old)] == [key.id for key in secrets.known_keys()]
    assert decrypt(by_old, HERE) == decrypt(by_new, HERE) == TEXT


def test_another_key_keeps_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = make_key(), make_key()
    configured(monkeypatch, SECRET_KEYS=old)
    monkeypatch.setattr("time.time", lambda: 1_700_000_000.9)
    stored = encrypt(TEXT, HERE)
    monkeypatch.undo()
    assert set_at(stored) == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    configured(monkeypatch, SECRET_KEYS=f"{new},{old}")
    rotated = rotate(stored, HERE)
    assert key_id(rotated) == newest_key().id != key_id(stored)
    assert set_at(rotated) == set_at(stored)
    assert decrypt(rotated, HERE) == TEXT
    assert rotate(rotated, HERE) == rotated
    with pytest.raises(Unreadable):
        rotate(stored, place("channels", "credentials", "b"))


def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    configured(monkeypatch, SECRET_KEYS=make_key())
    stored = encrypt(TEXT, HERE)
    says = f"The secret in {HERE} cannot be read: its key {key_id(stored)} is missing. "
    in_file = f"Add it as the last line of {tmp_path}/secret.key."
    cases: list[tuple[dict[str, Any], str]] = [
        ({"SECRET_KEYS": make_key()}, "Add it to the end of SECRET_KEYS."),
        ({"DATABASE_URL": "postgresql://me@/db"}, "Add it to the end of SECRET_KEYS."),
        ({"DATA_DIR": tmp_path}, in_file),
    ]
    for chosen, how in cases:
        configured(monkeypatch, **chosen)
        with pytest.raises(Unreadable) as raised:
            decrypt(stored, HERE)
        assert raised.value.message == says + how
    assert list(tmp_path.iterdir()) == [], "Reading makes no key."


def test_on_a_server_keys_must_be_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    configured(monkeypatch, DATABASE_URL="postgresql://me@/db", DATA_DIR=tmp_path)
    with pytest.raises(SecretsUnavailable) as raised:
        encrypt(TEXT, HERE)
    assert raised.value.status == 503
    assert raised.value.message == (
        "No secret can be stored, because the program has no key for it: whoever runs it sets "
        "SECRET_KEYS."
    )
    assert list(tmp_path.iterdir()) == []


def test_on_the_embedded_database_a_key_is_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configured(monkeypatch, DATA_DIR=tmp_path / "data")
    stored = encrypt(TEXT, HERE)
    assert decrypt(stored, HERE) == TEXT
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret.key"]
    configured(monkeypatch, DATA_DIR=tmp_path / "data", SECRET_KEYS=make_key())
    with pytest.raises(Unreadable, match=r"is missing\. Add it to"):
        decrypt(stored, HERE)
