"""The background job of the overview, and how its result is described."""

from collections.abc import Mapping
from typing import Any

import msgspec

from apps.overview.services import RefreshResult
from apps.processing.job_kinds import JobKind, Outcome


def describe_refresh(result: Mapping[str, Any]) -> Outcome:
    report = msgspec.convert(result, RefreshResult)
    lines = [f"Not refreshed: {name}" for name in report.faults]
    return Outcome(f"Refreshed the overview and the review in {report.seconds:.1f} s.", lines)


REFRESH = JobKind(
    "refresh_overview",
    "Refresh the overview",
    0x1390_F0E3,
    describe_refresh,
    "Figures that were not refreshed keep their old values.",
)
