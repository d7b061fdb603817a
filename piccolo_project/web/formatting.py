"""Values as people read them; also the templates' filters."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

THIN_SPACE = "\u202f"
"""Narrow and non-breaking, before a unit."""
UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB", "EB")


def format_number(value: float) -> str:
    return f"{value:,.0f}"


def format_hours(seconds: float) -> str:
    """One decimal place below 10, since a small library grows by minutes."""
    hours = seconds / 3600
    if 0 < hours < 0.05:
        return "<0.1"
    return f"{hours:.1f}" if 0 < hours < 9.95 else format_number(hours)


def format_size(count: float) -> str:
    """Bytes in powers of 1000, as disks are sold."""
    place = 0
    while count >= 999.5 and place < len(UNITS) - 1:
        count, place = count / 1000, place + 1
    shown = f"{count:.1f}" if place and count < 9.95 else f"{count:,.0f}"
    return f"{shown}{THIN_SPACE}{UNITS[place]}"


def format_age(instant: datetime) -> str:
    minutes = int((datetime.now(UTC) - instant).total_seconds() // 60)
    if minutes < 1:
        return "less than a minute ago"
    if minutes < 120:
        return f"{minutes} minute{'s' * (minutes > 1)} ago"
    if minutes < 48 * 60:
        return f"{minutes // 60} hours ago"
    return f"{minutes // 1440} days ago"


def format_instant(value: datetime) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def name_site(url: str) -> str:
    """The site a link leads to: YouTube by name, others by their host."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    is_youtube = host in {"youtu.be", "youtube.com"} or host.endswith(".youtube.com")
    return "YouTube" if is_youtube else host or "its site"


FILTERS: dict[str, Callable[[Any], str]] = {
    "number": format_number,
    "hours": format_hours,
    "size": format_size,
    "ago": format_age,
    "instant": format_instant,
}
