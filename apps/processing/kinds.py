"""The kinds of background job, and how the result of one is described to people."""

from collections.abc import Callable, Mapping
from json import loads
from typing import Any, NamedTuple

from apps.shared.plugs import Plug
from apps.shared.text import escape_unprintable

UNKNOWN_FORM = "The job has ended, but its result was written by another program:"
MAX_SHOWN = 2000
"""Characters of such a result that are shown."""


class Fault(NamedTuple):
    """A file or line that was not taken, and why."""

    path: str
    reason: str


class Outcome(NamedTuple):
    """`faults` are the first of `number_of_faults`; `download` is an address."""

    sentence: str
    lines: list[str]
    faults: list[Fault] = []
    number_of_faults: int = 0
    download: str | None = None


class JobKind(NamedTuple):
    """At most one job runs of all kinds with the same `lock`, an advisory lock of PostgreSQL.

    `describe` reads a job's result, and `cut_short` says what is left of one that did not end.
    """

    job_type: str
    title: str
    lock: int
    describe: Callable[[Mapping[str, Any]], Outcome]
    cut_short: str


job_kinds: Plug[Mapping[str, JobKind]] = Plug({})
"""Job type → its kind, of all apps."""


def describe_result(kind: JobKind, result: str) -> Outcome:
    """`result` is JSON that anybody may have written."""
    try:
        return kind.describe(loads(result))
    except (ValueError, RecursionError, OverflowError):
        return Outcome(UNKNOWN_FORM, [escape_unprintable(result[:MAX_SHOWN])])
