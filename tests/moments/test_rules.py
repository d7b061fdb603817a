"""What PostgreSQL works out about prompts, generation configs, moments and pipeline runs."""

import hashlib
import math
import re
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import piccolo_conf
from apps.moments.tables import GenerationConfig, Moment
from tests.database import execute, insert, value
from tests.factories import (
    make_moment,
    make_prompt,
    make_transcript,
    make_video,
)

FORGED = "f" * 64
# Whatever PostgreSQL can hold: all but NUL and lone surrogates.
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
CHOICES: dict[str, tuple[Any, Any]] = {
    "model": ("modèle 日本語", "modele 日本語"),
    "operation_type": ("generation", "refinement"),
    "temperature": (0.1 + 0.2, 0.3),
    "top_p": (1 / 3, math.nextafter(1 / 3, 1)),
    "top_k": (40, 41),
    "min_moment_length": (5.0, math.nextafter(5.0, 6)),
    "max_moment_length": (60.1, 60.2),
    "min_moments": (1, 2),
    "max_moments": (10, 11),
}
"""Setting → a value and another one, as close as can be."""
OPTIONAL = [name for name in CHOICES if name not in ("model", "operation_type")]


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def assert_refused(answer: httpx.Response, field: str) -> None:
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def hash_of(config: dict[str, Any], *session: str) -> str:
    """That of a config which is gone again; `session` is what was set before it was written."""
    columns, places = ", ".join(config), ", ".join(f"${n}" for n in range(1, len(config) + 1))
    async with piccolo_conf.DB.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            for statement in session:
                await connection.execute(f"SET LOCAL {statement}")
            query = f"INSERT INTO generation_configs ({columns}) VALUES ({places})"
            found = await connection.fetchval(f"{query} RETURNING config_hash", *config.values())
        finally:
            await transaction.rollback()
    assert re.fullmatch("[0-9a-f]{64}", found)
    return str(found)


@pytest.fixture
async def config() -> dict[str, Any]:
    return {"prompt_id": (await make_prompt()).id, **{name: CHOICES[name][0] for name in CHOICES}}


@settings(max_examples=40)
@given(user=texts, system=texts, other=texts)
async def test_a_prompts_hash_is_that_of_its_texts(user: str, system: str, other: str) -> None:
    made = await insert("prompts", user_prompt=user, system_prompt=system)
    try:
        query = "SELECT prompt_hash FROM prompts WHERE id = $1"
        assert await value(query, made) == sha256(user + system)
        await execute("UPDATE prompts SET system_prompt = $2 WHERE id = $1", made, other)
        assert await value(query, made) == sha256(user + other)
        await execute("UPDATE prompts SET user_prompt = $2 WHERE id = $1", made, other)
        assert await value(query, made) == sha256(other + other)
    finally:
        await execute("DELETE FROM prompts")


@pytest.mark.parametrize(
    ("user", "system"),
    [("", ""), (" ", ""), ("", "\n"), ("é", "e\u0301"), ("👩‍👩‍👧", "\U0010ffff")],
)
async def test_texts_are_hashed_as_they_are(user: str, system: str) -> None:
    made = await insert("prompts", user_prompt=user, system_prompt=system)
    query = "SELECT prompt_hash FROM prompts WHERE id = $1"
    assert await value(query, made) == sha256(user + system)


async def test_a_prompts_hash_cannot_be_forged(client: httpx.AsyncClient) -> None:
    body = {"user_prompt": "Find", "system_prompt": "it."}
    made = await insert("prompts", **body, prompt_hash=FORGED)
    query = "SELECT prompt_hash FROM prompts"
    assert await value(query) == sha256("Findit.")
    await execute("UPDATE prompts SET prompt_hash = $1", FORGED)
    assert await value(query) == sha256("Findit.")
    path, forged = f"/api/prompts/{made}", {"prompt_hash": FORGED}
    assert_refused(await client.post("/api/prompts", json={**body, **forged}), "prompt_hash")
    assert_refused(await client.patch(path, json=forged), "prompt_hash")
    changed = await client.patch(path, json={"user_prompt": "Lose "})
    assert changed.json()["prompt_hash"] == sha256("Lose it.")


async def test_every_setting_is_covered() -> None:
    columns = {column._meta.name for column in GenerationConfig._meta.columns}
    kept = {"id", "created_at", "updated_at", "transcript_id", "config_hash"}
    assert columns - kept == {*CHOICES, "prompt_id"}


@pytest.mark.parametrize(
    "session",
    [
        *(f"extra_float_digits = {digits}" for digits in (-15, -1, 0, 1, 3)),
        "DateStyle = 'SQL, DMY'",
        "TimeZone = 'Asia/Kathmandu'",
        "bytea_output = 'escape'",
        "IntervalStyle = 'sql_standard'",
    ],
)
async def test_equal_settings_have_one_hash(config: dict[str, Any], session: str) -> None:
    expected = await hash_of(config)
    assert await hash_of(dict(reversed(config.items())), session) == expected
    transcript = await make_transcript()
    assert await hash_of({"transcript_id": transcript.id, **config}, session) == expected
    assert await hash_of({**config, "config_hash": FORGED}, session) == expected


@pytest.mark.parametrize("name", ["prompt_id", *CHOICES])
async def test_one_other_setting_is_another_hash(config: dict[str, Any], name: str) -> None:
    other = (await make_prompt()).id if name == "prompt_id" else CHOICES[name][1]
    assert await hash_of({**config, name: other}) != await hash_of(config)


async def test_null_is_not_zero_or_another_column(config: dict[str, Any]) -> None:
    base = {name: config[name] for name in config if name not in OPTIONAL}
    hashes = [await hash_of(base)]
    for name in OPTIONAL:
        assert await hash_of({**base, name: None}) == hashes[0]
        hashes += [await hash_of({**base, name: number}) for number in (0, 1)]
        if isinstance(config[name], float):
            assert await hash_of({**base, name: -0.0}) == await hash_of({**base, name: 0.0})
    assert len(set(hashes)) == len(hashes)


async def test_a_configs_hash_only_depends_on_its_settings(
    client: httpx.AsyncClient, config: dict[str, Any]
) -> None:
    made = await insert("generation_configs", **config)
    query = "SELECT config_hash FROM generation_configs"
    first, transcript = await value(query), await make_transcript()
    await execute("UPDATE generation_configs SET transcript_id = $1", transcript.id)
    await execute("UPDATE generation_configs SET config_hash = $1", FORGED)
    assert await value(query) == first
    await execute("UPDATE generation_configs SET top_k = 7")
    second = await value(query)
    await execute("UPDATE generation_configs SET top_k = 40")
    assert await value(query) == first != second

    path, forged = f"/api/generation_configs/{made}", {"config_hash": FORGED}
    body = {**config, "prompt_id": str(config["prompt_id"]), "model": "another", **forged}
    assert_refused(await client.post("/api/generation_configs", json=body), "config_hash")
    assert_refused(await client.patch(path, json=forged), "config_hash")
    assert (await client.patch(path, json={"top_k": 7})).json()["config_hash"] == second


async def test_a_moment_gets_an_identifier_unless_it_has_one(client: httpx.AsyncClient) -> None:
    video, named = await make_video(), "0123456789abcdef"
    row = {"video_id": video.id, "start_time": 1.0, "end_time": 2.0, "title": "A moment"}
    for values in ({}, {"identifier": None}, {"identifier": ""}, {"identifier": named}):
        await insert("moments", **row, **values)
    await make_moment(video.id)
    body = {**row, "video_id": str(video.id)}
    made = await client.post("/api/moments", json=body)
    kept = await client.post("/api/moments", json={**body, "identifier": "f" * 16})
    assert kept.json()["identifier"] == "f" * 16
    query = "INSERT INTO moments (video_id, start_time, end_time, title) SELECT $1, n, n + 1, 'x'"
    await execute(f"{query} FROM generate_series(1, 500) n", video.id)

    found = [str(moment["identifier"]) for moment in await Moment.select(Moment.identifier)]
    assert all(re.fullmatch("[0-9a-f]{16}", identifier) for identifier in found)
    assert len(set(found)) == len(found) == 507
    assert {named, "f" * 16, made.json()["identifier"]} <= set(found)


@pytest.mark.parametrize("identifier", ["0123456789ABCDEF", "0123456789abcde", "0" * 17, "x" * 16])
async def test_another_form_of_identifier_is_refused(identifier: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await make_moment(identifier=identifier)
    assert refusal.value.constraint_name == "moments_identifier_check"


@pytest.mark.parametrize("length", [1, 76, 77, 78, 255])
async def test_a_pipeline_run_is_named_by_its_video_and_time(length: int) -> None:
    started_at = datetime(2026, 1, 2, 3, 4, 5, 678_999, UTC)
    found = []
    for last in "ab":
        identifier = "v" * (length - 1) + last
        video = await make_video(identifier=identifier)
        made = await insert(
            "pipeline_history", video_id=video.id, pipeline_type="full", started_at=started_at
        )
        short = identifier
        if length > 77:
            short = f"{identifier[:60]}~{sha256(identifier)[:16]}"
        query = "SELECT identifier FROM pipeline_history WHERE id = $1"
        found.append(await value(query, made))
        assert found[-1] == f"pipeline:{short}:1767323045678"
        assert len(found[-1]) == 23 + min(length, 77)
    assert found[0] != found[1]


async def test_a_pipeline_run_keeps_the_name_it_was_given(client: httpx.AsyncClient) -> None:
    row = {"video_id": (await make_video(identifier="talk")).id, "pipeline_type": "full"}
    body = {**row, "video_id": str(row["video_id"]), "started_at": "2026-01-02T03:04:05Z"}
    made = await client.post("/api/pipeline_history", json=body)
    assert made.json()["identifier"] == "pipeline:talk:1767323045000"
    again = await client.post("/api/pipeline_history", json=body)
    assert (again.status_code, again.json()["errors"][0]["field"]) == (409, "identifier")
    named = await client.post("/api/pipeline_history", json={**body, "identifier": "mine"})
    assert named.json()["identifier"] == "mine"
    midnight = datetime(2026, 1, 3, tzinfo=UTC)
    for nothing in (None, ""):
        run = await insert("pipeline_history", **row, started_at=midnight, identifier=nothing)
        query = "DELETE FROM pipeline_history WHERE id = $1 RETURNING identifier"
        assert await value(query, run) == "pipeline:talk:1767398400000"
