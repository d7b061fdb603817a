"""The whole library as a file: what comes in again is what went out."""

import asyncio
import gzip
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.exchange.export_file import ExportFile
from apps.exchange.exported_tables import get_exported_tables
from apps.exchange.library_export import export_library
from apps.exchange.library_import import import_library
from apps.moments.tables import Moment
from apps.shared.db.migrations import fetch_applied_migrations
from apps.shared.version import VERSION
from tests.conftest import TABLES
from tests.database import execute, value
from tests.exchange.whole_library import (
    emptied_and_imported,
    empty_library,
    everything,
    exported,
    fill_library,
    versions,
    without_triggers,
)
from tests.factories import make_channel, make_message, make_moment, make_setting, make_video
from tests.shared.conftest import shared_url


async def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines() if line]


def body(path: Path) -> bytes:
    """All but the header, which has the time in it."""
    return path.read_bytes().partition(b"\n")[2]


def test_every_table_is_in_it_after_those_it_refers_to() -> None:
    left_out = {*TABLES} - {*get_exported_tables()}
    assert left_out == {
        *("sessions", "idempotency_keys", "authenticator_secrets", "audit_entries"),
        *("figures", "findings"),
    }
    before: set[type] = set()
    for table in get_exported_tables().values():
        before.add(table)
        for column in table._meta.foreign_key_columns:
            assert column._foreign_key_meta.resolved_references in before


async def test_an_odd_library_survives_export_and_import(tmp_path: Path) -> None:
    await fill_library()
    before = await everything()
    assert all(before.values())
    first = await exported(tmp_path / "first.jsonl")

    result = await emptied_and_imported(first)

    assert await everything() == before
    assert result.created == result.rows == {name: len(rows) for name, rows in before.items()}
    assert body(await exported(tmp_path / "second.jsonl")) == body(first)


async def test_a_second_import_writes_no_row(tmp_path: Path) -> None:
    await fill_library()
    path = await exported(tmp_path / "library.jsonl")
    before, written = await everything(), await versions()

    result = await import_library(path)

    assert not any(result.created.values())
    assert (await everything(), await versions()) == (before, written)


async def test_missing_rows_are_restored(tmp_path: Path) -> None:
    await fill_library()
    path = await exported(tmp_path / "library.jsonl")
    before = await everything()
    await without_triggers("DELETE FROM messages; DELETE FROM moments; DELETE FROM transcripts")

    result = await import_library(path)

    assert {table for table, count in result.created.items() if count} == {
        *("messages", "moments", "transcripts")
    }
    assert await everything() == before


async def test_a_dry_run_changes_nothing(tmp_path: Path) -> None:
    await fill_library()
    path = await exported(tmp_path / "library.jsonl")
    await empty_library()

    result = await import_library(path, dry_run=True)

    assert result.created == result.rows
    assert not any((await everything()).values())


async def test_the_outcome_lines_of_a_job(tmp_path: Path) -> None:
    video = await make_video(title="Fog", tags=["one"])

    header, row, end = await lines(await exported(tmp_path / "library.jsonl"))

    assert (header["format"], header["version"]) == ("reelbase-library", 1)
    assert header["program"] == VERSION
    assert {(app, name) for app, name in header["migrations"]} == await fetch_applied_migrations()
    assert [table["name"] for table in header["tables"]] == [*get_exported_tables()]
    counts = {table["name"]: table["rows"] for table in header["tables"]}
    assert counts == end["end"] == {**dict.fromkeys(get_exported_tables(), 0), "videos": 1}
    assert (row["table"], row["row"]["id"], row["row"]["tags"]) == (
        "videos",
        str(video.id),
        ["one"],
    )
    assert "description" not in row["row"]


async def test_an_export_contains_no_way_to_sign_in(client: Any, tmp_path: Path) -> None:
    await client.post("/api/videos", json={"identifier": "a", "title": "A"})
    text = (await exported(tmp_path / "library.jsonl")).read_text()
    assert await value("SELECT count(*) FROM sessions") == 1
    assert await value("SELECT token_hash FROM sessions") not in text
    assert '"sessions"' not in text


async def test_a_compressed_one(tmp_path: Path) -> None:
    await fill_library()
    before = await everything()
    plain, packed = await exported(tmp_path / "a.jsonl"), await exported(tmp_path / "a.jsonl.gz")

    assert gzip.decompress(packed.read_bytes()).partition(b"\n")[2] == body(plain)
    assert packed.stat().st_size < plain.stat().st_size / 2
    for path in (plain, packed):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    await emptied_and_imported(packed)
    assert await everything() == before


class Interrupted(ExportFile):
    """Somebody else changes the library as soon as the header is written."""

    statement = """
UPDATE channels SET name = 'Later'; DELETE FROM videos;
INSERT INTO videos (identifier, title) VALUES ('later', 'Later')"""
    url = ""

    async def change(self) -> None:
        connection = await asyncpg.connect(self.url)
        await connection.execute(self.statement)
        await connection.close()

    def write(self, data: bytes) -> None:
        super().write(data)
        if self.url:
            with ThreadPoolExecutor(1) as thread:
                thread.submit(asyncio.run, self.change()).result()
            self.url = ""


async def test_it_is_the_state_of_one_moment(tmp_path: Path) -> None:
    channel, video = await make_channel(name="Before"), await make_video()
    path = tmp_path / "library.jsonl"
    with Interrupted(str(path)) as output:
        output.url = await shared_url()
        counts = await export_library(output)

    assert await value("SELECT title FROM videos") == "Later"
    assert (counts["channels"], counts["videos"]) == (1, 1)
    _, *rows, _ = await lines(path)
    assert [(row["row"]["id"], row["row"].get("name")) for row in rows] == [
        (str(channel.id), "Before"),
        (str(video.id), None),
    ]


async def test_an_imported_message_does_not_update_its_conversation(tmp_path: Path) -> None:
    message = await make_message()
    await execute("UPDATE conversations SET title = 'Again'")
    before = await everything()
    await emptied_and_imported(await exported(tmp_path / "library.jsonl"))
    assert await everything() == before

    await make_message(message.conversation_id)
    assert (await everything())["conversations"] != before["conversations"]


async def test_moments_below_others_however_deep(tmp_path: Path) -> None:
    """Deeper than the rule lets anybody put one, because it looks at those above only."""
    video = await make_video()
    upwards = [await make_moment(video.id) for _ in range(120)]
    for child, parent in pairwise(upwards):
        await put_below(child, parent)
    # Two chains from the top down, as they mostly grow, of which one comes below the other.
    for _ in range(2):
        chain = [await make_moment(video.id)]
        for _ in range(59):
            chain.append(await make_moment(video.id, parent_id=chain[-1].id))
        await put_below(chain[0], upwards[-1])
        upwards.append(chain[-1])
    before = await everything()

    await emptied_and_imported(await exported(tmp_path / "library.jsonl"))

    assert await everything() == before


async def put_below(child: Moment, parent: Moment) -> None:
    await execute("UPDATE moments SET parent_id = $1 WHERE id = $2", parent.id, child.id)


async def test_the_triggers_are_on_again(tmp_path: Path) -> None:
    moment = await make_moment()
    child = await make_moment(moment.video_id, parent_id=moment.id)
    await emptied_and_imported(await exported(tmp_path / "library.jsonl"))
    await execute("UPDATE moments SET title = 'Again'")
    assert await value("SELECT updated_at FROM moments WHERE id = $1", child.id) > child.updated_at


async def test_a_column_that_the_file_does_not_have_takes_its_default(tmp_path: Path) -> None:
    video = await make_video(tags=["one"], is_favorite=True)
    header, row, end = await lines(await exported(tmp_path / "library.jsonl"))
    for table in header["tables"]:
        table["columns"] = [
            name for name in table["columns"] if name not in ("tags", "is_favorite", "metadata")
        ]
    for name in ("tags", "is_favorite", "metadata"):
        row["row"].pop(name, None)
    header["migrations"] = header["migrations"][:3]
    older = tmp_path / "older.jsonl"
    older.write_text("".join(json.dumps(line) + "\n" for line in (header, row, end)))

    await emptied_and_imported(older)

    assert await value("SELECT tags FROM videos WHERE id = $1", video.id) == []
    assert await value("SELECT is_favorite FROM videos") is False


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    # Neither NUL nor half a character can be in a text of PostgreSQL.
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    texts=st.lists(TEXT, min_size=1, max_size=4),
    content=st.lists(JSON, min_size=1, max_size=4),
    number=st.floats(),
)
async def test_any_text_number_and_json(
    tmp_path: Path, texts: list[str], content: list[Any], number: float
) -> None:
    for text in texts:
        await make_channel(description=text)
        video = await make_video(tags=[part[:100] for part in texts])
        await execute("UPDATE videos SET frame_rate = $1 WHERE id = $2", number, video.id)
    for item in content:
        await make_setting(value=json.dumps(item))
    before = await everything()

    await emptied_and_imported(await exported(tmp_path / "library.jsonl"))

    assert await everything() == before
    await empty_library()


@pytest.mark.parametrize("name", ["users", "channels"])
async def test_the_planner_knows_what_came_in(tmp_path: Path, name: str) -> None:
    for _ in range(3):
        await make_channel()
    await execute("INSERT INTO users (email, password) VALUES ('a@b', 'x')")
    path = await exported(tmp_path / "library.jsonl")
    await empty_library()
    await execute("VACUUM channels, users")
    await import_library(path)
    assert await value("SELECT reltuples > 0 FROM pg_class WHERE relname = $1", name)
