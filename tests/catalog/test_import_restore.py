"""What was deleted: it stays away, and there is a way back."""

import json
from pathlib import Path

import httpx
import pytest

from apps.catalog.imports.folder_import import FolderImport
from apps.catalog.tables import Video
from apps.shared.db.engine import get_engine
from apps.transcripts.subtitle_importer import MAX_BYTES_OF_A_VIDEO
from apps.transcripts.subtitles import MAX_SUBTITLE_BYTES
from apps.transcripts.tables import Chunk, Transcript
from tests.benchmarks.library import info, make_library, video_id
from tests.transcripts.caption_files import rolling_vtt, spoken


@pytest.fixture
def library(tmp_path: Path) -> Path:
    make_library(tmp_path, 2, words=400)
    return tmp_path


async def test_restore_brings_a_deleted_transcript_back(
    library: Path, client: httpx.AsyncClient
) -> None:
    await FolderImport(library).run()
    gone = await Transcript.objects().first()
    assert gone is not None
    chunks = await Chunk.count()
    assert (await client.delete(f"/api/transcripts/{gone.id}")).status_code == 204
    again = await FolderImport(library).run()
    assert (again.transcripts.created, await Transcript.count()) == (0, 1)
    restored = await FolderImport(library, restore=True).run()
    assert (restored.transcripts.created, restored.transcripts.unchanged) == (1, 1)
    assert (await Transcript.count(), await Chunk.count()) == (2, chunks)
    assert (await FolderImport(library).run()).changed_rows == 0


async def test_a_deleted_video_is_imported_again(library: Path) -> None:
    await FolderImport(library).run()
    await Video.delete().where(Video.identifier == video_id(0))
    report = await FolderImport(library).run()
    assert (report.videos.created, report.transcripts.created) == (1, 1)


async def test_a_video_that_was_renamed_is_known_when_its_folder_moves(tmp_path: Path) -> None:

    facts = {**info(0), "id": "12345", "extractor": "vimeo", "extractor_key": "Vimeo"}
    facts |= {"webpage_url": "https://vimeo.com/12345", "channel_id": "u1"}
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "talk.info.json").write_text(json.dumps(facts))
    await FolderImport(tmp_path / "a").run()
    await Video.update({Video.identifier: "my-talk"}).where(Video.identifier == "vimeo-12345")
    report = await FolderImport(tmp_path / "b").run()
    assert (report.videos.created, await Video.count()) == (0, 1)
    assert await Video.exists().where(Video.identifier == "my-talk")


async def test_the_words_are_in_the_index_when_the_import_ends(library: Path) -> None:
    await FolderImport(library).run()
    async with get_engine().connection() as connection:
        waiting = await connection.fetchval(
            "SELECT sum(gin_clean_pending_list(c.oid)) FROM pg_class c"
            " JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'gin'"
        )
    assert waiting == 0


async def test_too_many_subtitles_are_reported(tmp_path: Path) -> None:
    make_library(tmp_path, 1, words=400)
    (vtt,) = tmp_path.rglob("*.vtt")
    stem = str(vtt).removesuffix(".en.vtt")
    padding = b"\n\nNOTE\n" + b"x" * (MAX_SUBTITLE_BYTES - 200_000)
    for language in ("de", "fr", "it", "nl"):
        Path(f"{stem}.{language}.vtt").write_bytes(rolling_vtt(*spoken(200)) + padding)
    with Path(f"{stem}.ja.vtt").open("wb") as large:
        large.truncate(MAX_SUBTITLE_BYTES + 1)
    report = await FolderImport(tmp_path).run()
    reasons = sorted(fault.reason for fault in report.broken)
    assert len(reasons) == 2, reasons
    assert reasons[0].startswith(f"exceeds the limit of {MAX_BYTES_OF_A_VIDEO >> 20} MB")
    assert reasons[1].startswith("is too large (8 MB; the limit is 8 MB")
    assert report.transcripts.created == 4


async def test_a_transcript_that_was_only_moved_does_not_come_back(library: Path) -> None:
    await FolderImport(library).run()
    first = await Transcript.objects().order_by(Transcript.id).first()
    assert first is not None
    await Transcript.update({Transcript.language: "de"}).where(Transcript.id == first.id)
    report = await FolderImport(library, restore=True).run()
    assert (report.transcripts.created, await Transcript.count()) == (0, 2)


async def test_a_title_that_was_but_the_id_follows_the_file(tmp_path: Path) -> None:
    file = tmp_path / "talk.info.json"
    for epoch, title in ((1, video_id(0)), (2, "A real title")):
        file.write_text(json.dumps({**info(0), "title": title, "epoch": epoch}))
        await FolderImport(tmp_path).run()
    assert await Video.exists().where(Video.title == "A real title")
