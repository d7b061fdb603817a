"""What the database refuses of presets, music and publications, and the sentence a client reads."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from apps.publishing.tables import CONSTRAINT_MESSAGES
from tests.factories import make_channel, make_music, make_preset, make_video
from tests.refusals import (
    DOORS,
    Refusal,
    Row,
    assert_allowed,
    assert_refused_by_admin,
    in_the_admin,
)

VIDEO, CHANNEL = UUID(int=1), UUID(int=2)
ROWS: dict[str, Row] = {
    "transformation_presets": {"name": "free"},
    "music": {"file_path": "/music/a.mp3"},
    "publications": {"video_id": VIDEO, "channel_id": CHANNEL, "platform": "youtube"},
}
PRESETS, MUSIC, PUBLICATIONS = ROWS
TAKEN_TRACK, TRACK = "0" * 22, "1" * 22

REFUSED = [
    Refusal("transformation_presets_name_key", PRESETS, {"name": "taken"}),
    Refusal("music_spotify_track_id_key", MUSIC, {"spotify_track_id": TAKEN_TRACK}),
    Refusal("music_file_path_check", MUSIC, {"file_path": None}),
    Refusal(
        "music_file_path_check",
        MUSIC,
        {"spotify_track_id": None, "file_path": None},
        ("file_path",),
    ),
    Refusal("publications_status_check", PUBLICATIONS, {"status": "running"}, status=400),
]
ALLOWED = [
    (PRESETS, {"name": "Taken"}),
    (MUSIC, {"spotify_track_id": TRACK, "file_path": None}),
    (MUSIC, {"spotify_track_id": TRACK}),
    (MUSIC, {"spotify_track_id": None, "file_path": "/music/b.mp3"}),
    (MUSIC, {"file_path": "/music/taken.mp3"}),
]


@pytest.fixture(autouse=True)
async def taken() -> None:
    await make_video(id=VIDEO)
    await make_channel(id=CHANNEL)
    await make_preset(name="taken")
    await make_music(spotify_track_id=TAKEN_TRACK, file_path=None)
    await make_music(spotify_track_id=None, file_path="/music/taken.mp3")


def test_every_message_has_a_case() -> None:
    assert {case.constraint for case in REFUSED} == set(CONSTRAINT_MESSAGES)


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
