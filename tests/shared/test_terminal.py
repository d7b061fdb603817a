"""Options as people write them."""

import pytest

from apps.shared.terminal import usual_options


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
    assert usual_options(written, command) == passed_on


def test_an_option_is_not_the_value_of_the_one_before() -> None:
    given = usual_options(["--report", "--dry-run", "/x"], command)

    assert given == ["--report", "--dry_run", "/x"]
