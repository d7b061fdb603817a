"""`/review`: what somebody should look at, how much of it, and where it is listed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from litestar import get
from litestar.response import Template

from apps.overview.live import count_failed_videos
from apps.overview.repositories import MOST_FINDINGS, FigureRepository, FindingRepository
from apps.overview.tables import FindingKind
from piccolo_project.web.links import listing
from piccolo_project.web.overview import FORMS
from piccolo_project.web.wording import number

FAILED = {
    "status": ("Processing failed", "Videos that could not be processed; each says why."),
    "download_status": ("Download failed", "Videos whose file could not be downloaded."),
}
"""Column of videos → what it means. Counted as they are now."""

FOUND: dict[FindingKind, tuple[str, str]] = {
    FindingKind.missing_transcript: (
        "No transcript",
        "Videos that are downloaded, and of which nobody can find a word.",
    ),
    FindingKind.same_address: (
        "Same address",
        "Videos that come from the same address as an earlier one.",
    ),
    FindingKind.same_title: (
        "Same title and duration",
        "Videos that are called like an earlier one, and are as long to the fraction of a second.",
    ),
    FindingKind.broken_file: (
        "Missing files",
        "Videos, clips, thumbnails and music whose file is not where it should be.",
    ),
    FindingKind.long_clip: (
        "Clips longer than their moment",
        "By more than their paddings: the moment was changed since, or the clip cut wrongly.",
    ),
    FindingKind.stuck_job: (
        "Stuck jobs",
        "Running, or due and not begun, for longer than the setting stuck_hours.",
    ),
    FindingKind.stuck_session: (
        "Stuck sessions",
        "Said to be running, though no job of theirs runs or waits.",
    ),
    FindingKind.stuck_run: (
        "Stuck pipeline runs",
        "Running for longer than the setting stuck_hours.",
    ),
}


@dataclass(frozen=True)
class Check:
    """`shown` is `count` as people read it; what is not known exactly says so."""

    title: str
    meaning: str
    count: int
    shown: str
    href: str


@get("/review", include_in_schema=False)
async def review() -> Template:
    figures = await FigureRepository().read()
    checks = [
        *failed(await count_failed_videos(MOST_FINDINGS + 1)),
        *found(await FindingRepository().count(), figures.values),
    ]
    context = {
        "checks": checks,
        "to_do": sum(1 for check in checks if check.count),
        "measured_at": figures.measured_at,
        "forms": FORMS,
    }
    return Template("review.html", context=context)


def failed(counts: Mapping[str, int]) -> Iterator[Check]:
    for column, (title, meaning) in FAILED.items():
        count = counts[column]
        is_more = count > MOST_FINDINGS
        shown = f"more than {number(MOST_FINDINGS)}" if is_more else number(count)
        yield Check(title, meaning, count, shown, listing("videos", **{column: "failed"}))


def found(listed: Mapping[str, int], values: Mapping[str, Any]) -> Iterator[Check]:
    """What is listed was counted just now; how many there are beyond that, with the figures."""
    for kind, (title, meaning) in FOUND.items():
        count = listed.get(kind, 0)
        figure = values.get(kind, {})
        shown = number(count)
        if count >= MOST_FINDINGS and figure.get("count", 0) > count:
            shown = f"{number(figure['count'])}, of which {shown} are listed"
        if not figure.get("is_whole", True):
            meaning = f"{meaning} Not all could be looked for in time."
        yield Check(title, meaning, count, shown, listing("findings", kind=kind.value))
