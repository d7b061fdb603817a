"""What is found, kind by kind, and that it is gone when the row is mended."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import piccolo_conf
from apps.catalog.tables import Video
from apps.configuration.registry import STUCK_HOURS
from apps.configuration.repositories import SystemConfigurationRepository
from apps.configuration.services import get_configuration
from apps.overview import repositories, services
from apps.overview.services import refresh_overview
from apps.overview.tables import Finding, FindingKind
from apps.processing.tables import ProcessingJob
from apps.shared.settings import get_settings
from tests.factories import (
    make_channel,
    make_clip,
    make_moment,
    make_music,
    make_pipeline_run,
    make_processing_job,
    make_processing_session,
    make_thumbnail,
    make_transcript,
    make_user,
    make_video,
)

LONG_AGO = datetime.now(UTC) - timedelta(days=3)


async def found(kind: FindingKind, column: str) -> set[Any]:
    """The rows that findings of this kind are about."""
    await refresh_overview()
    return await kept(kind, column)


async def kept(kind: FindingKind, column: str) -> set[Any]:
    async with piccolo_conf.DB.connection() as connection:
        rows = await connection.fetch(
            f"SELECT {column} AS row_id FROM findings WHERE kind = $1", kind
        )
    return {row["row_id"] for row in rows}


async def count(kind: FindingKind) -> Any:
    async with piccolo_conf.DB.connection() as connection:
        return await connection.fetchval(
            "SELECT (value ->> 'count')::int FROM figures WHERE name = $1", kind
        )


async def backdate(table: str, row_id: object) -> None:
    """`updated_at` is moved by a trigger alone."""
    async with piccolo_conf.DB.transaction(), piccolo_conf.DB.connection() as connection:
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(
            f"UPDATE {table} SET updated_at = $1 WHERE id = $2", LONG_AGO, row_id
        )


async def test_videos_without_any_transcript() -> None:
    kind = FindingKind.missing_transcript
    complete = {"download_status": "complete", "cloud_url": "https://files.example/a.mkv"}
    silent = await make_video(**complete)
    told = await make_video(**complete)
    await make_transcript(told.id, user_id=(await make_user()).id, language="fr")
    await make_video(download_status="pending")
    assert await found(kind, "video_id") == {silent.id}
    assert await count(kind) == 1
    await make_transcript(silent.id)
    assert await found(kind, "video_id") == set()
    assert await count(kind) == 0


async def test_videos_of_the_same_address() -> None:
    kind = FindingKind.same_address
    first = await make_video(source_url="https://video.example/1")
    second = await make_video(source_url="https://video.example/1")
    third = await make_video(source_url="https://video.example/1")
    await make_video(source_url="https://video.example/2")
    await make_video()
    await make_video()
    assert await found(kind, "video_id") == {second.id, third.id}
    assert await kept(kind, "original_id") == {first.id}
    assert await count(kind) == 2
    await first.remove()
    assert await kept(kind, "video_id") == set(), "They went along with the original."
    assert await found(kind, "original_id") == {second.id}


async def test_videos_of_the_same_title_and_duration() -> None:
    kind = FindingKind.same_title
    alike = {"title": "<b>Salt</b>", "duration_seconds": 61.5}
    first, second = await make_video(**alike), await make_video(**alike)
    await make_video(title="<b>Salt</b>", duration_seconds=61.6)
    await make_video(title="<B>Salt</B>", duration_seconds=61.5)
    for _ in range(2):
        await make_video(title="Live", duration_seconds=None)
        await make_video(title="Live", duration_seconds=0)
    assert await found(kind, "video_id") == {second.id}
    assert await kept(kind, "original_id") == {first.id}
    await Video.update({Video.title: "Another"}).where(Video.id == second.id)
    assert await found(kind, "video_id") == set()


async def test_missing_files() -> None:
    kind = FindingKind.broken_file
    folder = get_settings().data_dir
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "here.mkv").touch()
    for cloud_url in ("here.mkv", str(folder.absolute() / "here.mkv"), "s3://bucket/a.mkv", None):
        await make_video(cloud_url=cloud_url)
    videos = [await make_video(cloud_url=path) for path in ("/not/there.mkv", "gone.mkv", "")]
    too_long = await make_video(cloud_url="x" * 5000)
    clip = await make_clip(await make_moment(videos[0].id), cloud_url="/not/there.mp4")
    thumbnail = await make_thumbnail(cloud_url="/not/there.jpg")
    music = await make_music(file_path="/not/there.mp3")
    await make_music(file_path=None, spotify_track_id="4uLU6hMCjMI75M1A2tKUQC")
    missing = {videos[0].id, videos[1].id, too_long.id}
    assert await found(kind, "video_id") - {None} == missing
    assert await kept(kind, "clip_id") - {None} == {clip.id}
    assert await kept(kind, "thumbnail_id") - {None} == {thumbnail.id}
    assert await kept(kind, "music_id") - {None} == {music.id}
    assert await count(kind) == 6
    (folder / "gone.mkv").touch()
    assert videos[1].id not in await found(kind, "video_id")
    for name in ("here.mkv", "gone.mkv"):
        (folder / name).unlink()


async def test_missing_files_are_found_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.overview.missing_files.BATCH", 2)
    videos = {(await make_video(cloud_url=f"/not/there/{name}")).id for name in "abcde"}
    assert await found(FindingKind.broken_file, "video_id") == videos


async def test_when_the_time_is_up_what_was_found_before_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kind = FindingKind.broken_file
    video = await make_video(cloud_url="/not/there.mkv")
    music = await make_music(file_path=str(tmp_path / "a.mp3"))
    assert await found(kind, "music_id") == {None, music.id}
    monkeypatch.setattr("apps.overview.services.MAX_SECONDS", 0)
    (tmp_path / "a.mp3").touch()
    assert await found(kind, "music_id") == {None, music.id}, "It was not looked at again."
    assert await kept(kind, "video_id") == {None, video.id}
    async with piccolo_conf.DB.connection() as connection:
        query = "SELECT value ->> 'is_whole' FROM figures WHERE name = $1"
        assert await connection.fetchval(query, kind) == "false"


async def test_clips_longer_than_their_moment() -> None:
    kind = FindingKind.long_clip
    padded: dict[str, Any] = {
        "start_time": 9.0,
        "end_time": 21.0,
        "padding_left": 1.0,
        "padding_right": 1.0,
    }
    await make_clip(**padded)
    await make_clip(**{**padded, "end_time": 21.04})
    long = await make_clip(**{**padded, "end_time": 21.5})
    assert await found(kind, "clip_id") == {long.id}
    finding = await Finding.objects().get(Finding.clip_id == long.id).where(Finding.kind == kind)
    assert finding is not None
    moment = await long.get_related(long.__class__.moment_id)
    assert moment is not None
    assert finding.description == f"0.50 s longer than its moment: {moment.title}"


async def test_jobs_that_are_stuck() -> None:
    kind = FindingKind.stuck_job
    runs = await make_processing_job(status="running", started_at=LONG_AGO)
    waits = await make_processing_job(created_at=LONG_AGO, next_attempt_at=LONG_AGO)
    waits_since_it_was_made = await make_processing_job(created_at=LONG_AGO)
    soon = datetime.now(UTC) + timedelta(hours=1)
    await make_processing_job(created_at=LONG_AGO, next_attempt_at=soon)
    await make_processing_job(status="running", started_at=datetime.now(UTC), created_at=LONG_AGO)
    await make_processing_job(status="completed", started_at=LONG_AGO)
    await make_processing_job()
    assert await found(kind, "job_id") == {runs.id, waits.id, waits_since_it_was_made.id}
    await ProcessingJob.update({ProcessingJob.status: "failed"}).where(ProcessingJob.id == runs.id)
    assert runs.id not in await found(kind, "job_id")


async def test_a_setting_decides_after_how_many_hours() -> None:
    hours = datetime.now(UTC) - timedelta(hours=2)
    job = await make_processing_job(status="running", started_at=hours)
    assert await found(FindingKind.stuck_job, "job_id") == set()
    await SystemConfigurationRepository().set_value(STUCK_HOURS.key, 1)
    await get_configuration().load()
    assert await found(FindingKind.stuck_job, "job_id") == {job.id}


async def test_sessions_without_running_jobs() -> None:
    kind = FindingKind.stuck_session
    idle, busy, waiting, ended = [
        await make_processing_session(status=status)
        for status in ("running", "running", "running", "completed")
    ]
    await make_processing_session()
    await make_processing_job(session_id=idle.id, status="completed")
    await make_processing_job(session_id=busy.id, status="running")
    await make_processing_job(session_id=waiting.id)
    for session in (idle, busy, waiting, ended):
        await backdate("processing_sessions", session.id)
    assert await found(kind, "session_id") == {idle.id}


async def test_runs_that_never_ended() -> None:
    kind = FindingKind.stuck_run
    run = await make_pipeline_run(started_at=LONG_AGO)
    await make_pipeline_run(started_at=LONG_AGO, status="failed")
    await make_pipeline_run()
    assert await found(kind, "run_id") == {run.id}


async def test_a_second_refresh_only_writes_differences() -> None:
    video = await make_video(title="Old", cloud_url="/not/there.mkv", download_status="complete")
    channel = await make_channel()
    await make_video(title="Old", channel_id=channel.id, source_url="https://video.example/1")
    first = await rows()
    assert len(first) == 2
    await refresh_overview()
    assert await rows(refreshed=False) == first
    await Video.update({Video.title: "New"}).where(Video.id == video.id)
    again = await rows()
    assert [row["id"] for row in again] == [row["id"] for row in first]
    changed = [(old, new) for old, new in zip(first, again, strict=True) if old != new]
    assert [(old["description"], new["description"]) for old, new in changed] == [
        ("No transcript: Old", "No transcript: New")
    ]
    assert changed[0][0]["created_at"] == changed[0][1]["created_at"]


async def rows(refreshed: bool = True) -> list[Any]:
    """All findings with xmin, which differs when a row was written again."""
    if refreshed:
        await refresh_overview()
    async with piccolo_conf.DB.connection() as connection:
        return list(await connection.fetch("SELECT *, xmin::text FROM findings ORDER BY id"))


async def test_the_number_of_findings_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repositories, "MAX_FINDINGS", 3)
    monkeypatch.setattr(services, "MAX_FINDINGS", 3)
    values = {"download_status": "complete", "cloud_url": "/not/there.mkv"}
    videos = [await make_video(**values) for _ in range(5)]
    first = {video.id for video in videos[:3]}
    for kind in (FindingKind.missing_transcript, FindingKind.broken_file):
        assert await found(kind, "video_id") == first
        assert await count(kind) == 5
    await videos[0].remove()
    kind = FindingKind.missing_transcript
    assert await found(kind, "video_id") == {video.id for video in videos[1:4]}
