"""What the overview does in the background, and how its results are described."""

from collections.abc import Mapping
from typing import Any

import msgspec

from apps.overview.services import Refreshed
from apps.processing.kinds import JobKind, Outcome


def describe_refresh(result: Mapping[str, Any]) -> Outcome:
    report = msgspec.convert(result, Refreshed)
    lines = ["The overview and the review tell what was found."]
    lines += [f"Not to be found out, and left as it was: {name}" for name in report.faults]
    return Outcome(f"Looked through the library in {report.seconds:.1f} s.", lines)


REFRESH = JobKind(
    "refresh_overview",
    "Look through the library",
    0x1390_F0E3,
    describe_refresh,
    "What was not looked at again is as it was found before.",
)
