"""Numbers → geometry. All is in percent of the picture, so that it fits any width."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

GAP = 0.25
"""Of a column's room that is left empty."""


@dataclass(frozen=True)
class Bar:
    """A row of a table, in which a line stands beside the number."""

    label: str
    value: str
    percent: float
    href: str | None = None


@dataclass(frozen=True)
class Column:
    """`tick` stands below it, at `middle`; `anchor` keeps it inside the picture."""

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
class Columns:
    columns: list[Column]
    top: int
    """What the upper edge stands for."""

    @property
    def total(self) -> int:
        return sum(column.count for column in self.columns)

    @property
    def filled(self) -> list[Column]:
        return [column for column in self.columns if column.count]


def bars(rows: Iterable[tuple[str, float, str | None]], shown: Callable[[float], str]) -> list[Bar]:
    """Of (label, amount, address); the longest takes all of the width."""
    known = list(rows)
    most = max((amount for _, amount, _ in known), default=0)
    return [Bar(label, shown(amount), percent(amount, most), href) for label, amount, href in known]


def columns(points: Sequence[tuple[str, int, str]]) -> Columns:
    """Of (label, count, tick), from left to right."""
    top = round_up(max((count for _, count, _ in points), default=0))
    room = 100 / max(len(points), 1)
    return Columns(
        [
            Column(
                label,
                count,
                x=round(place * room + room * GAP / 2, 3),
                width=round(room * (1 - GAP), 3),
                height=percent(count, top),
                tick=tick,
            )
            for place, (label, count, tick) in enumerate(points)
        ],
        top,
    )


def percent(amount: float, most: float) -> float:
    """Of what is there at all something can be seen."""
    return max(round(100 * amount / most, 3), 0.5) if amount > 0 and most > 0 else 0


def round_up(most: int) -> int:
    """To 2, 4 or 10 and zeros, so that half of it is a whole number as well."""
    power = 1
    while True:
        for step in (2, 4, 10):
            if step * power >= most:
                return step * power
        power *= 10
