"""`/review`: what needs attention, how much of it, and a link to the rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from litestar import get
from litestar.response import Template

from apps.overview.failures import count_failed_videos
from apps.overview.repositories import MAX_FINDINGS, FigureRepository, FindingRepository
from apps.overview.tables import FindingKind
from piccolo_project.web.formatting import format_number
from piccolo_project.web.links import link_to_rows
from piccolo_project.web.overview import FORM_LINKS

FAILURE_TEXTS = {
    "status": ("Processing failed", "Videos that could not be processed. Each shows the reason."),
    "download_status": ("Download failed", "Videos whose file could not be downloaded."),
}
"""Column of videos → title and explanation. These counts are live."""

FINDING_TEXTS: dict[FindingKind, tuple[str, str]] = {
    FindingKind.missing_transcript: (
        "No transcript",
        "Downloaded videos without searchable text.",
    ),
    FindingKind.same_address: (
        "Same URL",
        "Same source URL as an earlier video.",
    ),
    FindingKind.same_title: (
        "Same title and duration",
        "Same title and exact duration as an earlier video.",
    ),
    FindingKind.broken_file: (
        "Missing files",
        "Videos, clips, thumbnails and music whose file is missing.",
    ),
    FindingKind.long_clip: (
        "Clips longer than their moment",
        "Even with padding: the moment changed after the clip was cut, or the cut is wrong.",
    ),
    FindingKind.stuck_job: (
        "Stuck jobs",
        "Running or overdue for longer than the setting stuck_hours.",
    ),
    FindingKind.stuck_session: (
        "Stuck sessions",
        "Marked as running, but none of their jobs is running or waiting.",
    ),
    FindingKind.stuck_run: (
        "Stuck pipeline runs",
        "Running for longer than the setting stuck_hours.",
    ),
}


@dataclass(frozen=True)
class Check:
    """`shown` is `count` as text, and says so when the count is not exact."""

    title: str
    meaning: str
    count: int
    shown: str
    href: str


@get("/review", include_in_schema=False)
async def show_review() -> Template:
    figures = await FigureRepository().read()
    checks = await list_checks(figures.values)
    context = {
        "checks": checks,
        "to_do": sum(1 for check in checks if check.count),
        "measured_at": figures.measured_at,
        "forms": FORM_LINKS,
    }
    return Template("review.html", context=context)


async def list_checks(values: Mapping[str, Any]) -> list[Check]:
    return [
        *list_failure_checks(await count_failed_videos(MAX_FINDINGS + 1)),
        *list_finding_checks(await FindingRepository().count(), values),
    ]


def list_failure_checks(counts: Mapping[str, int]) -> Iterator[Check]:
    for column, (title, meaning) in FAILURE_TEXTS.items():
        count = counts[column]
        is_more = count > MAX_FINDINGS
        limit = format_number(MAX_FINDINGS)
        shown = f"more than {limit}" if is_more else format_number(count)
        yield Check(title, meaning, count, shown, link_to_rows("videos", **{column: "failed"}))


def list_finding_checks(listed: Mapping[str, int], values: Mapping[str, Any]) -> Iterator[Check]:
    """Counts the listed findings now. Past the limit, the total is the last measured figure."""
    for kind, (title, meaning) in FINDING_TEXTS.items():
        count = listed.get(kind, 0)
        figure = values.get(kind, {})
        shown = format_number(count)
        if count >= MAX_FINDINGS and figure.get("count", 0) > count:
            shown = f"{format_number(figure['count'])} ({shown} listed)"
        is_whole = figure.get("is_whole", True)
        caveat = "" if is_whole else " The last check ran out of time, so there may be more."
        yield Check(
            title, f"{meaning}{caveat}", count, shown, link_to_rows("findings", kind=kind.value)
        )
