"""Two writers at once, each in a transaction that is still open when the other begins."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Any
from uuid import UUID

import asyncpg
import pytest

import piccolo_conf
from apps.moments.repositories import (
    ClipRepository,
    GenerationConfigRepository,
    MomentRepository,
    PromptRepository,
)
from apps.shared.db.errors import translate_error
from apps.shared.db.tables import constraint_messages
from apps.shared.errors import Busy, DomainError, Invalid
from apps.transcripts.repositories import TranscriptRepository
from tests.database import execute, until_others_wait, value
from tests.factories import make_clip, make_moment, make_prompt, make_transcript, make_video

moments, clips = MomentRepository(), ClipRepository()

TEXTS = ("Find it.", "Be exact.")
LEVELS = ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]
every_level = pytest.mark.parametrize("level", LEVELS)

Getter = Callable[..., Awaitable[Any]]


@pytest.fixture(params=["prompts", "generation_configs"])
async def get_or_create(request: pytest.FixtureRequest) -> Getter:
    if request.param == "prompts":
        return lambda: PromptRepository().get_or_create(*TEXTS)
    values: dict[str, Any] = {
        "prompt_id": (await make_prompt(user_prompt="Another.")).id,
        "model": "m",
    }
    values["operation_type"] = "generation"
    return lambda: GenerationConfigRepository().get_or_create(**values)


def beside(work: Awaitable[Any], level: str = LEVELS[0]) -> asyncio.Task[Any]:
    """Somebody else's: in a transaction of its own."""

    async def run() -> Any:
        async with piccolo_conf.DB.transaction():
            await execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
            return await work

    return asyncio.create_task(run(), context=Context())


async def refused(task: asyncio.Task[Any]) -> DomainError:
    with pytest.raises(asyncpg.PostgresError) as raised:
        await task
    told = translate_error(raised.value)
    assert told is not None
    return told


async def test_fifty_at_once_get_the_same_row(get_or_create: Getter) -> None:
    found = await asyncio.gather(*[get_or_create() for _ in range(50)])
    assert len({row.id for row in found}) == 1
    assert await type(found[0]).count() == 1


@pytest.mark.parametrize("ends_well", [True, False])
async def test_the_second_waits_for_the_first(get_or_create: Getter, ends_well: bool) -> None:
    async with piccolo_conf.DB.transaction() as transaction:
        first = await get_or_create()
        second = beside(get_or_create())
        await until_others_wait()
        if not ends_well:
            await transaction.rollback()
    found = await second
    assert (found.id == first.id) is ends_well
    assert (await get_or_create()).id == found.id


async def test_two_transcripts_at_once_have_one_config_that_is_made_for_neither() -> None:
    transcripts = [(await make_transcript()).id for _ in range(2)]
    values: dict[str, Any] = {
        "prompt_id": (await make_prompt()).id,
        "model": "m",
        "operation_type": "generation",
    }
    configs = GenerationConfigRepository()
    async with piccolo_conf.DB.transaction():
        first = await configs.get_or_create(transcript_id=transcripts[0], **values)
        second = beside(configs.get_or_create(transcript_id=transcripts[1], **values))
        await until_others_wait()
    assert (first.transcript_id, (await second).transcript_id) == (transcripts[0], None)
    assert (await configs.get(first.id)).transcript_id is None


async def test_a_config_used_for_a_second_transcript_outlives_the_first() -> None:
    mine, other = [(await make_transcript()).id for _ in range(2)]
    values: dict[str, Any] = {
        "prompt_id": (await make_prompt()).id,
        "model": "m",
        "operation_type": "generation",
    }
    configs = GenerationConfigRepository()
    made = await configs.get_or_create(transcript_id=mine, **values)
    async with piccolo_conf.DB.transaction():
        await configs.get_or_create(transcript_id=other, **values)
        deletion = beside(TranscriptRepository().delete(mine))
        await until_others_wait()
    await deletion
    assert (await configs.get(made.id)).transcript_id is None


async def family(size: int) -> tuple[UUID, ...]:
    video = await make_video()
    return tuple([(await make_moment(video.id)).id for _ in range(size)])


async def parents(keys: tuple[UUID, ...]) -> list[UUID | None]:
    return [(await moments.get(key)).parent_id for key in keys]


async def told_all(answers: list[Any], keys: tuple[UUID, ...]) -> None:
    """Somebody failed, whoever failed was told why, and the others' writes are there."""
    errors = [answer for answer in answers if isinstance(answer, BaseException)]
    assert errors
    for error in errors:
        assert isinstance(translate_error(error), Busy | Invalid), error
    assert (await parents(keys)).count(None) == len(errors)


@every_level
async def test_two_who_close_a_circle_one_after_the_other(level: str) -> None:
    a, b = await family(2)
    async with piccolo_conf.DB.transaction():
        await execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
        await moments.update(a, parent_id=b)
        second = beside(moments.update(b, parent_id=a), level)
        await until_others_wait()
    told = await refused(second)
    assert isinstance(told, Invalid if level == "READ COMMITTED" else Busy)
    if isinstance(told, Invalid):
        assert told.message == constraint_messages()["moments_parent_id_check"]
    assert await parents((a, b)) == [b, None]


@every_level
async def test_the_second_may_when_the_first_has_failed(level: str) -> None:
    a, b = await family(2)
    async with piccolo_conf.DB.transaction() as transaction:
        await moments.update(a, parent_id=b)
        second = beside(moments.update(b, parent_id=a), level)
        await until_others_wait()
        await transaction.rollback()
    await second
    assert await parents((a, b)) == [None, a]


@pytest.mark.parametrize(("size", "level"), [*((2, level) for level in LEVELS), (3, LEVELS[0])])
async def test_a_circle_of_writers_who_hold_their_own_moments_already(
    size: int, level: str
) -> None:
    keys, all_hold = await family(size), asyncio.Barrier(size)

    async def write(own: UUID, parent: UUID) -> None:
        await moments.update(own, title="held")
        await all_hold.wait()
        await moments.update(own, parent_id=parent)

    circle = zip(keys, (*keys[1:], keys[0]), strict=True)
    writers = [beside(write(*pair), level) for pair in circle]
    await told_all(await asyncio.gather(*writers, return_exceptions=True), keys)


@every_level
async def test_three_who_close_a_circle(level: str) -> None:
    a, b, c = await family(3)
    async with piccolo_conf.DB.transaction():
        await execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
        await moments.update(a, parent_id=b)
        others = [beside(moments.update(b, parent_id=c), level)]
        await until_others_wait()
        others += [beside(moments.update(c, parent_id=a), level)]
        await until_others_wait(2)
    await told_all(await asyncio.gather(*others, return_exceptions=True), (a, b, c))
    assert (await moments.get(a)).parent_id == b


@every_level
async def test_a_child_that_came_since_cannot_become_the_parent(level: str) -> None:
    (a,) = await family(1)
    async with piccolo_conf.DB.transaction():
        await execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
        mine = await moments.get(a)
        values = {"video_id": mine.video_id, "start_time": 1.0, "end_time": 2.0, "title": "Child"}
        child = await beside(moments.create(parent_id=a, **values))
        with pytest.raises(asyncpg.PostgresError) as raised:
            await moments.update(a, parent_id=child.id)
    assert isinstance(translate_error(raised.value), Busy | Invalid)


@pytest.mark.parametrize("ends_well", [True, False])
@pytest.mark.parametrize("is_new", [True, False])
async def test_a_clip_waits_for_its_moment_to_have_one_video(ends_well: bool, is_new: bool) -> None:
    moment, other = await make_moment(), await make_video()
    times = {"start_time": 1.0, "end_time": 2.0, "cloud_url": "/a.mp4"}
    video = other.id if is_new else moment.video_id
    async with piccolo_conf.DB.transaction() as transaction:
        await moments.update(moment.id, video_id=other.id)
        cut = beside(clips.create(moment_id=moment.id, video_id=video, **times))
        await until_others_wait()
        if not ends_well:
            await transaction.rollback()
    if ends_well is is_new:
        assert (await cut).video_id == video == (await moments.get(moment.id)).video_id
    else:
        told = await refused(cut)
        assert isinstance(told, Invalid)
        assert told.message == "A clip and its moment must belong to the same video."
        assert await value("SELECT count(*) FROM clips") == 0


@pytest.mark.parametrize(
    ("child", "sentence"),
    [
        ("clip", "A clip and its moment must belong to the same video."),
        ("moment", "A moment and its parent must belong to the same video."),
    ],
)
async def test_a_moment_stays_while_something_is_made_for_it(child: str, sentence: str) -> None:
    moment, other = await make_moment(), await make_video()
    async with piccolo_conf.DB.transaction():
        if child == "clip":
            await make_clip(moment)
        else:
            await make_moment(moment.video_id, parent_id=moment.id)
        change = beside(moments.update(moment.id, video_id=other.id))
        await until_others_wait()
    told = await refused(change)
    assert isinstance(told, Invalid)
    assert told.message == sentence
    assert (await moments.get(moment.id)).video_id == moment.video_id
