"""What holds for every table alike: references, what must be given, and enumerations.

PostgreSQL's own catalog is asked, so that a new table or column cannot be forgotten.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from litestar import Litestar
from piccolo.conf.apps import Finder

from tests import factories as make
from tests.conftest import TABLES
from tests.database import fetch, insert
from tests.refusals import Row, stored, wire

NOBODY = UUID("01a1fbfc-6be2-7516-a40a-b5ebd5063e58")
"""No row has this id."""


async def clip() -> Row:
    moment = await make.make_moment()
    times = {"start_time": 9.0, "end_time": 21.0}
    return {"moment_id": moment.id, "video_id": moment.video_id, "cloud_url": "/a.mp4", **times}


async def publication() -> Row:
    video, channel = await make.make_video(), await make.make_channel()
    return {"video_id": video.id, "channel_id": channel.id, "platform": "youtube"}


def row(maker: Callable[[], Awaitable[Any]] | None = None, by: str = "", **values: Any) -> Any:
    """A function that makes what the row names in its column `by`, and gives the row."""

    async def valid() -> Row:
        return {**values, **({by: (await maker()).id} if maker else {})}

    return valid


VALID: dict[str, Callable[[], Awaitable[Row]]] = {
    "users": row(email="new@example.org", password="hashed"),
    "sessions": row(make.make_user, "user_id", token_hash="a" * 64),
    "idempotency_keys": row(make.make_user, "user_id", key="once", fingerprint="a" * 64),
    "authenticator_secrets": row(make.make_user, "user_id", secret=make.CIPHERTEXT),
    "processing_sessions": row(name="Tonight"),
    "processing_jobs": row(make.make_processing_session, "session_id", job_type="download"),
    "channels": row(name="A channel"),
    "videos": row(make.make_channel, "channel_id", identifier="a-name", title="A title"),
    "import_records": row(make.make_video, "video_id", path="a.info.json"),
    "system_configuration": row(key="theme"),
    "channel_configuration": row(make.make_channel, "channel_id", key="theme"),
    "channel_statistics": row(make.make_channel, "channel_id"),
    "video_statistics": row(make.make_video, "video_id"),
    "transcripts": row(make.make_video, "video_id", source="imported", full_text="words"),
    "chunks": row(make.make_transcript, "transcript_id", chunk_text="words", chunk_index=0),
    "conversations": row(make.make_user, "user_id"),
    "messages": row(make.make_conversation, "conversation_id", role="user", content="Hello"),
    "templates": row(template_type="blog", template_name="A name", template_content="Dear"),
    "prompts": row(user_prompt="Find.", system_prompt="Be exact."),
    "generation_configs": row(
        make.make_prompt, "prompt_id", model="a", operation_type="generation"
    ),
    "moments": row(make.make_video, "video_id", start_time=0.0, end_time=1.0, title="A moment"),
    "clips": clip,
    "thumbnails": row(make.make_video, "video_id", cloud_url="/a.jpg"),
    "pipeline_history": row(make.make_video, "video_id", pipeline_type="full"),
    "transformation_presets": row(name="A preset"),
    "music": row(file_path="/a.mp3"),
    "publications": publication,
    "figures": row(name="videos"),
    "findings": row(
        make.make_video, "video_id", kind="missing_transcript", description="No transcript."
    ),
    "audit_entries": row(door="rest", action="created", table_name="videos", row_id=NOBODY),
}
"""Table → a function that gives a row of it which every door takes."""
WITHOUT_REST = {
    *("users", "sessions", "import_records", "idempotency_keys", "authenticator_secrets"),
    *("system_configuration", "channel_configuration", "audit_entries"),
    *("figures", "findings"),
}
"""To write, as tables; settings have addresses of another kind."""
BESIDES = {("findings", "original_id")}
"""These stand beside another reference; the others of a row exclude each other."""
OWNERS = {("conversations", "user_id")}
"""Over REST it is whoever asks, if nobody is named."""

each_table = pytest.mark.parametrize("table", VALID)


async def references(table: str) -> dict[str, tuple[str, bool]]:
    """Column → the name of its foreign key, and whether it may be null."""
    query = """
        SELECT attname, conname, NOT attnotnull AS optional
        FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
        WHERE contype = 'f' AND cardinality(conkey) = 1 AND conrelid = $1::text::regclass"""
    return {r["attname"]: (r["conname"], r["optional"]) for r in await fetch(query, table)}


async def required(table: str) -> list[str]:
    """Those that nothing fills in: no default (one of NULL is none), no trigger."""
    query = """
        SELECT column_name FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name = $1 AND is_nullable = 'NO'
            AND coalesce(column_default, 'NULL') LIKE 'NULL%' AND column_name <> 'search_vector'"""
    return [r["column_name"] for r in await fetch(query, table)]


async def test_every_table_has_its_case(application: Litestar) -> None:
    tables = await fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert {r["tablename"] for r in tables} - {"migration"} == set(VALID) == set(TABLES)
    paths = {route.path for route in application.routes if "POST" in route.methods}
    assert {table for table in VALID if f"/api/{table}" not in paths} == WITHOUT_REST


async def test_the_catalog_is_read() -> None:
    """Were one of the questions answered by nothing, all the tests below would prove nothing."""
    assert sum([len(await references(table)) for table in VALID]) >= 31
    assert sum([len(await required(table)) for table in VALID]) >= 48
    assert await required("chunks") == ["transcript_id", "chunk_text", "chunk_index"]


@each_table
async def test_a_valid_row_goes_in(client: httpx.AsyncClient, table: str) -> None:
    valid = await VALID[table]()
    if table in WITHOUT_REST:
        assert await insert(table, **valid)
    else:
        answer = await client.post(f"/api/{table}", json=wire(valid))
        assert answer.status_code == 201, answer.text


@each_table
async def test_a_reference_to_nothing_is_refused(client: httpx.AsyncClient, table: str) -> None:
    valid, found = await VALID[table](), await references(table)
    # Of those that exclude each other, as a thumbnail's, only one may be given.
    optional = {column: None for column, (_, is_optional) in found.items() if is_optional}
    before = await stored(table)
    for column, (name, _) in found.items():
        others = {} if (table, column) in BESIDES else optional
        refused = {**valid, **others, column: NOBODY}
        with pytest.raises(asyncpg.ForeignKeyViolationError) as refusal:
            await insert(table, **refused)
        assert refusal.value.constraint_name == name
        if table not in WITHOUT_REST:
            answer = await client.post(f"/api/{table}", json=wire(refused))
            sentence = f"No such {column.removesuffix('_id').replace('_', ' ')}."
            assert answer.status_code == 422
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["detail"] == sentence
            assert answer.json()["errors"] == [{"field": column, "message": sentence}]
    assert await stored(table) == before


@each_table
async def test_what_must_be_given(client: httpx.AsyncClient, table: str) -> None:
    valid = await VALID[table]()
    before = await stored(table)
    for column in await required(table):
        null = {**valid, column: None}
        with pytest.raises(asyncpg.NotNullViolationError) as refusal:
            await insert(table, **null)
        assert refusal.value.column_name == column
        if table not in WITHOUT_REST:
            missing = {name: content for name, content in valid.items() if name != column}
            for body in (null,) if (table, column) in OWNERS else (missing, null):
                answer = await client.post(f"/api/{table}", json=wire(body))
                assert answer.status_code == 400, column
                assert [fault["field"] for fault in answer.json()["errors"]] == [column]
    assert await stored(table) == before


@each_table
async def test_every_reference_has_an_index(table: str) -> None:
    """A partial one serves when it leaves out nothing but the rows without the reference."""
    query = """
        SELECT DISTINCT attname FROM pg_index
        JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
        WHERE indrelid = $1::text::regclass AND indisvalid AND (indpred IS NULL
            OR pg_get_expr(indpred, indrelid) = format('(%I IS NOT NULL)', attname))"""
    indexed = {r["attname"] for r in await fetch(query, table)}
    assert set(await references(table)) - indexed == set()


@each_table
async def test_an_enumeration_has_the_same_values_everywhere(table: str) -> None:
    query = """
        SELECT conname, pg_get_constraintdef(oid) AS rule FROM pg_constraint
        WHERE contype = 'c' AND conrelid = $1::text::regclass"""
    allowed = {
        r["conname"]: set(re.findall(r"'([^']*)'::character varying", r["rule"]))
        for r in await fetch(query, table)
        if re.fullmatch(
            r"CHECK \(\(\((\w+)\)::text = ANY \(\(ARRAY\[.*\]\)::text\[\]\)\)\)", r["rule"]
        )
    }
    (found,) = [t for t in Finder().get_table_classes() if t._meta.tablename == table]
    assert allowed == {
        f"{table}_{column._meta.name}_check": {member.value for member in choices}
        for column in found._meta.columns
        if (choices := column._meta.choices)
    }
