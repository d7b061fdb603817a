"""Prompts and configs that are made once, and the moments of a video."""

import hashlib
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from apps.moments.repositories import (
    GenerationConfigRepository,
    MomentRepository,
    PipelineHistoryRepository,
    PromptRepository,
)
from apps.moments.tables import GenerationConfig, Moment, PipelineHistory, Prompt
from apps.shared.errors import Conflict
from apps.transcripts.repositories import TranscriptRepository
from tests.database import fetch
from tests.factories import (
    make_generation_config,
    make_moment,
    make_pipeline_run,
    make_prompt,
    make_transcript,
    make_video,
)

prompts, configs = PromptRepository(), GenerationConfigRepository()
moments, runs = MomentRepository(), PipelineHistoryRepository()

SETTINGS: dict[str, Any] = {
    "model": "model-a",
    "operation_type": "generation",
    "temperature": 0.7,
    "top_p": 0.9,
    "top_k": 40,
    "min_moment_length": 10.0,
    "max_moment_length": 60.0,
    "min_moments": 1,
    "max_moments": 5,
}


@pytest.mark.parametrize(
    "texts", [("Find it.", "Be exact."), ("", ""), ("", "a"), ("日本語", "é\n'\\")]
)
async def test_the_same_texts_are_the_same_prompt(
    texts: tuple[str, str], queries: list[str]
) -> None:
    await make_prompt()
    queries.clear()
    first = await prompts.get_or_create(*texts)
    second = await prompts.get_or_create(*texts)
    assert len(queries) == 2
    assert isinstance(first, Prompt)
    assert first.to_dict() == second.to_dict() == (await prompts.get(first.id)).to_dict()
    assert (first.user_prompt, first.system_prompt) == texts
    assert first.prompt_hash == hashlib.sha256("".join(texts).encode()).hexdigest()
    assert await Prompt.count() == 2


async def test_other_texts_that_are_the_same_put_together_are_refused() -> None:
    await prompts.get_or_create("ab", "c")
    before = await fetch("SELECT * FROM prompts")
    for texts in (("a", "bc"), ("abc", ""), ("", "abc")):
        with pytest.raises(Conflict, match="the same text, divided differently"):
            await prompts.get_or_create(*texts)
    assert await fetch("SELECT * FROM prompts") == before
    assert (await prompts.get_or_create("c", "ab")).id != before[0]["id"]


async def test_the_same_settings_are_the_same_config(queries: list[str]) -> None:
    prompt = await make_prompt()
    queries.clear()
    first = await configs.get_or_create(prompt_id=prompt.id, **SETTINGS)
    backwards = dict(reversed(SETTINGS.items()))
    second = await configs.get_or_create(**backwards, prompt_id=prompt.id)
    assert len(queries) == 2
    assert isinstance(first, GenerationConfig)
    assert first.to_dict() == second.to_dict() == (await configs.get(first.id)).to_dict()
    assert {name: first[name] for name in SETTINGS} == SETTINGS
    assert await GenerationConfig.count() == 1


@pytest.mark.parametrize(
    ("name", "other"),
    [
        *(("model", "model-b"), ("operation_type", "refinement"), ("temperature", 0.70000001)),
        *(("top_p", None), ("top_k", 41), ("min_moment_length", 60.0), ("min_moments", None)),
        *(("max_moment_length", 61), ("max_moments", 1)),
    ],
)
async def test_one_setting_that_differs_makes_another_config(name: str, other: Any) -> None:
    prompt = await make_prompt()
    first = await configs.get_or_create(prompt_id=prompt.id, **SETTINGS)
    second = await configs.get_or_create(prompt_id=prompt.id, **{**SETTINGS, name: other})
    assert second.id != first.id
    assert second[name] == other
    another = await configs.get_or_create(prompt_id=(await make_prompt()).id, **SETTINGS)
    assert another.id not in (first.id, second.id)
    assert (await configs.get(first.id)).to_dict() == first.to_dict()


async def test_a_setting_that_is_not_given_is_the_same_as_none() -> None:
    few: dict[str, Any] = {
        "prompt_id": (await make_prompt()).id,
        "model": "m",
        "operation_type": "generation",
    }
    first = await configs.get_or_create(**few)
    assert (await configs.get_or_create(**few, top_k=None, temperature=None)).id == first.id


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        *(([0], 0), ([0, 0], 0), ([0, 0, 0], 0), ([0, 1], None), ([0, 1, 0], None)),
        *(([None], None), ([None, 0], None), ([0, None], None), ([0, 1, 1], None)),
    ],
)
async def test_a_config_belongs_to_one_transcript_or_none(
    asked: list[int | None], kept: int | None
) -> None:
    transcripts = [(await make_transcript()).id for _ in range(2)]
    prompt = await make_prompt()
    found = [
        await configs.get_or_create(
            transcript_id=None if place is None else transcripts[place],
            prompt_id=prompt.id,
            **SETTINGS,
        )
        for place in asked
    ]
    assert len({config.id for config in found}) == 1
    stored = await configs.get(found[0].id)
    assert found[-1].to_dict() == stored.to_dict()
    assert stored.transcript_id == (None if kept is None else transcripts[kept])
    await TranscriptRepository().delete(transcripts[0])
    assert await GenerationConfig.count() == (1 if kept is None else 0)


@pytest.mark.parametrize("unknown", [{"nonsense": 1}, {"top_k ": 1}, {"b": 1, "a": 2}])
async def test_a_setting_that_no_config_has_is_refused(unknown: dict[str, Any]) -> None:
    names = ", ".join(sorted(unknown))
    with pytest.raises(TypeError, match=f"^A generation config has no column {names}\\.$"):
        await configs.get_or_create(prompt_id=uuid4(), **SETTINGS, **unknown)
    assert await GenerationConfig.count() == 0


async def test_released_configs_outlive_their_transcripts() -> None:
    transcripts = [(await make_transcript()).id for _ in range(3)]
    made = [(await make_generation_config(transcript_id=key)).id for key in transcripts]
    await configs.release([])
    await configs.release([*transcripts[:2], uuid4()])
    found = [(await configs.get(key)).transcript_id for key in made]
    assert found == [None, None, transcripts[2]]
    for key in transcripts:
        await TranscriptRepository().delete(key)
    left = await fetch("SELECT id FROM generation_configs ORDER BY id")
    assert [row["id"] for row in left] == made[:2]


async def a_video_with(*times: tuple[float, float]) -> UUID:
    """And beside it one with the same moments."""
    video, other = await make_video(), await make_video()
    for start, end in times:
        title = f"{start:g}-{end:g}"
        await make_moment(video.id, start_time=start, end_time=end, title=title)
        await make_moment(other.id, start_time=start, end_time=end, title="of another video")
    return video.id


def titles(found: list[Moment]) -> list[str]:
    return [moment.title for moment in found]


@pytest.mark.parametrize(
    ("limit", "offset"), [(50, 0), (2, 0), (2, 1), (1, 3), (50, 4), (9, 99), (0, 0)]
)
async def test_a_videos_moments_in_the_order_of_the_video(limit: int, offset: int) -> None:
    video = await a_video_with((20, 30), (0, 5), (10, 40), (10, 11))
    found = await moments.list_by_video(video, limit=limit, offset=offset)
    assert titles(found) == ["0-5", "10-40", "10-11", "20-30"][offset : offset + limit]
    assert await moments.list_by_video(uuid4(), limit=limit, offset=offset) == []


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (10, 20, ["5-30", "8-12", "10-20", "12-15", "18-25"]),
        (20, 25, ["5-30", "18-25", "20-30"]),
        (0, 5, []),
        (0, 5.5, ["5-30"]),
        (30, 99, []),
        (29.9, 99, ["5-30", "20-30"]),
        (13, 14, ["5-30", "10-20", "12-15"]),
        (-5, 1000, ["5-30", "8-12", "10-20", "12-15", "18-25", "20-30"]),
    ],
)
async def test_moments_that_share_time(start: float, end: float, expected: list[str]) -> None:
    video = await a_video_with((20, 30), (18, 25), (12, 15), (10, 20), (8, 12), (5, 30))
    assert titles(await moments.list_overlapping(video, start, end)) == expected
    assert await moments.list_overlapping(uuid4(), start, end) == []


async def test_running_pipelines_oldest_first() -> None:
    made = [(await make_pipeline_run()).id for _ in range(3)]
    for status in ("completed", "failed", "partial"):
        await make_pipeline_run(status=status)
    assert [run.id for run in await runs.list_running()] == made
    await runs.update(made[1], status="completed")
    assert [run.id for run in await runs.list_running()] == [made[0], made[2]]


async def test_a_moment_and_a_run_are_found_by_their_identifiers(
    client: httpx.AsyncClient,
) -> None:
    moment, run = await make_moment(), await make_pipeline_run(identifier="")
    await make_moment(moment.video_id)
    await make_pipeline_run(run.video_id)
    found: list[tuple[str, Any, str]] = [
        ("moments", moment, "moment"),
        ("pipeline_history", run, "pipeline run"),
    ]
    for table, row, noun in found:
        named = await client.get(f"/api/{table}/{row.identifier}")
        assert named.json()["id"] == str(row.id)
        assert (await client.get(f"/api/{table}/{row.id}")).content == named.content
        unknown = row.identifier[:-1]
        answer = await client.get(f"/api/{table}/{unknown}")
        assert answer.status_code == 404
        assert answer.json()["detail"] == f"There is no {noun} {unknown}."


async def test_create_answers_with_the_names_and_hashes_that_postgresql_made() -> None:
    video = await make_video(identifier="a-video")
    moment = await moments.create(video_id=video.id, start_time=1, end_time=2, title="One")
    assert len(bytes.fromhex(moment.identifier)) == 8
    run = await runs.create(video_id=video.id, pipeline_type="full")
    milliseconds = run.started_at.timestamp() * 1000
    assert isinstance(run, PipelineHistory)
    prefix, name, number = run.identifier.split(":")
    assert (prefix, name) == ("pipeline", "a-video")
    assert 0 <= milliseconds - int(number) < 1.001
    prompt = await prompts.create(user_prompt="a", system_prompt="b")
    assert prompt.prompt_hash == hashlib.sha256(b"ab").hexdigest()
    config = await configs.create(prompt_id=prompt.id, **SETTINGS)
    again = await configs.get_or_create(prompt_id=prompt.id, **SETTINGS)
    assert (again.id, again.config_hash) == (config.id, config.config_hash)
    assert len(bytes.fromhex(config.config_hash)) == 32
