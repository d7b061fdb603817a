"""What a record has that is given only some of the numbers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.shared.db.repositories import Repository
from apps.statistics.repositories import ChannelStatisticsRepository, VideoStatisticsRepository
from tests.factories import make_channel, make_video

LARGEST = 2**63 - 1

COUNTS: list[tuple[Repository[Any], list[str]]] = [
    (ChannelStatisticsRepository(), ["subscriber_count", "view_count", "video_count"]),
    (VideoStatisticsRepository(), ["view_count", "like_count", "comment_count"]),
]


async def owner(rows: Repository[Any]) -> dict[str, Any]:
    if isinstance(rows, ChannelStatisticsRepository):
        return {"channel_id": (await make_channel()).id}
    return {"video_id": (await make_video()).id}


@pytest.mark.parametrize(("rows", "counts"), COUNTS)
async def test_a_number_that_was_not_shown_is_none(
    rows: Repository[Any], counts: list[str], queries: list[str]
) -> None:
    belongs = await owner(rows)
    for shown in (*counts, None):
        queries.clear()
        given = {} if shown is None else {shown: LARGEST}
        made = await rows.create(**belongs, **given)
        assert len(queries) == 1
        assert {name: made[name] for name in counts} == dict.fromkeys(counts) | given
        assert made.to_dict() == (await rows.get(made.id)).to_dict()
        assert abs(datetime.now(UTC) - made.recorded_at) < timedelta(minutes=1)


@pytest.mark.parametrize(("rows", "counts"), COUNTS)
async def test_a_record_of_another_time_keeps_it(rows: Repository[Any], counts: list[str]) -> None:
    moment = datetime(2020, 2, 29, 12, 30, 1, 5, tzinfo=UTC)
    made = await rows.create(**await owner(rows), recorded_at=moment)
    changed = await rows.update(made.id, **dict.fromkeys(counts, 0))
    assert changed.recorded_at == moment
    assert [changed[name] for name in counts] == [0, 0, 0]
