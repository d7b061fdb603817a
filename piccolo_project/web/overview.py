"""`/`: the library in numbers."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from litestar import get
from litestar.response import Template

from apps.overview.failures import list_latest_failures
from apps.overview.figure_queries import FIGURE_QUERIES
from apps.overview.repositories import FigureRepository
from piccolo_project.web.charts import Bar, ColumnChart, build_bars, build_column_chart
from piccolo_project.web.formatting import format_hours, format_number, format_size
from piccolo_project.web.links import link_to_row, link_to_rows

MIN_YEARS, MAX_YEARS = 10, 20
FORM_LINKS = {
    "import": "/admin/#/forms/import-a-folder",
    "refresh": "/admin/#/forms/refresh-the-overview",
}
FILES = {"videos": "Videos", "clips": "Clips", "thumbnails": "Thumbnails"}
STATUSES = ("queued", "running", "completed", "failed", "cancelled")

Values = Mapping[str, Any]


class Card(NamedTuple):
    label: str
    value: str
    href: str


@get("/", include_in_schema=False)
async def show_overview() -> Template:
    figures = await FigureRepository().read()
    context: dict[str, Any] = {"forms": FORM_LINKS, "measured_at": figures.measured_at}
    if figures.is_empty:
        return Template("empty.html", context=context)
    if {*FIGURE_QUERIES, "disk"} <= figures.values.keys():
        context |= build_charts(figures.values)
    context |= {"failures": await list_latest_failures(), "link_to_row": link_to_row}
    return Template("overview.html", context=context)


def build_charts(values: Values) -> dict[str, Any]:
    years, left_out = chart_years(values["videos_by_year"])
    return {
        "cards": list(list_cards(values)),
        "months": chart_months(values["videos_by_month"]),
        "years": years,
        "years_left_out": left_out,
        "channels": chart_channels(values["hours_by_channel"]),
        "languages": chart_languages(values["languages"]),
        "jobs": chart_jobs(values["jobs"]),
        "storage": chart_storage(values),
        "disk": values["disk"],
    }


def list_cards(values: Values) -> Iterator[Card]:
    videos, transcripts = values["videos"], values["transcripts"]
    yield Card("Videos", format_number(videos["count"]), link_to_rows("videos"))
    yield Card("Hours of video", format_hours(videos["seconds"]), link_to_rows("videos"))
    yield Card("Channels", format_number(values["channels"]), link_to_rows("channels"))
    yield Card("Transcripts", format_number(transcripts["count"]), link_to_rows("transcripts"))
    yield Card("Spoken words", format_number(transcripts["words"]), link_to_rows("transcripts"))
    yield Card(
        "Conversations", format_number(values["conversations"]), link_to_rows("conversations")
    )
    yield Card("Moments", format_number(values["moments"]), link_to_rows("moments"))
    yield Card("Clips", format_number(values["clips"]["count"]), link_to_rows("clips"))
    yield Card("Publications", format_number(values["publications"]), link_to_rows("publications"))
    yield Card(
        "Files", format_size(sum(values[name]["bytes"] for name in FILES)), link_to_rows("videos")
    )


def chart_months(months: list[Values]) -> ColumnChart:
    days = [date.fromisoformat(f"{month['month']}-01") for month in months]
    return build_column_chart(
        [
            (f"{day:%b %Y}", month["count"], str(day.year) if day.month == 1 else "")
            for day, month in zip(days, months, strict=True)
        ]
    )


def chart_years(years: list[Values]) -> tuple[ColumnChart, int]:
    """Up to this year, and the number of videos from earlier or future years, not shown."""
    counts = {year["year"]: year["count"] for year in years}
    last = datetime.now(UTC).year
    first = last + 1 - min(max(last + 1 - min(counts, default=last), MIN_YEARS), MAX_YEARS)
    points = [
        (str(year), counts.pop(year, 0), "" if (last - year) % 4 else str(year))
        for year in range(first, last + 1)
    ]
    return build_column_chart(points), sum(counts.values())


def chart_channels(figure: Values) -> list[Bar]:
    rows = [
        (
            each["name"] or "No channel",
            each["amount"],
            link_to_rows("videos", channel_id=each["id"]),
        )
        for each in figure["largest"]
    ]
    return build_bars([*rows, *sum_others(figure, "channel")], format_hours)


def chart_languages(figure: Values) -> list[Bar]:
    rows = [
        (each["name"], each["amount"], link_to_rows("transcripts", language=each["name"]))
        for each in figure["largest"]
    ]
    return build_bars([*rows, *sum_others(figure, "language")], format_number)


def sum_others(figure: Values, noun: str) -> Iterator[tuple[str, float, None]]:
    if count := figure["others"]:
        yield (
            f"{format_number(count)} other {noun}{'s' * (count > 1)}",
            figure["amount_of_others"],
            None,
        )


def chart_jobs(counts: Values) -> list[Bar]:
    rows = [
        (status, counts[status], link_to_rows("processing_jobs", status=status))
        for status in STATUSES
        if status in counts
    ]
    return build_bars(rows, format_number)


def chart_storage(values: Values) -> list[Bar]:
    files = [(label, values[name]["bytes"], link_to_rows(name)) for name, label in FILES.items()]
    return build_bars([*files, ("Database", values["database"], None)], format_size)
