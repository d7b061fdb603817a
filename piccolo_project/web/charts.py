"""Turns numbers into geometry. Everything is in percent of the chart, so it fits any width."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

GAP = 0.25
"""The fraction of a column's room that stays empty."""
MIN_PERCENT = 0.5
"""Anything above zero stays visible."""


@dataclass(frozen=True)
class Bar:
    """A table row with a bar beside its number."""

    label: str
    value: str
    percent: float
    href: str | None = None


@dataclass(frozen=True)
class Column:
    """`tick` is the label below, centred at `middle`; `anchor` keeps it inside the chart."""

    label: str
    count: int
    x: float
    width: float
    height: float
    tick: str

    @property
    def y(self) -> float:
        return round(100 - self.height, 3)

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 3)

    @property
    def anchor(self) -> str:
        return "start" if self.middle < 8 else "end" if self.middle > 92 else "middle"


@dataclass(frozen=True)
class ColumnChart:
    columns: list[Column]
    top: int
    """The value at the upper edge."""

    @property
    def total(self) -> int:
        return sum(column.count for column in self.columns)

    @property
    def filled(self) -> list[Column]:
        return [column for column in self.columns if column.count]


def build_bars(
    rows: Iterable[tuple[str, float, str | None]], format_amount: Callable[[float], str]
) -> list[Bar]:
    """From (label, amount, link). The largest amount takes the full width."""
    known = list(rows)
    largest = max((amount for _, amount, _ in known), default=0)
    return [
        Bar(label, format_amount(amount), scale_to_percent(amount, largest), href)
        for label, amount, href in known
    ]


def build_column_chart(points: Sequence[tuple[str, int, str]]) -> ColumnChart:
    """From (label, count, tick), left to right."""
    top = round_up_axis(max((count for _, count, _ in points), default=0))
    room = 100 / max(len(points), 1)
    return ColumnChart(
        [
            Column(
                label,
                count,
                x=round(place * room + room * GAP / 2, 3),
                width=round(room * (1 - GAP), 3),
                height=scale_to_percent(count, top),
                tick=tick,
            )
            for place, (label, count, tick) in enumerate(points)
        ],
        top,
    )


def scale_to_percent(amount: float, largest: float) -> float:
    return max(round(100 * amount / largest, 3), MIN_PERCENT) if amount > 0 and largest > 0 else 0


def round_up_axis(largest: int) -> int:
    """2, 4 or 10 times a power of ten, so that half of it is a whole number too."""
    power = 1
    while True:
        for step in (2, 4, 10):
            if step * power >= largest:
                return step * power
        power *= 10
