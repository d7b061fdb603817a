"""What a row has that is given no more than it needs."""

from typing import Any

import pytest

from apps.publishing.repositories import MusicRepository, PresetRepository, PublicationRepository
from apps.shared.db.repositories import Repository
from tests.factories import make_channel, make_clip, make_video

NONE_GIVEN: list[tuple[Repository[Any], dict[str, Any], dict[str, Any]]] = [
    (PresetRepository(), {"name": "Zoom"}, {"description": None, "parameters": "{}"}),
    (
        MusicRepository(),
        {"file_path": "/music/a.mp3"},
        {"title": None, "spotify_track_id": None, "metadata": "{}"},
    ),
    (
        MusicRepository(),
        {"spotify_track_id": "4uLU6hMCjMI75M1A2tKUQC"},
        {"file_path": None, "metadata": "{}"},
    ),
]


@pytest.mark.parametrize(("rows", "given", "filled"), NONE_GIVEN)
async def test_create_answers_with_what_was_not_given(
    rows: Repository[Any], given: dict[str, Any], filled: dict[str, Any], queries: list[str]
) -> None:
    made = await rows.create(**given)
    assert len(queries) == 1
    expected = {**given, **filled}
    assert {name: made[name] for name in expected} == expected
    assert made.to_dict() == (await rows.get(made.id)).to_dict()


async def test_a_publication_is_scheduled_by_default() -> None:
    publications, clip = PublicationRepository(), await make_clip()
    channel = await make_channel()
    whole = await publications.create(
        video_id=(await make_video()).id, channel_id=channel.id, platform="youtube"
    )
    for name in ("clip_id", "preset_id", "music_id", "scheduled_at", "published_at", "url"):
        assert whole[name] is None
    assert (whole.status, whole.metadata) == ("scheduled", "{}")
    part = await publications.create(
        video_id=clip.video_id, clip_id=clip.id, channel_id=channel.id, platform="tiktok"
    )
    failed = await publications.update(part.id, status="failed", error_message="Refused.")
    assert (failed.clip_id, failed.platform) == (clip.id, "tiktok")
    assert (failed.status, failed.error_message) == ("failed", "Refused.")
    assert (await publications.get(whole.id)).to_dict() == whole.to_dict()
