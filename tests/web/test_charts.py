"""From numbers to geometry."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piccolo_project.web.charts import build_bars, build_column_chart, round_up_axis
from piccolo_project.web.formatting import format_age, format_hours, format_number, format_size

counts = st.integers(0, 2**63)


@given(st.lists(counts, max_size=30))
def test_columns_stay_in_the_picture(found: list[int]) -> None:
    chart = build_column_chart([(str(place), count, "") for place, count in enumerate(found)])
    assert chart.total == sum(found)
    for column in chart.columns:
        assert 0 <= column.x <= column.x + column.width <= 100
        assert 0 <= column.y <= 100
        assert (column.height > 0) == (column.count > 0), "Of what is there something is seen."
    assert chart.filled == [column for column in chart.columns if column.count]


@given(counts)
def test_the_upper_edge_has_a_whole_half(most: int) -> None:
    top = round_up_axis(most)
    assert top >= max(most, 2)
    assert top % 2 == 0
    assert str(top).strip("0") in {"1", "2", "4"}
    assert top < max(most, 1) * 2.5 + 2


@given(st.lists(st.tuples(st.text(), st.floats(0, 1e18), st.none())))
def test_the_longest_bar_takes_all_of_the_width(rows: list[tuple[str, float, None]]) -> None:
    drawn = build_bars(rows, format_number)
    assert [bar.label for bar in drawn] == [label for label, _, _ in rows]
    assert all(0 <= bar.percent <= 100 for bar in drawn)
    if any(amount > 0 for _, amount, _ in rows):
        assert max(bar.percent for bar in drawn) == 100


@pytest.mark.parametrize(("x", "anchor"), [(0, "start"), (50, "middle"), (99, "end")])
def test_no_label_leaves_the_picture(x: int, anchor: str) -> None:
    chart = build_column_chart([(str(place), 1, "") for place in range(100)])
    assert chart.columns[x].anchor == anchor


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0"),
        (90, "<0.1"),
        (3600, "1.0"),
        (3600 * 9.9, "9.9"),
        (3600 * 9.96, "10"),
        (3.6e9, "1,000,000"),
    ],
)
def test_hours(seconds: float, shown: str) -> None:
    assert format_hours(seconds) == shown


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (12_345_678_901, "12 GB"),
        (2**63, "9.2 EB"),
        (10**21, "1,000 EB"),
    ],
)
def test_sizes(count: int, shown: str) -> None:
    assert format_size(count) == shown.replace(" ", "\u202f")


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [
        (0.5, "less than a minute ago"),
        (1.5, "1 minute ago"),
        (119.5, "119 minutes ago"),
        (120.5, "2 hours ago"),
        (47 * 60 + 59, "47 hours ago"),
        (48 * 60 + 1, "2 days ago"),
    ],
)
def test_how_long_ago(minutes: float, shown: str) -> None:
    assert format_age(datetime.now(UTC) - timedelta(minutes=minutes)) == shown
