"""The kinds of background job, and how their results are described to people."""

from collections.abc import Callable, Mapping
from json import loads
from typing import Any, NamedTuple

from apps.shared.plugs import Plug
from apps.shared.text import escape_unprintable

UNKNOWN_FORM = "The job has finished, but its result was written by another program:"
MAX_SHOWN = 2000
"""The number of characters of such a result to show."""


class Fault(NamedTuple):
    """A file or line that could not be imported, and why."""

    path: str
    reason: str


class Outcome(NamedTuple):
    """`faults` has the first of the `number_of_faults` faults. `download` is a URL."""

    sentence: str
    lines: list[str]
    faults: list[Fault] = []
    number_of_faults: int = 0
    download: str | None = None


class JobKind(NamedTuple):
    """Of all kinds with the same `lock`, a PostgreSQL advisory lock, only one job runs at a time.

    `describe` turns a job's result into an outcome. `when_interrupted` tells people what is left of
    a job that did not finish.
    """

    job_type: str
    title: str
    lock: int
    describe: Callable[[Mapping[str, Any]], Outcome]
    when_interrupted: str


job_kinds: Plug[Mapping[str, JobKind]] = Plug({})
"""Job type → kind, from all apps."""


def describe_result(kind: JobKind, result: str) -> Outcome:
    """`result` is JSON that any program may have written."""
    try:
        return kind.describe(loads(result))
    except (ValueError, RecursionError, OverflowError):
        return Outcome(UNKNOWN_FORM, [escape_unprintable(result[:MAX_SHOWN])])
