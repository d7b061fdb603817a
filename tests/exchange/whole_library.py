"""A library with a row in every table, as odd as PostgreSQL takes them; out, away, and in again."""

from pathlib import Path
from typing import Any

from apps.exchange.export_file import ExportFile
from apps.exchange.exported_tables import get_exported_tables
from apps.exchange.library_export import export_library
from apps.exchange.library_import import ImportResult, import_library
from apps.shared.secrets import encrypt_secret, locate_secret
from tests import factories as make
from tests.conftest import EMPTY
from tests.database import execute, fetch, insert

EVERY_CHARACTER = "".join(map(chr, range(1, 256))) + "\\. \\N 日本 🎬\u2028\ufeff\uffff"
DEEP = "[" * 2000 + "1" + "]" * 2000
BIG = 2**63 - 1

ODD_JSON = (
    '{"big": 9007199254740993, "whole": 1.0, "more": 1.00, "huge": 1e400, "tiny": 1e-400, '
    '"minus": -0.0, "": [null, {}, [], "", true], "ünï\\"\\\\": "\\u0001\\u2028\\n"}'
)

ODD = """
UPDATE videos SET frame_rate = '-0', duration_seconds = 'NaN', tags = '[0:1]={a,"b,\\""}',
    upload_date = '0044-03-15 BC', created_at = 'infinity', updated_at = '-infinity';
UPDATE chunks SET word_starts = '{NaN,-0,Infinity,0.1,1e-40}', start_time = '-Infinity';
UPDATE processing_jobs SET progress = 0.1, created_at = '12345-06-07 08:09:10.123456+00';
UPDATE video_statistics SET recorded_at = '4000-01-01 00:00:00.000001 BC', like_count = NULL;
UPDATE users SET active = false, last_login = '1970-01-01 00:00:00.999999+00';
UPDATE conversations SET updated_at = '2001-02-03 04:05:06.700007+00';
UPDATE moments SET score = 10, scored_at = '-infinity'"""


async def fill_library() -> None:
    """The times of all rows lie years back, so that one that moves is noticed."""
    text, user = EVERY_CHARACTER, await make.make_user()
    channel = await make.make_channel(description=text, settings=ODD_JSON, metadata=DEEP)
    await execute(
        "UPDATE channels SET credentials = $1",
        encrypt_secret("a password", locate_secret("channels", "credentials", channel.id)),
    )
    video = await make.make_video(
        channel_id=channel.id, description=text, metadata=ODD_JSON, file_size_bytes=BIG
    )
    other = await make.make_video(tags=["", text[:100]], metadata='"text"')
    await execute("UPDATE videos SET tags = '{{a,NULL},{c,d}}' WHERE id = $1", other.id)
    await insert("import_records", video_id=video.id, path=text, written=ODD_JSON)
    for value in ("null", '"text"', ODD_JSON):
        await make.make_setting(value=value, description=text)
        await make.make_channel_setting(channel.id, value=value)
    await make.make_channel_statistics(channel.id, view_count=BIG)
    await make.make_video_statistics(video.id, view_count=BIG)
    session = await make.make_processing_session(configuration=ODD_JSON)
    await make.make_processing_job(session_id=session.id, result="null", payload=ODD_JSON)
    await make.make_processing_job(result=None)
    shared = await make.make_transcript(video.id, metadata=ODD_JSON, full_text="日本語 words")
    private = await make.make_transcript(video.id, language="de", user_id=user.id)
    await make.make_chunk(shared.id, chunk_text="日本語 words")
    await make.make_chunk(shared.id, user_id=user.id)
    await make.make_chunk(private.id, chunk_text="Häuser")
    talk = await make.make_conversation(user.id, title=None)
    for role in ("user", "assistant"):
        await make.make_message(talk.id, role=role, content=text, metadata=ODD_JSON)
    await make.make_template(user_id=user.id, variables=f"[{ODD_JSON}]")
    config = await make.make_generation_config(temperature=0.30000000000000004, top_p=-0.0)
    moment = await make.make_moment(video.id, generation_config_id=config.id)
    clip = await make.make_clip(moment, padding_left=1e-7)
    await make.make_thumbnail(clip_id=clip.id)
    await make.make_thumbnail(video_id=video.id, cloud_url=text)
    await make.make_pipeline_run(video.id, error_message=text)
    preset, music = await make.make_preset(parameters=ODD_JSON), await make.make_music(title=None)
    await make.make_publication(
        video_id=video.id,
        channel_id=channel.id,
        clip_id=clip.id,
        preset_id=preset.id,
        music_id=music.id,
        metadata=ODD_JSON,
    )
    await without_triggers(ODD)


async def without_triggers(query: str) -> None:
    """As when the rows were written at another time, under other rules."""
    await execute(
        f"SET session_replication_role = replica; {query}; RESET session_replication_role"
    )


async def everything() -> dict[str, list[str]]:
    """Every column of every row, those that PostgreSQL keeps to itself too, as it writes them."""
    found = {}
    for table in get_exported_tables():
        rows = await fetch(f"SELECT t::text AS row FROM {table} t ORDER BY id")
        found[table] = [row["row"] for row in rows]
    return found


async def versions() -> dict[str, list[Any]]:
    """Which transaction wrote each row, and where it lies: no write leaves both as they are."""
    return {
        table: await fetch(f"SELECT id, xmin, ctid FROM {table} ORDER BY id")
        for table in get_exported_tables()
    }


async def empty_library() -> None:
    await execute(EMPTY)


async def exported(path: Path) -> Path:
    with ExportFile(str(path)) as output:
        await export_library(output)
    return path


async def emptied_and_imported(path: Path) -> ImportResult:
    await empty_library()
    return await import_library(path)
