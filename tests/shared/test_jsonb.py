"""JSON goes into every JSONB column and comes back as it was, over the wire and by Piccolo."""

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from piccolo.columns import JSON, JSONB
from piccolo.conf.apps import Finder

from apps.catalog.tables import ImportRecord
from apps.configuration.repositories import SystemConfigurationRepository
from apps.shared.db.repositories import Repository
from tests import factories as make
from tests.database import fetch, value

OBJECTS: list[dict[str, Any]] = [
    {},
    {"": "", "null": None, "true": True, "false": False, "list": [], "object": {}},
    {"deep": {"er": [{"and": [[["deeper", None]]]}]}},
    {
        "日本語": "ไทย",
        "👩‍👩‍👧": "\u2028",
        "control": "\x01\x1f\x7f",
        "quote": "\"'\\",
        "$1": "%s {}",
    },
    {"safe": 2**53 + 1, "long": 2**63 - 1, "unsigned": 2**64 - 1, "least": -(2**63), "big": 2**200},
    {"float": 0.1, "whole": 1.0, "tiny": 1e-7, "long": 3.141592653589793, "negative": -0.5},
]
LISTS = [[], *([content, None, 1, "x", [content]] for content in OBJECTS)]
ANYTHING = [None, True, False, 0, 2**200, 0.5, "", "text", '{"a": 1}', [], *LISTS[1:2], *OBJECTS]
CONFIGURATION = ["system_configuration", "channel_configuration"]
# Table → what a row needs besides; a factory stands for the id of a new row.
BODIES: dict[str, dict[str, Any]] = {
    "processing_sessions": {},
    "processing_jobs": {"job_type": "download"},
    "channels": {"name": "A channel"},
    "videos": {"identifier": "talk", "title": "A talk"},
    "system_configuration": {"key": "a key"},
    "channel_configuration": {"key": "a key", "channel_id": make.make_channel},
    "import_records": {"path": "/a.info.json", "video_id": make.make_video},
    "transcripts": {"source": "generated", "full_text": "words", "video_id": make.make_video},
    "chunks": {"chunk_text": "words", "chunk_index": 0, "transcript_id": make.make_transcript},
    "messages": {"role": "user", "content": "Hi", "conversation_id": make.make_conversation},
    "templates": {"template_type": "blog", "template_name": "A", "template_content": "B"},
    "transformation_presets": {"name": "A preset"},
    "music": {"file_path": "/a.mp3"},
    "publications": {
        "platform": "youtube",
        "video_id": make.make_video,
        "channel_id": make.make_channel,
    },
}
UNCHANGEABLE = {("transcripts", "word_timestamps"), ("transcripts", "segment_timestamps")}
BY_THE_PROGRAM = {("figures", "value"), ("audit_entries", "old"), ("audit_entries", "new")}
"""What nobody sends."""
COLUMNS: dict[tuple[str, str], Any] = {
    (table._meta.tablename, column._meta.name): column
    for table in Finder().get_table_classes()
    for column in table._meta.columns
    if isinstance(column, JSON | JSONB)
    and (table._meta.tablename, column._meta.name) not in BY_THE_PROGRAM
}
WITH_ADDRESS = [key for key in COLUMNS if key[0] not in {"import_records", *CONFIGURATION}]


class ImportRecordRepository(Repository[ImportRecord]):
    """The program has none: the import writes its records by SQL of its own."""

    table = ImportRecord
    noun = "import record"


def examples(table: str, column: str) -> list[Any]:
    if table in CONFIGURATION:
        return ANYTHING
    if (table, column) == ("processing_jobs", "result"):
        return [None, *OBJECTS]
    return LISTS if COLUMNS[table, column].default == "[]" else list(OBJECTS)


def wrong(table: str, column: str) -> list[Any]:
    """What the wire refuses."""
    found = [0, True, "text", '{"a": 1}', 0.5]
    found.append({} if COLUMNS[table, column].default == "[]" else [])
    return found if (table, column) == ("processing_jobs", "result") else [None, *found]


def text(content: Any) -> str:
    """1 and 1.0 and true are three texts; the order of keys is nobody's."""
    return json.dumps(content, sort_keys=True)


def numbers_as_written(text: str) -> Any:
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def subclasses(base: type[Repository[Any]]) -> list[type[Repository[Any]]]:
    return [found for sub in base.__subclasses__() for found in (sub, *subclasses(sub))]


def repository(table: str) -> Repository[Any]:
    found = [sub() for sub in subclasses(Repository) if hasattr(sub, "table")]
    return next(rows for rows in found if rows.tablename == table)


async def body_of(table: str) -> dict[str, Any]:
    return {
        name: str((await content()).id) if callable(content) else content
        for name, content in BODIES[table].items()
    }


async def test_every_jsonb_column_is_here() -> None:
    query = (
        "SELECT table_name::text AS name, column_name::text AS column, is_nullable = 'YES' AS null "
        "FROM information_schema.columns WHERE table_schema = 'public' "
        "AND data_type IN ('json', 'jsonb')"
    )
    rows = {(row["name"], row["column"]): row["null"] for row in await fetch(query)}
    assert rows.keys() >= BY_THE_PROGRAM
    rows = {key: null for key, null in rows.items() if key not in BY_THE_PROGRAM}
    assert rows.keys() == COLUMNS.keys()
    assert [key for key in rows if rows[key]] == [("processing_jobs", "result")]
    assert {table for table, _ in COLUMNS} == BODIES.keys()


@pytest.mark.parametrize(("table", "column"), WITH_ADDRESS)
async def test_it_comes_back_over_the_wire(
    client: httpx.AsyncClient, table: str, column: str
) -> None:
    body = await body_of(table)
    for content in examples(table, column):
        answer = await client.post(f"/api/{table}", json={**body, column: content})
        assert answer.status_code == 201, answer.text
        made = answer.json()
        path = f"/api/{table}/{made['id']}"
        assert text(made[column]) == text(content)
        assert (await client.get(path)).json() == made
        if (table, column) in UNCHANGEABLE:
            refused = await client.patch(path, json={column: content})
            assert refused.status_code == 400
        else:
            for changed in (examples(table, column)[-1], content):
                answer = await client.patch(path, json={column: changed})
                assert answer.status_code == 200, answer.text
                assert text(answer.json()[column]) == text(changed)
                assert text((await client.get(path)).json()[column]) == text(changed)
        assert (await client.delete(path)).status_code == 204
    left_out = (await client.post(f"/api/{table}", json=body)).json()[column]
    default = COLUMNS[table, column].default
    assert left_out == (None if default is None else json.loads(default))


@pytest.mark.parametrize(("table", "column"), COLUMNS)
async def test_it_comes_back_from_the_repository(table: str, column: str) -> None:
    rows, body = repository(table), await body_of(table)
    for content in examples(table, column):
        given_json = json.dumps(content) if table in CONFIGURATION else content
        made = await rows.create(**{**body, column: given_json})
        found = (await rows.get(made.id))[column]
        assert found == made[column]
        if content is None and COLUMNS[table, column]._meta.null:
            assert found is None
        else:
            assert text(json.loads(found)) == text(content)
        await rows.delete(made.id)


@pytest.mark.parametrize(("table", "column"), WITH_ADDRESS)
async def test_the_wire_takes_one_kind(client: httpx.AsyncClient, table: str, column: str) -> None:
    body = await body_of(table)
    row_id = (await client.post(f"/api/{table}", json=body)).json()["id"]
    for content in wrong(table, column):
        for answer in (
            await client.post(f"/api/{table}", json={**body, column: content}),
            await client.patch(f"/api/{table}/{row_id}", json={column: content}),
        ):
            assert answer.status_code == 400, content
            assert answer.json()["errors"][0]["field"] == column


async def test_no_result_is_null_to_sql_as_well(client: httpx.AsyncClient) -> None:
    query = "SELECT result IS NULL FROM processing_jobs"
    made = (
        await client.post("/api/processing_jobs", json={"job_type": "x", "result": None})
    ).json()
    assert await value(query) is True
    path = f"/api/processing_jobs/{made['id']}"
    assert (await client.patch(path, json={"result": {}})).json()["result"] == {}
    assert await value(query) is False
    assert (await client.patch(path, json={"result": None})).json()["result"] is None
    assert await value(query) is True


words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
anything = st.recursive(
    st.none() | st.booleans() | numbers | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
many = settings(max_examples=60)


@many
@given(content=st.dictionaries(words, anything, max_size=4))
async def test_whatever_object_comes_back(client: httpx.AsyncClient, content: Any) -> None:
    answer = await client.post("/api/processing_sessions", json={"configuration": content})
    assert answer.status_code == 201
    sent = numbers_as_written(json.dumps(content))
    assert numbers_as_written(answer.text)["configuration"] == sent
    again = await client.get(f"/api/processing_sessions/{answer.json()['id']}")
    assert again.text == answer.text


@many
@given(content=anything)
async def test_whatever_value_comes_back(content: Any) -> None:
    await SystemConfigurationRepository().set_value("a key", content)
    sent = numbers_as_written(json.dumps(content))
    stored = await value("SELECT value::text FROM system_configuration")
    assert numbers_as_written(stored) == sent
