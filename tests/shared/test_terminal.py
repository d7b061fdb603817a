"""Options as people write them."""

import io
import sys

import pytest

from apps.shared import terminal
from apps.shared.errors import Invalid
from apps.shared.terminal import check_flag, exit_on_error, normalize_options, read_secret


async def command(
    folder: str, dry_run: bool = False, report: str | None = None, limit: int = 20
) -> None: ...


@pytest.mark.parametrize(
    ("written", "passed_on"),
    [
        (["/x"], ["/x"]),
        (["/x", "--dry-run"], ["/x", "--dry_run"]),
        (["--dry-run", "/x"], ["--dry_run", "/x"]),
        (["--dry_run", "/x"], ["--dry_run", "/x"]),
        (["--dry-run=true", "/x"], ["--dry_run=true", "/x"]),
        (["/x", "--report", "r.json"], ["/x", "--report=r.json"]),
        (["--report", "r.json", "/x"], ["--report=r.json", "/x"]),
        (["/x", "--report=r.json"], ["/x", "--report=r.json"]),
        (["/x", "--report=a=b"], ["/x", "--report=a=b"]),
        (["/x", "--report", "a=b"], ["/x", "--report=a=b"]),
        (["/x", "--report", "with space"], ["/x", "--report=with space"]),
        (["/x", "--report", "-1"], ["/x", "--report=-1"]),
        (["/x", "--report"], ["/x", "--report"]),
        (["/x", "--limit", "5", "--dry-run"], ["/x", "--limit=5", "--dry_run"]),
        (["/x", "--no-such", "y"], ["/x", "--no-such", "y"]),
        (["/x", "--trace"], ["/x", "--trace"]),
        (["-x", "a=b", ""], ["-x", "a=b", ""]),
        (["--"], ["--"]),
        ([], []),
    ],
    ids=" ".join,
)
def test_what_piccolo_is_given(written: list[str], passed_on: list[str]) -> None:
    assert normalize_options(written, command) == passed_on


def test_an_option_is_not_the_value_of_the_one_before() -> None:
    given = normalize_options(["--report", "--dry-run", "/x"], command)

    assert given == ["--report", "--dry_run", "/x"]


class Keyboard(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_secret_is_typed_without_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Keyboard("shown"))
    monkeypatch.setattr(terminal, "getpass", lambda prompt: f"after {prompt}")
    assert read_secret("The key") == "after The key: "


@pytest.mark.parametrize("error", [EOFError, KeyboardInterrupt])
def test_who_types_nothing_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def leave(prompt: str) -> str:
        raise error

    monkeypatch.setattr(sys, "stdin", Keyboard())
    monkeypatch.setattr(terminal, "getpass", leave)
    with pytest.raises(SystemExit) as ended:
        read_secret("The key")
    assert ended.value.code == "The key: no value given. Nothing was changed."


@pytest.mark.parametrize(
    ("given", "secret"),
    [(b"a", "a"), (b"a\n", "a"), (b"a\r\n", "a"), (b" a \nb\n\n", " a \nb\n"), (b"\xc3\xbc", "ü")],
)
def test_a_secret_is_all_of_standard_input(
    monkeypatch: pytest.MonkeyPatch, given: bytes, secret: str
) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(given), encoding="utf-8", newline="")
    monkeypatch.setattr(sys, "stdin", stdin)
    assert read_secret("The key") == secret


@pytest.mark.parametrize(
    ("given", "said"),
    [(b"\n", "The key: no value given."), (b"\xff", "The key must be UTF-8 text.")],
)
def test_what_is_no_secret_is_told(
    monkeypatch: pytest.MonkeyPatch, given: bytes, said: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), encoding="utf-8"))
    with pytest.raises(SystemExit) as ended:
        read_secret("The key")
    assert str(ended.value.code).startswith(said)


def test_an_argument_too_many_is_no_flag() -> None:
    check_flag("dry-run", True)
    check_flag("dry-run", False)
    with pytest.raises(SystemExit, match="Too many arguments: --dry-run takes no value"):
        check_flag("dry-run", "yes")  # type: ignore[arg-type]  # As Piccolo passes it on.


def test_what_is_wrong_is_one_sentence() -> None:
    for error, said in [
        (Invalid("It is wrong."), "It is wrong."),
        (OSError(), "The database cannot be reached. Try again shortly."),
        (UnicodeEncodeError("utf-8", "", 0, 1, ""), "Arguments must be UTF-8 text."),
    ]:
        with pytest.raises(SystemExit) as ended, exit_on_error():
            raise error
        assert ended.value.code == said
    with pytest.raises(ZeroDivisionError), exit_on_error():
        raise ZeroDivisionError
