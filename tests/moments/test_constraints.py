"""What the database refuses of moments, clips and all around them, and the sentence a client
reads."""

import math
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

import piccolo_conf
from apps.moments.tables import CONSTRAINT_MESSAGES
from tests import factories as make
from tests.database import execute, fetch, insert, value
from tests.refusals import (
    DOORS,
    Refusal,
    Row,
    assert_allowed,
    assert_refused_by_admin,
    in_the_admin,
    stored,
    wire,
)

VIDEO, OTHER_VIDEO, TRANSCRIPT, PROMPT = (UUID(int=number) for number in range(1, 5))
MOMENT, CLIPPED, PICTURED, OTHER_MOMENT = (UUID(int=number) for number in range(5, 9))
CLIP, PICTURED_CLIP = (UUID(int=number) for number in range(9, 11))
TAKEN = "0123456789abcdef"

ROWS: dict[str, Row] = {
    "prompts": {"user_prompt": "Find.", "system_prompt": "Be exact."},
    "generation_configs": {
        "prompt_id": PROMPT,
        "model": "free",
        "operation_type": "generation",
    },
    "moments": {"video_id": VIDEO, "start_time": 10.0, "end_time": 20.0, "title": "A moment"},
    "clips": {
        "moment_id": MOMENT,
        "video_id": VIDEO,
        "cloud_url": "/a.mp4",
        "start_time": 9.0,
        "end_time": 21.0,
    },
    "thumbnails": {"video_id": VIDEO, "cloud_url": "/a.jpg"},
    "pipeline_history": {"video_id": VIDEO, "pipeline_type": "full"},
}
PROMPTS, CONFIGS, MOMENTS, CLIPS, THUMBNAILS, RUNS = ROWS
PARENT_FIELDS, CLIP_FIELDS = ("parent_id", "video_id"), ("moment_id", "video_id")
PARENT_VIDEO, CLIP_VIDEO = "moments_parent_id_video_id_fkey", "clips_moment_id_video_id_fkey"


def refusals(table: str, *cases: tuple[Any, ...]) -> list[Refusal]:
    """Each case is the end of the constraint's name, and what else a refusal is made of."""
    return [Refusal(f"{table}_{name}", table, *rest) for name, *rest in cases]


# What is wrong with the row, one thing at a time.
REFUSED = [
    *refusals(
        PROMPTS,
        ("prompt_hash_key", {"user_prompt": "Taken.", "system_prompt": "Yes."}, ["prompt_hash"]),
        ("prompt_hash_key", {"user_prompt": "Taken.Y", "system_prompt": "es."}, ["prompt_hash"]),
    ),
    *refusals(
        CONFIGS,
        ("config_hash_key", {"model": "taken"}, ["config_hash"]),
        ("config_hash_key", {"model": "taken", "transcript_id": TRANSCRIPT}, ["config_hash"]),
        ("operation_type_check", {"operation_type": "guess"}, [], 400),
        ("temperature_check", {"temperature": -0.1}),
        ("temperature_check", {"temperature": 2.1}),
        ("top_p_check", {"top_p": -0.1}),
        ("top_p_check", {"top_p": 1.1}),
        ("top_k_check", {"top_k": -1}),
        ("min_moment_length_check", {"min_moment_length": -0.1}),
        (
            "min_moment_length_check",
            {"min_moment_length": 5.0, "max_moment_length": 4.9},
            ["min_moment_length"],
        ),
        ("max_moment_length_check", {"max_moment_length": -0.1}),
        ("min_moments_check", {"min_moments": -1}),
        ("min_moments_check", {"min_moments": 3, "max_moments": 2}, ["min_moments"]),
        ("max_moments_check", {"max_moments": -1}),
    ),
    *refusals(
        MOMENTS,
        ("identifier_key", {"identifier": TAKEN}),
        ("identifier_check", {"identifier": TAKEN[1:]}),
        ("identifier_check", {"identifier": f"{TAKEN}0"}),
        ("identifier_check", {"identifier": f"{TAKEN}\n"}),
        ("identifier_check", {"identifier": f"{TAKEN[1:]}g"}),
        ("identifier_check", {"identifier": TAKEN.upper()}),
        ("start_time_check", {"start_time": -0.1}),
        ("end_time_check", {"end_time": 10.0}),
        ("end_time_check", {"end_time": 9.9}),
        ("end_time_check", {"start_time": 20.0}, ["end_time"]),
        ("score_check", {"score": -1}),
        ("score_check", {"score": 11}),
        ("parent_id_video_id_fkey", {"parent_id": OTHER_MOMENT}, PARENT_FIELDS),
        (
            "parent_id_video_id_fkey",
            {"parent_id": MOMENT, "video_id": OTHER_VIDEO},
            PARENT_FIELDS,
        ),
    ),
    *refusals(
        CLIPS,
        ("moment_id_key", {"moment_id": CLIPPED}),
        ("moment_id_video_id_fkey", {"moment_id": OTHER_MOMENT}, CLIP_FIELDS),
        ("moment_id_video_id_fkey", {"video_id": OTHER_VIDEO}, CLIP_FIELDS),
        ("end_time_check", {"end_time": 9.0}),
        ("end_time_check", {"end_time": 8.9}),
        ("padding_left_check", {"padding_left": -0.1}),
        ("padding_right_check", {"padding_right": -0.1}),
        ("file_size_bytes_check", {"file_size_bytes": -1}),
    ),
    *refusals(
        THUMBNAILS,
        ("video_id_check", {"video_id": None}),
        ("video_id_check", {"clip_id": CLIP}, ["video_id"]),
        ("video_id_key", {"video_id": OTHER_VIDEO}),
        ("clip_id_key", {"video_id": None, "clip_id": PICTURED_CLIP}, ["clip_id"]),
        ("file_size_bytes_check", {"file_size_bytes": -1}),
    ),
    *refusals(
        RUNS,
        ("identifier_key", {"identifier": "taken"}),
        ("pipeline_type_check", {"pipeline_type": "half"}, [], 400),
        ("status_check", {"status": "queued"}, [], 400),
        ("duration_seconds_check", {"duration_seconds": -0.1}),
        ("total_moments_generated_check", {"total_moments_generated": -1}),
        ("total_clips_created_check", {"total_clips_created": -1}),
    ),
]
ELSEWHERE = {"moments_id_video_id_key", "moments_parent_id_check"}
"""These have tests of their own, below."""
ALLOWED = [
    (PROMPTS, {"user_prompt": "Taken.", "system_prompt": "No."}),
    (CONFIGS, {"model": "taken", "temperature": 0.0}),
    (CONFIGS, {"temperature": 2.0, "top_p": 0.0}),
    (CONFIGS, {"temperature": None, "top_p": 1.0}),
    (CONFIGS, {"min_moment_length": 5.0, "max_moment_length": 5.0}),
    (CONFIGS, {"min_moment_length": 5.0, "max_moment_length": None}),
    (CONFIGS, {"min_moments": 3, "max_moments": 3}),
    (CONFIGS, {"min_moments": None, "max_moments": 2}),
    (CONFIGS, {"min_moment_length": 0.0, "max_moment_length": 0.0}),
    (CONFIGS, {"min_moment_length": None, "max_moment_length": 0.0}),
    (CONFIGS, {"top_k": 0, "min_moments": 0, "max_moments": 0}),
    (CONFIGS, {"top_k": None, "min_moments": None, "max_moments": None}),
    (MOMENTS, {"identifier": f"{TAKEN[:-1]}0"}),
    (MOMENTS, {"start_time": 0.0, "end_time": 0.001}),
    (MOMENTS, {"score": 0}),
    (MOMENTS, {"score": 10}),
    (MOMENTS, {"score": None}),
    (MOMENTS, {"parent_id": MOMENT}),
    (MOMENTS, {"parent_id": OTHER_MOMENT, "video_id": OTHER_VIDEO}),
    (CLIPS, {"moment_id": OTHER_MOMENT, "video_id": OTHER_VIDEO}),
    (CLIPS, {"end_time": 9.001, "padding_left": 0.0, "padding_right": 0.0}),
    (CLIPS, {"file_size_bytes": 0}),
    (CLIPS, {"file_size_bytes": 2**31}),
    (THUMBNAILS, {"video_id": None, "clip_id": CLIP}),
    (THUMBNAILS, {"file_size_bytes": 0}),
    (THUMBNAILS, {"file_size_bytes": 2**31}),
    (RUNS, {"duration_seconds": 0.0, "total_moments_generated": 0, "total_clips_created": 0}),
    (RUNS, {"identifier": "Taken"}),
]


@pytest.fixture(autouse=True)
async def taken() -> None:
    for video_id, moments in ((VIDEO, (MOMENT, CLIPPED, PICTURED)), (OTHER_VIDEO, (OTHER_MOMENT,))):
        await make.make_video(id=video_id)
        for moment_id in moments:
            await make.make_moment(video_id, id=moment_id)
    await execute("UPDATE moments SET identifier = $1 WHERE id = $2", TAKEN, OTHER_MOMENT)
    await make.make_transcript(VIDEO, id=TRANSCRIPT)
    await make.make_prompt(id=PROMPT, user_prompt="Taken.", system_prompt="Yes.")
    await make.make_generation_config(PROMPT, model="taken")
    for clip_id, moment_id in ((CLIP, CLIPPED), (PICTURED_CLIP, PICTURED)):
        await insert(CLIPS, **{**ROWS[CLIPS], "id": clip_id, "moment_id": moment_id})
    await make.make_thumbnail(clip_id=PICTURED_CLIP)
    await make.make_thumbnail(video_id=OTHER_VIDEO)
    await make.make_pipeline_run(OTHER_VIDEO, identifier="taken")


def test_every_message_has_a_case() -> None:
    assert {case.constraint for case in REFUSED} | ELSEWHERE == set(CONSTRAINT_MESSAGES)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("case", REFUSED, ids=str)
async def test_it_is_refused(client: httpx.AsyncClient, case: Refusal, door: Any) -> None:
    await door(case, ROWS[case.table], CONSTRAINT_MESSAGES[case.constraint], client)


@pytest.mark.parametrize("case", in_the_admin(REFUSED), ids=str)
async def test_the_admin_refuses_it(admin: httpx.AsyncClient, case: Refusal) -> None:
    await assert_refused_by_admin(
        case, ROWS[case.table], CONSTRAINT_MESSAGES[case.constraint], admin
    )


@pytest.mark.parametrize(("table", "changes"), ALLOWED)
async def test_it_is_allowed(client: httpx.AsyncClient, table: str, changes: Row) -> None:
    await assert_allowed(client, table, ROWS[table], changes)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    ("table", "column"),
    [
        *((CONFIGS, column) for column in ("temperature", "top_p")),
        *((CONFIGS, f"{least}_moment_length") for least in ("min", "max")),
        *((table, column) for table in (MOMENTS, CLIPS) for column in ("start_time", "end_time")),
        *((CLIPS, f"padding_{side}") for side in ("left", "right")),
        (RUNS, "duration_seconds"),
    ],
)
async def test_what_is_not_a_number_is_refused(table: str, column: str, number: float) -> None:
    """By plain SQL, because JSON has no word for it."""
    # What starts at no number, or never, does not end later; and a clip may start before its video.
    is_late = column == "start_time" and (table == CLIPS or number != -math.inf)
    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await insert(table, **{**ROWS[table], column: number})
    assert refusal.value.constraint_name == f"{table}_{'end_time' if is_late else column}_check"


async def test_no_two_moments_have_one_id_even_without_the_primary_key() -> None:
    async with piccolo_conf.DB.connection() as connection:
        change = connection.transaction()
        await change.start()
        try:
            await connection.execute("ALTER TABLE moments DROP CONSTRAINT moments_pkey CASCADE")
            with pytest.raises(asyncpg.UniqueViolationError) as refusal:
                await connection.execute(
                    "INSERT INTO moments (id, video_id, start_time, end_time, title)"
                    " SELECT id, video_id, 0, 1, 'The same' FROM moments WHERE id = $1",
                    MOMENT,
                )
        finally:
            await change.rollback()
    assert refusal.value.constraint_name == "moments_id_video_id_key"


@pytest.mark.parametrize(
    ("moved", "constraint"),
    [(CLIPPED, CLIP_VIDEO), (MOMENT, PARENT_VIDEO), (PICTURED, PARENT_VIDEO)],
    ids=["has a clip", "parent", "child"],
)
async def test_no_moment_leaves_its_video_alone(
    client: httpx.AsyncClient, moved: UUID, constraint: str
) -> None:
    await execute("DELETE FROM clips WHERE moment_id = $1", PICTURED)
    await execute("UPDATE moments SET parent_id = $1 WHERE id = $2", MOMENT, PICTURED)
    before = await stored(MOMENTS)
    with pytest.raises(asyncpg.ForeignKeyViolationError) as refusal:
        await execute("UPDATE moments SET video_id = $1 WHERE id = $2", OTHER_VIDEO, moved)
    assert refusal.value.constraint_name == constraint
    answer = await client.patch(f"/api/moments/{moved}", json={"video_id": str(OTHER_VIDEO)})
    assert answer.status_code == 422
    assert answer.json()["detail"] == CONSTRAINT_MESSAGES[constraint]
    fields = PARENT_FIELDS if moved == PICTURED else ("video_id",)
    assert [fault["field"] for fault in answer.json()["errors"]] == list(fields)
    assert await stored(MOMENTS) == before


async def test_a_whole_family_moves_to_another_video() -> None:
    await execute("DELETE FROM clips")
    await give_parents([CLIPPED, PICTURED], [MOMENT, CLIPPED])
    await execute("UPDATE moments SET video_id = $1", OTHER_VIDEO)
    assert await value("SELECT count(*) FROM moments WHERE video_id = $1", OTHER_VIDEO) == 4


async def test_a_moment_moves_together_with_its_clip() -> None:
    await execute(
        "WITH moved AS (UPDATE clips SET video_id = $1 WHERE moment_id = $2)"
        " UPDATE moments SET video_id = $1 WHERE id = $2",
        OTHER_VIDEO,
        CLIPPED,
    )
    rows = await fetch("SELECT video_id FROM clips WHERE moment_id = $1", CLIPPED)
    assert rows == [{"video_id": OTHER_VIDEO}]


def circle(length: int) -> tuple[list[UUID], list[UUID]]:
    """Moments, and the parent of each, which makes them a circle."""
    ids = [UUID(int=100 + number) for number in range(length)]
    return ids, [ids[-1], *ids[:-1]]


async def insert_moments(ids: list[UUID], parents: list[UUID | None]) -> None:
    await execute(
        "INSERT INTO moments (id, parent_id, video_id, start_time, end_time, title)"
        " SELECT *, $3, 0, 1, 'A moment' FROM unnest($1::uuid[], $2::uuid[])",
        ids,
        parents,
        VIDEO,
    )


async def give_parents(ids: list[UUID], parents: list[UUID]) -> None:
    await execute(
        "UPDATE moments SET parent_id = r.parent FROM unnest($1::uuid[], $2::uuid[]) r(id, parent)"
        " WHERE moments.id = r.id",
        ids,
        parents,
    )


@pytest.mark.parametrize("length", [1, 2, 3])
async def test_a_circle_is_refused(client: httpx.AsyncClient, length: int) -> None:
    """Inserted whole, made whole of moments that are there, and closed, by SQL and by REST."""
    ids, parents = circle(length)
    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await insert_moments(ids, list(parents))
    assert refusal.value.constraint_name == "moments_parent_id_check"

    await insert_moments(ids, [None] * length)
    with pytest.raises(asyncpg.CheckViolationError, match="nor below itself"):
        await give_parents(ids, parents)

    await give_parents(ids[1:], parents[1:])
    before = await stored(MOMENTS)
    with pytest.raises(asyncpg.CheckViolationError, match="nor below itself"):
        await give_parents(ids[:1], parents[:1])
    answer = await client.patch(f"/api/moments/{ids[0]}", json={"parent_id": str(parents[0])})
    sentence = CONSTRAINT_MESSAGES["moments_parent_id_check"]
    assert answer.status_code == 422
    assert answer.json()["detail"] == sentence
    assert answer.json()["errors"] == [{"field": "parent_id", "message": sentence}]
    assert await stored(MOMENTS) == before


async def test_a_family_is_a_hundred_deep_at_most(client: httpx.AsyncClient) -> None:
    """Inserted one below the other in one statement; the next is refused by SQL and by REST."""
    *ids, last, free = (UUID(int=1000 + number) for number in range(102))
    await insert_moments(ids, [None, *ids[:-1]])
    await insert_moments([free], [None])
    before = await stored(MOMENTS)
    with pytest.raises(asyncpg.CheckViolationError, match="more than 99 others") as refusal:
        await insert_moments([last], [ids[-1]])
    assert refusal.value.constraint_name == "moments_parent_id_check"
    sentence = CONSTRAINT_MESSAGES["moments_parent_id_check"]
    child = wire({**ROWS[MOMENTS], "parent_id": ids[-1]})
    for answer in (
        await client.post("/api/moments", json=child),
        await client.patch(f"/api/moments/{free}", json={"parent_id": str(ids[-1])}),
    ):
        assert answer.status_code == 422
        assert answer.json()["detail"] == sentence
        assert answer.json()["errors"] == [{"field": "parent_id", "message": sentence}]
    assert await stored(MOMENTS) == before
    answer = await client.patch(f"/api/moments/{free}", json={"parent_id": str(ids[-2])})
    assert answer.json()["parent_id"] == str(ids[-2])


async def test_parents_change_as_long_as_there_is_no_circle(client: httpx.AsyncClient) -> None:
    first, second, third = ids = circle(3)[0]
    await insert_moments(ids, [None, first, second])
    # Child and parent change places in one statement, then the youngest becomes the root's child.
    await give_parents([second, third], [third, first])
    tree = {row["id"]: row["parent_id"] for row in await stored(MOMENTS) if row["id"] in ids}
    assert tree == {first: None, third: first, second: third}
    answer = await client.patch(f"/api/moments/{second}", json={"parent_id": str(first)})
    assert answer.json()["parent_id"] == str(first)
    await execute("UPDATE moments SET parent_id = NULL WHERE id = $1", third)
    await give_parents([first], [third])
    tree = {row["id"]: row["parent_id"] for row in await stored(MOMENTS) if row["id"] in ids}
    assert tree == {third: None, first: third, second: first}
