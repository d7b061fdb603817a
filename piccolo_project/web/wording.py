"""Numbers as people read them; filters of the templates."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

THIN = "\u202f"
"""A narrow space at which no line breaks, before a unit."""
UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB", "EB")


def number(value: float) -> str:
    return f"{value:,.0f}"


def hours(seconds: float) -> str:
    """Below 10 with a decimal place: a small library grows by minutes."""
    found = seconds / 3600
    if 0 < found < 0.05:
        return "<0.1"
    return f"{found:.1f}" if 0 < found < 9.95 else number(found)


def size(count: float) -> str:
    """Of bytes, in powers of 1000, as disks are sold."""
    place = 0
    while count >= 999.5 and place < len(UNITS) - 1:
        count, place = count / 1000, place + 1
    shown = f"{count:.1f}" if place and count < 9.95 else f"{count:,.0f}"
    return f"{shown}{THIN}{UNITS[place]}"


def ago(instant: datetime) -> str:
    minutes = int((datetime.now(UTC) - instant).total_seconds() // 60)
    if minutes < 1:
        return "less than a minute ago"
    if minutes < 120:
        return f"{minutes} minute{'s' * (minutes > 1)} ago"
    if minutes < 48 * 60:
        return f"{minutes // 60} hours ago"
    return f"{minutes // 1440} days ago"


def instant(value: datetime) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


FILTERS: dict[str, Callable[[Any], str]] = {
    each.__name__: each for each in (number, hours, size, ago, instant)
}
