"""An import that brings newer subtitles leaves the moments that were made from the older ones."""

from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.catalog.downloads import automatic, by_hand, change, dump, run_import, write_video
from tests.database import execute, fetch, value
from tests.factories import (
    make_clip,
    make_generation_config,
    make_moment,
    make_pipeline_run,
    make_prompt,
    make_publication,
    make_thumbnail,
)

MADE = ("prompts", "moments", "clips", "thumbnails", "pipeline_history", "publications")


async def import_and_make(folder: Path, language: str = "en") -> UUID:
    """A video, and all that can be made from its transcript; the transcript's id."""
    await run_import(folder)
    query = "SELECT id, video_id FROM transcripts WHERE language = $1"
    (transcript,) = await fetch(query, language)
    video_id = transcript["video_id"]
    for model in ("one", "two"):
        prompt = await make_prompt()
        config = await make_generation_config(
            prompt.id, transcript_id=transcript["id"], model=model
        )
        moment = await make_moment(video_id, generation_config_id=config.id)
        clip = await make_clip(moment)
        await make_thumbnail(clip_id=clip.id)
        await make_publication(video_id=video_id, clip_id=clip.id)
        await make_pipeline_run(video_id, generation_config_id=config.id)
    await make_generation_config(model="for several")
    return UUID(str(transcript["id"]))


async def configs() -> list[dict[str, Any]]:
    """All but what says for which transcript each was made."""
    rows = await fetch("SELECT * FROM generation_configs ORDER BY id")
    return [
        {name: row[name] for name in row if name not in ("transcript_id", "updated_at")}
        for row in rows
    ]


async def made_for() -> list[UUID | None]:
    rows = await fetch("SELECT transcript_id AS id FROM generation_configs ORDER BY id")
    return [row["id"] and UUID(str(row["id"])) for row in rows]


async def test_newer_subtitles_leave_what_was_made_from_the_older_ones(tmp_path: Path) -> None:
    write_video(tmp_path)
    old = await import_and_make(tmp_path)
    before, configs_before = await dump(*MADE), await configs()
    assert await made_for() == [old, old, None]

    for words in (400, 500):
        (tmp_path / "Talk.en.vtt").write_bytes(automatic(words))
        report = await run_import(tmp_path)
        assert (report.transcripts.updated, report.broken_files) == (1, 0)
        assert await value("SELECT number_of_words FROM transcripts") == words
        assert await dump(*MADE) == before
        assert await configs() == configs_before
        assert await made_for() == [None, None, None]
    assert await value("SELECT id FROM transcripts") != old


async def test_what_was_made_from_another_transcript_keeps_it(tmp_path: Path) -> None:
    write_video(tmp_path)
    (tmp_path / "Talk.de.vtt").write_bytes(by_hand())
    german = await import_and_make(tmp_path, "de")
    before = await dump(*MADE, "generation_configs")

    (tmp_path / "Talk.en.vtt").write_bytes(automatic(400))
    report = await run_import(tmp_path)

    assert (report.transcripts.updated, report.transcripts.unchanged) == (1, 1)
    assert await dump(*MADE, "generation_configs") == before
    assert await made_for() == [german, german, None]


@pytest.mark.parametrize("edit", [None, "UPDATE chunks SET chunk_text = 'mine'"])
async def test_an_unchanged_transcript_keeps_its_configs(tmp_path: Path, edit: str | None) -> None:
    info = write_video(tmp_path)
    kept = await import_and_make(tmp_path)
    if edit:
        await execute(edit)
        (tmp_path / "Talk.en.vtt").write_bytes(automatic(400))
    before = await dump(*MADE, "generation_configs")

    change(info, title="New")
    report = await run_import(tmp_path)

    assert (report.videos.updated, report.transcripts.updated) == (1, 0)
    assert await dump(*MADE, "generation_configs") == before
    assert await made_for() == [kept, kept, None]


@pytest.mark.parametrize("mode", ["dry run", "refused"])
async def test_a_dry_run_releases_nothing(tmp_path: Path, mode: str) -> None:
    write_video(tmp_path)
    old = await import_and_make(tmp_path)
    before = await dump(*MADE, "generation_configs", "transcripts", "chunks")
    (tmp_path / "Talk.en.vtt").write_bytes(automatic(400))

    if mode == "dry run":
        await run_import(tmp_path, dry_run=True)
    else:
        # What is written last is refused, after the configs were released.
        await execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN RAISE EXCEPTION ''no'' USING ERRCODE = ''check_violation''; END';"
            "CREATE TRIGGER refuse BEFORE INSERT ON chunks EXECUTE FUNCTION refuse()"
        )
        try:
            assert (await run_import(tmp_path)).broken_files == 1
        finally:
            await execute("DROP TRIGGER refuse ON chunks; DROP FUNCTION refuse()")

    assert await dump(*MADE, "generation_configs", "transcripts", "chunks") == before
    assert await made_for() == [old, old, None]


@pytest.mark.parametrize("door", ["sql", "rest"])
async def test_a_person_who_deletes_a_transcript_deletes_what_was_made_from_it(
    client: httpx.AsyncClient, tmp_path: Path, door: str
) -> None:
    write_video(tmp_path)
    old = await import_and_make(tmp_path)
    kept = await make_moment(await value("SELECT id FROM videos"))

    if door == "sql":
        await execute("DELETE FROM transcripts WHERE id = $1", old)
    else:
        assert (await client.delete(f"/api/transcripts/{old}")).status_code == 204

    left = await dump()
    assert [row["model"] for row in left["generation_configs"]] == ["for several"]
    assert [row["id"] for row in left["moments"]] == [kept.id]
    assert not any(left[table] for table in ("clips", "thumbnails", "pipeline_history", "chunks"))
    assert (len(left["videos"]), len(left["prompts"])) == (1, 3)
    assert [row["clip_id"] for row in left["publications"]] == [None, None]
