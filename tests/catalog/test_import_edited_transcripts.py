"""Transcripts and chunks that a person has edited, deleted or made."""

from pathlib import Path

import pytest

from tests.catalog.downloads import (
    automatic,
    by_hand,
    change,
    run_import,
    video,
    write_info,
    write_video,
)
from tests.database import execute, fetch, value


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE chunks SET chunk_text = 'mine' WHERE chunk_index = 0",
        "UPDATE chunks SET metadata = '{\"mine\": 1}' WHERE chunk_index = 0",
        "DELETE FROM chunks WHERE chunk_index = 1",
        "INSERT INTO chunks (transcript_id, chunk_text, chunk_index) "
        "SELECT id, 'mine', 99 FROM transcripts",
        "UPDATE transcripts SET metadata = metadata || '{\"mine\": 1}'",
        "UPDATE transcripts SET metadata = '{}'",
        "UPDATE transcripts SET transcription_service = 'mine'",
        "UPDATE transcripts SET language = 'de'",
        "UPDATE transcripts SET source = 'generated'",
        "DELETE FROM transcripts",
    ],
)
async def test_an_edited_transcript_stays(statement: str, tmp_path: Path) -> None:
    write_video(tmp_path, words=400)
    await run_import(tmp_path)
    await execute(statement)
    before = await fetch("SELECT * FROM transcripts"), await fetch("SELECT * FROM chunks")

    (tmp_path / "Talk.en.vtt").write_bytes(automatic(500, seed=1))
    for _ in range(2):
        change(tmp_path / "Talk.info.json", title="New")
        report = await run_import(tmp_path)

        after = await fetch("SELECT * FROM transcripts"), await fetch("SELECT * FROM chunks")
        assert after == before
        assert report.transcripts_kept == 1


async def test_another_primary_transcript_stays_primary(tmp_path: Path) -> None:
    write_video(tmp_path)
    (tmp_path / "Talk.de.vtt").write_bytes(by_hand())
    await run_import(tmp_path)
    await execute("UPDATE transcripts SET is_primary = false")
    await execute("UPDATE transcripts SET is_primary = true WHERE language = 'de'")

    (tmp_path / "Talk.en.vtt").write_bytes(automatic(50))
    (tmp_path / "Talk.de.vtt").write_bytes(by_hand(50))
    (tmp_path / "Talk.fr.vtt").write_bytes(by_hand(50))
    report = await run_import(tmp_path)

    rows = await fetch("SELECT language FROM transcripts WHERE is_primary")
    assert [row["language"] for row in rows] == ["de"]
    assert (report.transcripts.updated, report.transcripts.created) == (2, 1)


async def test_a_transcript_somebody_made_is_not_replaced(tmp_path: Path) -> None:
    write_info(tmp_path)
    await run_import(tmp_path)
    await execute(
        "INSERT INTO transcripts (video_id, source, language, full_text) "
        "SELECT id, 'youtube_auto', 'en', 'mine' FROM videos"
    )
    (tmp_path / "Talk.en.vtt").write_bytes(automatic())

    report = await run_import(tmp_path)

    assert await value("SELECT full_text FROM transcripts") == "mine"
    assert report.transcripts_kept == 1


async def test_a_video_made_by_hand_is_filled_in_and_keeps_its_own(tmp_path: Path) -> None:
    await execute("INSERT INTO videos (identifier, title) VALUES ('aaaaaaaaaaa', 'Mine')")
    write_video(tmp_path)

    report = await run_import(tmp_path)

    row = await video()
    assert (row["title"], row["description"]) == ("Mine", "What it is about.")
    assert (report.videos.updated, report.transcripts.created) == (1, 1)
