"""What a delete takes along: exactly that, with every row of every table looked at."""

import json
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import pytest

from tests import factories as make
from tests.conftest import TABLES as ALL
from tests.database import execute, fetch, insert

TABLES = [table for table in ALL if table != "audit_entries"]
"""What the audit has written down stays, whatever is deleted, and grows with it."""

Family = dict[str, tuple[str, UUID]]
"""What a row is called here → its table and id."""
Snapshot = dict[tuple[str, UUID], dict[str, Any]]


class Loss(NamedTuple):
    gone: set[str]
    """What goes with the row that is deleted."""
    emptied: dict[str, str] = {}
    """Row → its column that is null from then on."""


VIDEO = {
    *("video_record", "video_numbers", "video_thumbnail", "run", "own_run", "post", "outlet_post"),
    *("library", "first_chunk", "second_chunk", "users_chunk", "private", "private_chunk"),
    *("config", "moment", "refined", "by_hand", "clip", "clip_thumbnail"),
    *("video_found", "twin_found", "clip_found", "thumbnail_found", "run_found"),
}

LOSSES = {
    "channel": Loss({"channel_record", "channel_setting", "channel_numbers", "video", *VIDEO}),
    "outlet": Loss({"outlet_post"}),
    "video": Loss(VIDEO),
    "twin": Loss({"twin_found"}),
    "library": Loss(
        {
            *("first_chunk", "second_chunk", "users_chunk"),
            *("config", "moment", "run", "clip", "clip_thumbnail", "clip_found", "run_found"),
        },
        {"refined": "parent_id", "post": "clip_id"},
    ),
    "private": Loss({"private_chunk"}),
    "prompt": Loss(
        {
            *("config", "shared_config", "moment", "refined", "run", "clip", "clip_thumbnail"),
            *("clip_found", "run_found"),
        },
        {"by_hand": "parent_id", "post": "clip_id"},
    ),
    "config": Loss(
        {"moment", "run", "clip", "clip_thumbnail", "clip_found", "run_found"},
        {"refined": "parent_id", "post": "clip_id"},
    ),
    "shared_config": Loss({"refined"}, {"by_hand": "parent_id"}),
    "moment": Loss(
        {"clip", "clip_thumbnail", "clip_found"}, {"refined": "parent_id", "post": "clip_id"}
    ),
    "clip": Loss({"clip_thumbnail", "clip_found"}, {"post": "clip_id"}),
    "user": Loss(
        {
            *("session", "sent_again", "authenticator"),
            *("conversation", "question", "answer", "own_template"),
            *("private", "private_chunk", "users_chunk"),
        }
    ),
    "conversation": Loss({"question", "answer"}),
    "processing_session": Loss({"job", "job_found", "session_found"}),
    "preset": Loss(set(), {"post": "preset_id"}),
    "music": Loss({"music_found"}, {"post": "music_id"}),
}

CASCADES = {
    "channels": {
        *("videos.channel_id", "channel_configuration.channel_id", "publications.channel_id"),
        *("channel_statistics.channel_id", "import_records.channel_id"),
    },
    "videos": {
        *("transcripts.video_id", "moments.video_id", "clips.video_id", "thumbnails.video_id"),
        *("pipeline_history.video_id", "video_statistics.video_id", "publications.video_id"),
        *("import_records.video_id", "findings.video_id", "findings.original_id"),
    },
    "transcripts": {"chunks.transcript_id", "generation_configs.transcript_id"},
    "prompts": {"generation_configs.prompt_id"},
    "generation_configs": {"moments.generation_config_id", "pipeline_history.generation_config_id"},
    "moments": {"clips.moment_id", "clips.moment_id, video_id"},
    "clips": {"thumbnails.clip_id", "findings.clip_id"},
    "thumbnails": {"findings.thumbnail_id"},
    "music": {"findings.music_id"},
    "processing_jobs": {"findings.job_id"},
    "pipeline_history": {"findings.run_id"},
    "users": {
        *("sessions.user_id", "idempotency_keys.user_id", "authenticator_secrets.user_id"),
        *("conversations.user_id", "templates.user_id"),
        *("transcripts.user_id", "chunks.user_id"),
    },
    "conversations": {"messages.conversation_id"},
    "processing_sessions": {"processing_jobs.session_id", "findings.session_id"},
}
SETS_NULL = {
    "moments.parent_id": "SET NULL",
    "moments.parent_id, video_id": "SET NULL (parent_id)",
    "publications.clip_id": "SET NULL",
    "publications.preset_id": "SET NULL",
    "publications.music_id": "SET NULL",
}


async def make_family(token: str) -> Family:
    """At least one row of every table, with every reference that a row can have."""
    rows: dict[str, Any] = {"user": (user := await make.make_user())}
    rows["channel"] = channel = await make.make_channel()
    rows["outlet"] = outlet = await make.make_channel()
    rows["video"] = video = await make.make_video(channel_id=channel.id)
    rows["twin"] = twin = await make.make_video()
    rows["channel_setting"] = await make.make_channel_setting(channel.id)
    rows["channel_numbers"] = await make.make_channel_statistics(channel.id)
    rows["video_numbers"] = await make.make_video_statistics(video.id)
    rows["setting"] = await make.make_setting()
    rows["processing_session"] = session = await make.make_processing_session()
    rows["job"] = job = await make.make_processing_job(session_id=session.id)
    rows["lone_job"] = await make.make_processing_job(entity_type="videos", entity_id=video.id)

    rows["library"] = library = await make.make_transcript(video.id, is_primary=True)
    rows["first_chunk"] = await make.make_chunk(library.id)
    rows["second_chunk"] = await make.make_chunk(library.id)
    rows["users_chunk"] = await make.make_chunk(library.id, user_id=user.id)
    rows["private"] = private = await make.make_transcript(video.id, user_id=user.id)
    rows["private_chunk"] = await make.make_chunk(private.id, user_id=user.id)
    rows["conversation"] = conversation = await make.make_conversation(user.id)
    rows["question"] = await make.make_message(conversation.id)
    rows["answer"] = await make.make_message(conversation.id, role="assistant")
    rows["own_template"] = await make.make_template(user_id=user.id)
    rows["shared_template"] = await make.make_template()

    rows["prompt"] = prompt = await make.make_prompt()
    config = await make.make_generation_config(prompt.id, transcript_id=library.id)
    shared = await make.make_generation_config(prompt.id)
    rows |= {"config": config, "shared_config": shared}
    rows["moment"] = moment = await make.make_moment(video.id, generation_config_id=config.id)
    rows["refined"] = refined = await make.make_moment(
        video.id, generation_config_id=shared.id, parent_id=moment.id
    )
    rows["by_hand"] = await make.make_moment(video.id, parent_id=refined.id)
    rows["clip"] = clip = await make.make_clip(moment)
    rows["clip_thumbnail"] = await make.make_thumbnail(clip_id=clip.id)
    rows["video_thumbnail"] = thumbnail = await make.make_thumbnail(video_id=video.id)
    rows["run"] = run = await make.make_pipeline_run(video.id, generation_config_id=config.id)
    rows["own_run"] = await make.make_pipeline_run(video.id)

    rows["preset"] = preset = await make.make_preset()
    rows["music"] = music = await make.make_music()
    rows["post"] = await make.make_publication(
        video_id=video.id,
        clip_id=clip.id,
        channel_id=channel.id,
        preset_id=preset.id,
        music_id=music.id,
    )
    rows["outlet_post"] = await make.make_publication(video_id=video.id, channel_id=outlet.id)

    family = {name: (row._meta.tablename, UUID(str(row.id))) for name, row in rows.items()}
    others: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("session", "sessions", {"user_id": user.id, "token_hash": token * 64}),
        (
            "sent_again",
            "idempotency_keys",
            {"user_id": user.id, "key": "a key", "fingerprint": token * 64},
        ),
        (
            "authenticator",
            "authenticator_secrets",
            {"user_id": user.id, "secret": make.CIPHERTEXT},
        ),
        ("channel_record", "import_records", {"path": "c", "channel_id": channel.id}),
        ("video_record", "import_records", {"path": "v", "video_id": video.id}),
        ("figure", "figures", {"name": token}),
        *(
            (name, "findings", {"kind": "broken_file", "description": token, **about})
            for name, about in {
                "video_found": {"video_id": video.id},
                "twin_found": {"video_id": twin.id, "original_id": video.id},
                "clip_found": {"clip_id": clip.id},
                "thumbnail_found": {"thumbnail_id": thumbnail.id},
                "music_found": {"music_id": music.id},
                "job_found": {"job_id": job.id},
                "session_found": {"session_id": session.id},
                "run_found": {"run_id": run.id},
            }.items()
        ),
    )
    for name, table, values in others:
        family[name] = table, UUID(str(await insert(table, **values)))
    return family


async def snapshot() -> Snapshot:
    query = " UNION ALL ".join(
        f"SELECT '{table}' AS name, id, to_jsonb(t)::text AS row FROM {table} t" for table in TABLES
    )
    return {
        (row["name"], UUID(str(row["id"]))): json.loads(row["row"]) for row in await fetch(query)
    }


def after_loss(before: Snapshot, family: Family, name: str) -> Snapshot:
    gone, emptied = LOSSES[name]
    left = {
        key: row for key, row in before.items() if key not in {family[n] for n in {name, *gone}}
    }
    for row_name, column in emptied.items():
        key = family[row_name]
        assert left[key][column] is not None
        left[key] = {**left[key], column: None}
    return left


async def test_a_family_has_every_table() -> None:
    family = await make_family("a")
    assert {table for table, _ in family.values()} == set(TABLES)
    query = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'"
    assert {row["tablename"] for row in await fetch(query)} - {"migration"} == set(ALL)


@pytest.mark.parametrize(
    ("name", "door"),
    # Users have no address.
    [
        (name, door)
        for door in ("sql", "rest")
        for name in LOSSES
        if (name, door) != ("user", "rest")
    ],
)
async def test_it_takes_exactly_what_belongs_to_it(
    client: httpx.AsyncClient, name: str, door: str
) -> None:
    family, _ = await make_family("a"), await make_family("b")
    table, row_id = family[name]
    before = await snapshot()

    if door == "sql":
        assert await execute(f"DELETE FROM {table} WHERE id = $1", row_id) == "DELETE 1"
    else:
        assert (await client.delete(f"/api/{table}/{row_id}")).status_code == 204

    expected, after = after_loss(before, family, name), await snapshot()
    for row_name in LOSSES[name].emptied:
        key = family[row_name]
        assert after[key]["updated_at"] > expected[key].pop("updated_at")
        after[key].pop("updated_at")
    assert after == expected


async def test_each_reference_says_what_it_does_on_delete() -> None:
    rows = await fetch(
        "SELECT conrelid::regclass::text AS source, confrelid::regclass::text AS target, "
        "pg_get_constraintdef(oid) AS definition FROM pg_constraint "
        "WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
    )
    cascades: dict[str, set[str]] = {}
    sets_null: dict[str, str] = {}
    for row in rows:
        columns = row["definition"].split("(")[1].split(")")[0]
        reference, rule = f"{row['source']}.{columns}", row["definition"].partition("ON DELETE ")[2]
        if rule == "CASCADE":
            cascades.setdefault(row["target"], set()).add(reference)
        else:
            sets_null[reference] = rule
    assert cascades == CASCADES
    assert sets_null == SETS_NULL
    assert len(rows) == sum(map(len, CASCADES.values())) + len(SETS_NULL)
