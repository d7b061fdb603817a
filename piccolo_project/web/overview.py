"""`/`: the library in numbers."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from litestar import get
from litestar.response import Template

from apps.overview.live import last_failures
from apps.overview.measures import MEASURES
from apps.overview.repositories import FigureRepository
from piccolo_project.web.charts import Bar, Columns, bars, columns
from piccolo_project.web.links import listing, row
from piccolo_project.web.wording import hours, number, size

FEWEST_YEARS, MOST_YEARS = 10, 20
FORMS = {
    "import": "/admin/#/forms/import-a-folder",
    "refresh": "/admin/#/forms/look-through-the-library-again",
}
FILES = {"videos": "Videos", "clips": "Clips", "thumbnails": "Thumbnails"}
STATUSES = ("queued", "running", "completed", "failed", "cancelled")

Values = Mapping[str, Any]


class Card(NamedTuple):
    label: str
    value: str
    href: str


@get("/", include_in_schema=False)
async def overview() -> Template:
    figures = await FigureRepository().read()
    context: dict[str, Any] = {"forms": FORMS, "measured_at": figures.measured_at}
    if figures.is_empty:
        return Template("empty.html", context=context)
    if {*MEASURES, "disk"} <= figures.values.keys():
        context |= pictures(figures.values)
    failures = await last_failures()
    return Template("overview.html", context={**context, "failures": failures, "row": row})


def pictures(values: Values) -> dict[str, Any]:
    years, left_out = by_year(values["videos_by_year"])
    return {
        "cards": list(cards(values)),
        "months": by_month(values["videos_by_month"]),
        "years": years,
        "years_left_out": left_out,
        "channels": hours_by_channel(values["hours_by_channel"]),
        "languages": languages(values["languages"]),
        "jobs": jobs(values["jobs"]),
        "storage": storage(values),
        "disk": values["disk"],
    }


def cards(values: Values) -> Iterator[Card]:
    videos, transcripts = values["videos"], values["transcripts"]
    yield Card("Videos", number(videos["count"]), listing("videos"))
    yield Card("Hours of video", hours(videos["seconds"]), listing("videos"))
    yield Card("Channels", number(values["channels"]), listing("channels"))
    yield Card("Transcripts", number(transcripts["count"]), listing("transcripts"))
    yield Card("Words said", number(transcripts["words"]), listing("transcripts"))
    yield Card("Conversations", number(values["conversations"]), listing("conversations"))
    yield Card("Moments", number(values["moments"]), listing("moments"))
    yield Card("Clips", number(values["clips"]["count"]), listing("clips"))
    yield Card("Publications", number(values["publications"]), listing("publications"))
    yield Card("Files", size(sum(values[name]["bytes"] for name in FILES)), listing("videos"))


def by_month(months: list[Values]) -> Columns:
    days = [date.fromisoformat(f"{month['month']}-01") for month in months]
    return columns(
        [
            (f"{day:%b %Y}", month["count"], str(day.year) if day.month == 1 else "")
            for day, month in zip(days, months, strict=True)
        ]
    )


def by_year(years: list[Values]) -> tuple[Columns, int]:
    """Up to this year, and how many videos are of earlier ones (or of years to come)."""
    counts = {year["year"]: year["count"] for year in years}
    last = datetime.now(UTC).year
    first = last + 1 - min(max(last + 1 - min(counts, default=last), FEWEST_YEARS), MOST_YEARS)
    points = [
        (str(year), counts.pop(year, 0), "" if (last - year) % 4 else str(year))
        for year in range(first, last + 1)
    ]
    return columns(points), sum(counts.values())


def hours_by_channel(found: Values) -> list[Bar]:
    rows = [
        (
            each["name"] or "Without a channel",
            each["amount"],
            listing("videos", channel_id=each["id"]),
        )
        for each in found["largest"]
    ]
    return bars([*rows, *others(found, "channel")], hours)


def languages(found: Values) -> list[Bar]:
    rows = [
        (each["name"], each["amount"], listing("transcripts", language=each["name"]))
        for each in found["largest"]
    ]
    return bars([*rows, *others(found, "language")], number)


def others(found: Values, noun: str) -> Iterator[tuple[str, float, None]]:
    if count := found["others"]:
        yield f"{number(count)} other {noun}{'s' * (count > 1)}", found["amount_of_others"], None


def jobs(counts: Values) -> list[Bar]:
    rows = [
        (status, counts[status], listing("processing_jobs", status=status))
        for status in STATUSES
        if status in counts
    ]
    return bars(rows, number)


def storage(values: Values) -> list[Bar]:
    files = [(label, values[name]["bytes"], listing(name)) for name, label in FILES.items()]
    return bars([*files, ("Database", values["database"], None)], size)
