"""Keys as people write them, and the file of those that the program has made."""

import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.shared.secret_keys import KeyFile, SecretsUnavailable, generate_key, parse_key, parse_keys
from apps.shared.settings import Settings, SettingsError, load_settings
from tests.processes import ROOT, open_process

KEY = "ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1-f4CBgoM"


def test_a_key_is_the_same_in_each_spelling() -> None:
    material = bytes(range(224, 256))
    written = "4OHi4-Tl5ufo6err7O3u7_Dx8vP09fb3-Pn6-_z9_v8"
    standard = written.replace("-", "+").replace("_", "/")
    spellings = [written, f"{written}=", standard, material.hex(), material.hex().upper()]
    assert {parse_key(each).id for each in spellings} == {"9432c1a7"}


def test_a_key_says_nothing_of_itself() -> None:
    text = generate_key()
    assert text not in repr(parse_key(text))
    assert re.fullmatch("[0-9a-f]{8}", parse_key(text).id)
    assert parse_key(text).id != parse_key(generate_key()).id


@given(st.binary(min_size=32, max_size=32).filter(lambda key: len(set(key)) >= 16))
def test_32_random_bytes_are_a_key(material: bytes) -> None:
    assert parse_key(material.hex()).id


@pytest.mark.parametrize(
    "text",
    [
        "hush",
        "hush" * 8,
        KEY[:-1],
        f"{KEY}A",
        f"{KEY}==",
        f"{KEY} {KEY}",
        f"{KEY[:-1]}é",
        "0" * 64,
        "ab" * 32,
        "A" * 43,
        "hush-hush-" * 4 + "hus",
        bytes(range(31)).hex(),
        f"{bytes(range(31)).hex()}g0",
    ],
)
def test_what_is_weaker_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    with pytest.raises(ValueError, match=r"^not ") as raised:
        parse_key(text)
    assert text not in str(raised.value)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("SECRET_KEYS", f"{KEY},{text}")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert str(refused.value) == (
        "SECRET_KEYS is invalid; expected: encryption keys for stored secrets, newest first, "
        "separated by commas; each 32 random bytes in base64 or hex, such as "
        '`python -c "import secrets; print(secrets.token_urlsafe(32))"` prints.'
    )


def test_commas_and_blanks_alone_are_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    other = generate_key()
    assert [key.id for key in parse_keys(f" {KEY} ,\n{other},")] == [
        parse_key(KEY).id,
        parse_key(other).id,
    ]
    monkeypatch.setenv("SECRET_KEYS", " , ")
    with pytest.raises(SettingsError, match=r"^SECRET_KEYS is invalid"):
        load_settings()


def ids(file: KeyFile) -> list[str]:
    return [key.id for key in file.read()]


def test_a_key_is_made_once(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "a" / "data")
    assert file.read() == ()
    assert not file.path.parent.exists(), "Reading makes nothing."
    made = file.ensure_key()
    assert len(made) == 1
    assert file.ensure_key() == file.read() == made
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert list(file.path.parent.iterdir()) == [file.path]


def test_a_new_key_comes_first_and_the_others_stay(tmp_path: Path) -> None:
    file = KeyFile(tmp_path)
    first = file.ensure_key()[0].id
    second = file.add_key()[0].id
    assert ids(file) == [second, first]
    assert [key.id for key in file.add_key()][1:] == [second, first]
    assert len(file.path.read_text().splitlines()) == 3
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_a_file_that_was_replaced_is_read_again(tmp_path: Path) -> None:
    file = KeyFile(tmp_path)
    before = file.ensure_key()
    other = generate_key()
    file.path.write_text(other + "\n" + file.path.read_text())
    assert ids(file) == [parse_key(other).id, before[0].id]


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_the_mode_is_the_same_under_each_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        KeyFile(tmp_path).ensure_key()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


def test_what_a_killed_process_left_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "secret.unfinished").write_text("half a k")
    assert len(KeyFile(tmp_path).ensure_key()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def readable_by_others(path: Path) -> str:
    path.write_text(generate_key())
    path.chmod(0o640)
    return f"Other users can read the keys in {path}: run `chmod 600 {path}`."


def malformed(content: bytes) -> Callable[[Path], str]:
    def write(path: Path) -> str:
        path.write_bytes(content)
        path.chmod(0o600)
        return (
            f"{path} must have one key per line: 32 random bytes in base64 or hex, such as "
            '`python -c "import secrets; print(secrets.token_urlsafe(32))"` prints. '
            "Restore the original file, or the stored secrets are lost."
        )

    return write


def a_folder(path: Path) -> str:
    path.mkdir(mode=0o700)
    return f"The keys in {path} cannot be read (Is a directory)."


@pytest.mark.parametrize(
    "spoil",
    [
        readable_by_others,
        *map(malformed, [b"", b"hush\n", b"\xff\xfe", KEY.encode()[1:]]),
        a_folder,
    ],
)
def test_a_file_that_cannot_be_used_stays_as_it_is(
    tmp_path: Path, spoil: Callable[[Path], str]
) -> None:
    file = KeyFile(tmp_path)
    sentence = spoil(file.path)
    before = state(file.path)
    for use in (file.read, file.ensure_key, file.add_key):
        with pytest.raises(SecretsUnavailable) as raised:
            use()
        assert raised.value.message == sentence
        assert raised.value.status == 503
    assert state(file.path) == before or file.path.is_dir()


def state(path: Path) -> tuple[int, ...]:
    """But for when it was last read, which may be in the next second."""
    found = path.stat()
    return found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    file = KeyFile(tmp_path / "data")
    with pytest.raises(SecretsUnavailable) as raised:
        file.ensure_key()
    assert raised.value.message == f"Cannot write a key to {file.path} (File exists)."


MAKE = """
import sys
from pathlib import Path
from apps.shared.secret_keys import KeyFile
print("ready", flush=True)
sys.stdin.readline()
keys = KeyFile(Path(sys.argv[1]))
print([key.id for key in (keys.ensure_key() if sys.argv[2] == "make" else keys.add_key())])
"""


@pytest.mark.parametrize("verb", ["make", "renew"])
def test_processes_that_need_a_key_at_once(tmp_path: Path, verb: str) -> None:
    """All end with the same key, or with each other's."""
    command = [sys.executable, "-c", MAKE, str(tmp_path), verb]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with ExitStack() as stack:
        running = [stack.enter_context(open_process(command, cwd=ROOT, **pipes)) for _ in range(6)]
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in running:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        said = [process.communicate()[0].strip() for process in running]
    stored = ids(KeyFile(tmp_path))
    if verb == "make":
        assert set(said) == {str(stored)}
        assert len(stored) == 1
    else:
        assert len(set(stored)) == 6
        # What each has made is the first of what it then saw, or was by now pushed down.
        assert all(each in str(stored) for text in said for each in re.findall("[0-9a-f]{8}", text))
