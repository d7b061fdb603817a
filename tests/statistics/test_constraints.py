"""What the database refuses of statistics, and the sentence a client reads."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import httpx
import pytest

from apps.statistics.tables import CONSTRAINT_MESSAGES
from tests.factories import (
    make_channel,
    make_channel_statistics,
    make_video,
    make_video_statistics,
)
from tests.refusals import DOORS, Refusal, Row, assert_allowed, stored, wire

SUBJECT, OTHER = UUID(int=1), UUID(int=2)
TAKEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LATER = TAKEN + timedelta(microseconds=1)
ELSEWHERE = TAKEN.astimezone(timezone(timedelta(hours=5, minutes=30)))

ROWS: dict[str, Row] = {
    "channel_statistics": {"channel_id": SUBJECT, "recorded_at": LATER},
    "video_statistics": {"video_id": SUBJECT, "recorded_at": LATER},
}
CHANNEL, VIDEO = ROWS
COUNTS = {
    CHANNEL: ("subscriber_count", "view_count", "video_count"),
    VIDEO: ("view_count", "like_count", "comment_count"),
}
KEYS = {CHANNEL: ("channel_id", "recorded_at"), VIDEO: ("video_id", "recorded_at")}

REFUSED = [
    Refusal(f"{table}_{column}_check", table, {column: count})
    for table, columns in COUNTS.items()
    for column in columns
    for count in (-1, -(2**63))
] + [
    Refusal(f"{table}_{'_'.join(fields)}_key", table, {"recorded_at": moment}, fields)
    for table, fields in KEYS.items()
    for moment in (TAKEN, ELSEWHERE)
]
ALLOWED = [
    (table, {column: count})
    for table, columns in COUNTS.items()
    for column in columns
    for count in (0, 2**31, 2**63 - 1, None)
] + [
    (CHANNEL, {"recorded_at": TAKEN, "channel_id": OTHER}),
    (VIDEO, {"recorded_at": TAKEN, "video_id": OTHER}),
]


@pytest.fixture(autouse=True)
async def taken() -> None:
    for key in (SUBJECT, OTHER):
        await make_channel(id=key)
        await make_video(id=key)
    await make_channel_statistics(SUBJECT, recorded_at=TAKEN)
    await make_video_statistics(SUBJECT, recorded_at=TAKEN)


def test_every_message_has_a_case() -> None:
    assert {case.constraint for case in REFUSED} == set(CONSTRAINT_MESSAGES)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("case", REFUSED, ids=str)
async def test_it_is_refused(client: httpx.AsyncClient, case: Refusal, door: Any) -> None:
    await door(case, ROWS[case.table], CONSTRAINT_MESSAGES[case.constraint], client)


@pytest.mark.parametrize(("table", "changes"), ALLOWED)
async def test_it_is_allowed(client: httpx.AsyncClient, table: str, changes: Row) -> None:
    await assert_allowed(client, table, ROWS[table], changes)


@pytest.mark.parametrize(
    ("table", "column"), [(table, column) for table in COUNTS for column in COUNTS[table]]
)
async def test_more_than_a_bigint_is_refused(
    client: httpx.AsyncClient, table: str, column: str
) -> None:
    before = await stored(table)
    answer = await client.post(f"/api/{table}", json=wire({**ROWS[table], column: 2**63}))
    assert answer.status_code == 400
    assert [fault["field"] for fault in answer.json()["errors"]] == [column]
    assert await stored(table) == before
