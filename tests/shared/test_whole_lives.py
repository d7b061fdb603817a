"""Each table's rows over REST: made with every column, read, listed, changed, deleted."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar

from apps.shared.db.tables import names
from apps.shared.http.controllers import TableController
from tests import factories as make
from tests.database import value

AT = "2026-03-01T12:30:45.123456+00:00"
LATER = "2026-03-02T00:00:00.000001+00:00"
ODD: dict[str, Any] = {"ünï": [None, 2**60, 1.5, {}], "“\"'\\": "line\nline"}


class Life(NamedTuple):
    body: dict[str, Any]
    """Every column that may be sent, with another value than its default."""
    change: dict[str, Any]


async def channels() -> Life:
    objects = ("settings", "schedule", "filters", "processing_config", "metadata")
    body: dict[str, Any] = {
        "name": "Letters",
        "youtube_channel_id": "UC" + "x" * 22,
        "handle": "@letters",
    }
    body |= {"description": " d\n", "source_url": "https://a.example", "status": "paused"}
    return Life({**body, **{name: {**ODD, "in": name} for name in objects}}, {"name": "日本"})


async def videos() -> Life:
    channel = await make.make_channel(name="Owner")
    body: dict[str, Any] = {
        "identifier": "-a.b~c",
        "youtube_video_id": "-_345678901",
        "title": " Two\nlines ",
    }
    body |= {"channel_id": str(channel.id), "description": "“d”", "source_url": "s" * 3000}
    body |= {"cloud_url": "/v.mkv", "status": "completed", "download_status": "complete"}
    body |= {"is_favorite": True, "upload_date": "2024-02-29", "duration_seconds": 0.1}
    body |= {"file_size_bytes": 2**63 - 1, "video_codec": "av1", "audio_codec": "opus"}
    body |= {"resolution": "1x1", "frame_rate": 23.976023976023978, "tags": ["a, b", '"']}
    body |= {"metadata": ODD, "processing_history": [ODD], "error_message": "none"}
    return Life(body, {"is_favorite": False, "tags": []})


async def transcripts() -> Life:
    body: dict[str, Any] = {"video_id": str((await make.make_video()).id), "source": "imported"}
    body |= {"user_id": str((await make.make_user()).id), "language": "de", "is_primary": True}
    body |= {"full_text": "Grüße\n", "word_timestamps": [ODD], "segment_timestamps": [ODD]}
    body |= {"number_of_words": 1, "number_of_segments": 2, "transcription_service": "w"}
    return Life({**body, "processing_time_seconds": 0.25, "metadata": ODD}, {"metadata": {}})


async def chunks() -> Life:
    body: dict[str, Any] = {
        "transcript_id": str((await make.make_transcript()).id),
        "chunk_text": "two words",
    }
    body |= {"user_id": str((await make.make_user()).id), "chunk_index": 7, "token_count": 2}
    body |= {"start_time": 0.5, "end_time": 1.75, "word_starts": [0.5, 1.25], "metadata": ODD}
    return Life(body, {"start_time": None, "end_time": None})


async def conversations() -> Life:
    return Life({"user_id": str((await make.make_user()).id), "title": "T" * 500}, {"title": None})


async def messages() -> Life:
    talk = await make.make_conversation()
    body: dict[str, Any] = {
        "conversation_id": str(talk.id),
        "role": "system",
        "content": "\n",
        "metadata": ODD,
    }
    return Life(body, {"content": "Corrected"})


async def templates() -> Life:
    body: dict[str, Any] = {"user_id": str((await make.make_user()).id), "template_type": "email"}
    body |= {"template_name": "n", "template_content": "Dear {a}", "variables": ["a", ODD]}
    return Life({**body, "is_default": True}, {"user_id": None, "variables": []})


async def prompts() -> Life:
    return Life({"user_prompt": "Find.", "system_prompt": "Be exact."}, {"user_prompt": "Seek."})


async def generation_configs() -> Life:
    body: dict[str, Any] = {"prompt_id": str((await make.make_prompt()).id), "model": "m"}
    body |= {"transcript_id": str((await make.make_transcript()).id)}
    body |= {"operation_type": "refinement", "temperature": 0.1, "top_p": 0.9, "top_k": 40}
    body |= {"min_moment_length": 1.5, "max_moment_length": 1.5}
    return Life({**body, "min_moments": 1, "max_moments": 2}, {"top_k": None})


async def moments() -> Life:
    parent = await make.make_moment()
    config = await make.make_generation_config()
    body: dict[str, Any] = {
        "identifier": "0123456789abcdef",
        "video_id": str(parent.video_id),
        "title": "“M”",
    }
    body |= {"start_time": 0.1, "end_time": 0.30000000000000004, "is_refined": True}
    body |= {"parent_id": str(parent.id), "generation_model": "g", "scoring_model": "s"}
    body |= {"generation_config_id": str(config.id), "score": 10, "scored_at": AT}
    return Life(body, {"score": 0, "scored_at": LATER, "parent_id": None})


async def clips() -> Life:
    moment = await make.make_moment()
    body: dict[str, Any] = {
        "moment_id": str(moment.id),
        "video_id": str(moment.video_id),
        "cloud_url": "/c",
    }
    body |= {"start_time": 8.5, "end_time": 20.25, "padding_left": 1.5, "padding_right": 0.25}
    body |= {"file_size_bytes": 2**40, "format": "mp4", "video_codec": "v", "audio_codec": "a"}
    return Life({**body, "resolution": "1x1"}, {"format": None, "padding_left": 0.0})


async def thumbnails() -> Life:
    # A picture is of a video or of a clip: the other one stays null.
    body: dict[str, Any] = {"clip_id": str((await make.make_clip()).id), "video_id": None}
    return Life({**body, "cloud_url": "/t.jpg", "file_size_bytes": 2**33}, {"cloud_url": "/u"})


async def pipeline_history() -> Life:
    body: dict[str, Any] = {
        "identifier": "pipeline:a:1",
        "video_id": str((await make.make_video()).id),
    }
    body |= {"generation_config_id": str((await make.make_generation_config()).id)}
    body |= {"pipeline_type": "clips_only", "status": "failed", "started_at": AT}
    body |= {"completed_at": LATER, "duration_seconds": 0.5, "total_moments_generated": 1}
    body |= {"total_clips_created": 2, "error_stage": "cut", "error_message": "e"}
    return Life(body, {"status": "partial", "error_stage": None})


async def transformation_presets() -> Life:
    return Life({"name": "n", "description": "d", "parameters": ODD}, {"description": None})


async def music() -> Life:
    body: dict[str, Any] = {
        "title": "t",
        "spotify_track_id": "s" * 22,
        "file_path": "/m",
        "metadata": ODD,
    }
    return Life(body, {"title": None, "file_path": None})


async def publications() -> Life:
    clip = await make.make_clip()
    body: dict[str, Any] = {
        "video_id": str(clip.video_id),
        "clip_id": str(clip.id),
        "platform": "tiktok",
    }
    body |= {"channel_id": str((await make.make_channel()).id), "status": "published"}
    body |= {"preset_id": str((await make.make_preset()).id), "scheduled_at": AT, "url": "u"}
    body |= {"music_id": str((await make.make_music()).id), "published_at": LATER}
    body |= {"remote_id": "r", "error_message": "e", "metadata": ODD}
    return Life(body, {"clip_id": None, "status": "cancelled"})


async def channel_statistics() -> Life:
    body: dict[str, Any] = {"channel_id": str((await make.make_channel()).id), "recorded_at": AT}
    body |= {"subscriber_count": 2**63 - 1, "view_count": 2**40, "video_count": 0}
    return Life(body, {"view_count": None})


async def video_statistics() -> Life:
    body: dict[str, Any] = {"video_id": str((await make.make_video()).id), "recorded_at": AT}
    return Life(
        {**body, "view_count": 2**40, "like_count": 1, "comment_count": 0}, {"like_count": None}
    )


async def processing_sessions() -> Life:
    body: dict[str, Any] = {"name": "s", "status": "failed", "configuration": ODD, "total_items": 3}
    body |= {"completed_items": 1, "failed_items": 2, "error_message": "e"}
    return Life({**body, "started_at": AT, "completed_at": LATER}, {"name": None})


async def processing_jobs() -> Life:
    body: dict[str, Any] = {
        "session_id": str((await make.make_processing_session()).id),
        "job_type": "cut",
    }
    body |= {"entity_type": "videos", "entity_id": str(uuid4()), "status": "running"}
    body |= {"priority": -1, "attempts": 2, "max_attempts": 5, "next_attempt_at": AT}
    body |= {"payload": ODD, "result": ODD, "progress": 0.5, "error_message": "e"}
    body |= {"external_run_id": "x", "idempotency_key": "i", "started_at": AT}
    return Life({**body, "completed_at": LATER}, {"result": None, "progress": None})


LIVES: list[Callable[[], Awaitable[Life]]] = [
    *(channels, videos, transcripts, chunks, conversations, messages, templates),
    *(prompts, generation_configs, moments, clips, thumbnails, pipeline_history),
    *(transformation_presets, music, publications, channel_statistics, video_statistics),
    *(processing_sessions, processing_jobs),
]
every_table = pytest.mark.parametrize("live", LIVES, ids=lambda live: live.__name__)


def controllers() -> dict[str, type[TableController]]:
    """Table → its controller."""
    every = TableController.__subclasses__()
    return {each.rows.tablename: each for each in every if hasattr(each, "rows")}


def test_every_table_with_rest_has_a_life(application: Litestar) -> None:
    posted = {
        route.path.removeprefix("/api/")
        for route in application.routes
        if re.fullmatch(r"/api/\w+", route.path) and {"GET", "POST"} <= set(route.methods)
    }
    assert {live.__name__ for live in LIVES} == posted == controllers().keys()


@every_table
async def test_a_whole_life(
    client: httpx.AsyncClient, queries: list[str], live: Callable[[], Awaitable[Life]]
) -> None:
    table, (body, change) = live.__name__, await live()
    controller = controllers()[table]
    assert body.keys() == set(controller.signature_namespace["Create"].__struct_fields__)
    for column in controller.repository.table._meta.columns:
        if (name := column._meta.name) in body and (table, name) != ("thumbnails", "video_id"):
            assert body[name] != column.get_default_value(), name
    there = await value(f"SELECT count(*) FROM {table}")
    # asyncpg asks for the types of arrays once a connection.
    first = (await client.post(f"/api/{table}", json=body)).json()
    await client.delete(f"/api/{table}/{first['id']}")
    queries.clear()

    made = await client.post(f"/api/{table}", json=body)
    assert made.status_code == 201, made.text
    row = made.json()
    assert {name: row[name] for name in body} == body
    path = f"/api/{table}/{row['id']}"
    read = await client.get(path)
    assert (read.status_code, read.json()) == (200, row)
    page = (await client.get(f"/api/{table}", params={"limit": 200})).json()
    assert page["next"] is None
    assert len(page["items"]) == there + 1
    (listed,) = [item for item in page["items"] if item["id"] == row["id"]]
    heavy = controller.exposure.heavy
    assert listed == {name: row[name] for name in row if name not in heavy}

    answer = await client.patch(path, json=change)
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    # The database itself works these out, from all that was changed.
    derived = {name for name in row if name == "updated_at" or name.endswith("_hash")}
    assert changed == {**row, **change, **{name: changed[name] for name in derived}}
    assert all(changed[name] != row[name] for name in derived)
    assert (await client.get(path)).json() == changed
    removed = await client.delete(path)
    assert (removed.status_code, removed.content) == (204, b"")
    assert len(queries) == 6
    for method in ("GET", "PATCH", "DELETE"):
        gone = await client.request(method, path, json=change if method == "PATCH" else None)
        assert gone.status_code == 404
        noun = controller.repository.noun
        assert gone.json()["detail"] == f"There is no {noun} {row['id']}."
    assert await value(f"SELECT count(*) FROM {table}") == there


@every_table
async def test_what_nobody_may_send(
    client: httpx.AsyncClient, live: Callable[[], Awaitable[Life]]
) -> None:
    """Unknown and managed columns, and those that the database works out."""
    table, (body, _) = live.__name__, await live()
    columns = set(names(controllers()[table].repository.table._meta.columns))
    hashes = {name for name in columns if name.endswith("_hash")}
    row = (await client.post(f"/api/{table}", json=body)).json()
    path = f"/api/{table}/{row['id']}"
    there = await value(f"SELECT count(*) FROM {table}")
    fields = {"nonsense", "id", "created_at", "updated_at", *(columns - body.keys())}
    assert hashes <= fields
    for field in sorted(fields):
        sent = {field: row.get(field)}
        for answer in (
            await client.post(f"/api/{table}", json={**body, **sent}),
            await client.patch(path, json=sent),
        ):
            assert answer.status_code == 400, field
            assert [fault["field"] for fault in answer.json()["errors"]] == [field]
    assert (await client.get(path)).json() == row
    assert await value(f"SELECT count(*) FROM {table}") == there


def test_hashes_are_worked_out_by_the_database() -> None:
    found = controllers()
    for table, name in (("prompts", "prompt_hash"), ("generation_configs", "config_hash")):
        namespace = found[table].signature_namespace
        assert name in namespace["Read"].__struct_fields__
        assert name not in namespace["Create"].__struct_fields__
        assert name not in namespace["Update"].__struct_fields__


@pytest.mark.parametrize("live", [videos, moments, pipeline_history], ids=lambda f: f.__name__)
async def test_a_row_is_addressed_by_its_identifier(
    client: httpx.AsyncClient, live: Callable[[], Awaitable[Life]]
) -> None:
    table, (body, change) = live.__name__, await live()
    named = {name for name, each in controllers().items() if each.exposure.identifier}
    assert named == {"videos", "moments", "pipeline_history"}
    assert all(controllers()[name].key_path == "/{key:str}" for name in named)
    row = (await client.post(f"/api/{table}", json=body)).json()
    path = f"/api/{table}/{body['identifier']}"
    assert (await client.get(path)).json() == row
    changed = (await client.patch(path, json=change)).json()
    assert changed == {**row, **change, "updated_at": changed["updated_at"]}
    assert (await client.delete(path)).status_code == 204
    for method in ("GET", "PATCH", "DELETE"):
        assert (await client.request(method, path, json={})).status_code == 404
