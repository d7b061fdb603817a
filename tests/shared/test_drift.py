"""The migrations make what the tables say, no more and no less."""

import asyncpg
import pytest

from apps.shared.db.declared_schema import create_declared_schema
from tests.shared.catalogs import catalog
from tests.shared.conftest import shared_url


@pytest.fixture
async def from_tables(scratch: str) -> str:
    """A database that no migration made."""
    await create_declared_schema()
    return scratch


async def test_migrations_and_tables_agree(from_tables: str) -> None:
    said, made = await catalog(from_tables), await catalog(await shared_url())
    assert sorted(made - said) == [], "Only the migrations make these."
    assert sorted(said - made) == [], "Only the tables say these."
    for kind in ("column", "constraint", "index", "trigger", "function"):
        assert [part for part in said if part.startswith(kind)], "There is nothing to compare."


@pytest.mark.parametrize(
    ("change", "noticed"),
    [
        ("ALTER TABLE videos ALTER title DROP NOT NULL", "column videos.title text"),
        ("ALTER TABLE videos ALTER title SET DEFAULT 'x'", "column videos.title text NOT NULL DEF"),
        ("ALTER TABLE videos ALTER resolution TYPE varchar(21)", "column videos.resolution"),
        ("ALTER TABLE videos ALTER title SET STATISTICS 7", "column videos.title text NOT NULL ST"),
        ("ALTER TABLE chunks RESET (toast_tuple_target)", "table chunks"),
        (
            "ALTER TABLE videos DROP CONSTRAINT videos_duration_seconds_check,"
            " ADD CONSTRAINT videos_duration_seconds_check CHECK (duration_seconds > -1)",
            "constraint videos.videos_duration_seconds_check",
        ),
        (
            "DROP INDEX videos_metadata_idx;"
            " CREATE INDEX videos_metadata_idx ON videos USING gin (metadata)",
            "index videos_metadata_idx",
        ),
        (
            "ALTER INDEX transcripts_full_text_idx ALTER 1 SET STATISTICS -1",
            "index transcripts_full_text_idx",
        ),
        ("ALTER TABLE videos DISABLE TRIGGER videos_audit", "trigger videos.videos_audit"),
        (
            "CREATE OR REPLACE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql"
            " AS 'BEGIN RETURN NEW; END'",
            "function set_updated_at",
        ),
        ("CREATE TYPE mood AS ENUM ('sad')", "type mood"),
    ],
)
async def test_the_comparison_notices(from_tables: str, change: str, noticed: str) -> None:
    before = await catalog(from_tables)
    connection = await asyncpg.connect(from_tables)
    await connection.execute(change)
    await connection.close()
    different = before ^ await catalog(from_tables)
    assert [part for part in different if part.startswith(noticed)]
    assert len(different) <= 2
