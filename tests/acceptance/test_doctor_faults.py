"""Faults of the database that are really made, and what `piccolo project doctor` says of each."""

import asyncpg
import pytest

import piccolo_conf
from apps.operations.doctor.commands import CHECKS
from apps.operations.doctor.report import (
    BAD,
    MAX_PROBLEMS,
    OK,
    ProblemsFound,
    ReportLine,
    describe_problems,
    run_checks,
)
from tests.database import execute
from tests.factories import make_chunk, make_transcript, make_user, make_video


async def found() -> list[ReportLine]:
    """What is not well."""
    return [line async for line in run_checks(CHECKS) if line.mark != OK]


FAULTS = [
    (
        "DROP INDEX videos_metadata_idx",
        "schema",
        "The index videos_metadata_idx is missing: run `CREATE INDEX videos_metadata_idx ON videos "
        "USING gin (metadata jsonb_path_ops)`.",
        "CREATE INDEX videos_metadata_idx ON videos USING gin (metadata jsonb_path_ops)",
    ),
    (
        "DROP TRIGGER videos_set_updated_at ON videos",
        "schema",
        "The trigger videos.videos_set_updated_at is missing: run `CREATE TRIGGER "
        "videos_set_updated_at BEFORE UPDATE ON videos FOR EACH ROW WHEN ((old.* IS DISTINCT FROM "
        "new.*)) EXECUTE FUNCTION set_updated_at()`.",
        "CREATE TRIGGER videos_set_updated_at BEFORE UPDATE ON videos FOR EACH ROW "
        "WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at()",
    ),
    (
        "ALTER TABLE chunks DROP CONSTRAINT chunks_end_time_check",
        "schema",
        "The constraint chunks.chunks_end_time_check is missing: run `ALTER TABLE chunks ADD "
        "CONSTRAINT chunks_end_time_check CHECK ((end_time > start_time))`.",
        "ALTER TABLE chunks ADD CONSTRAINT chunks_end_time_check CHECK (end_time > start_time)",
    ),
    (
        "ALTER TABLE videos RENAME title TO name",
        "schema",
        "The column videos.title is missing: restore a backup, or add it as in a new database.",
        "ALTER TABLE videos RENAME name TO title",
    ),
    (
        "ALTER FUNCTION search_text RENAME TO was_search_text",
        "schema",
        "The function search_text is missing: take its definition from a new database, or restore "
        "a backup.",
        "ALTER FUNCTION was_search_text RENAME TO search_text",
    ),
    (
        "ALTER TABLE videos ALTER title SET DEFAULT 'x'",
        "schema",
        "The column videos.title differs from this program's: text NOT NULL DEFAULT 'x'::text",
        "ALTER TABLE videos ALTER title DROP DEFAULT",
    ),
    (
        "ALTER TABLE chunks DISABLE TRIGGER chunks_keep_private",
        "triggers",
        "chunks_keep_private is disabled: run `ALTER TABLE chunks ENABLE TRIGGER ALL`.",
        "ALTER TABLE chunks ENABLE TRIGGER ALL",
    ),
    (
        "ALTER TABLE chunks DROP CONSTRAINT chunks_end_time_check, ADD CONSTRAINT"
        " chunks_end_time_check CHECK (end_time > start_time) NOT VALID",
        "constraints",
        "chunks_end_time_check is not validated: run `ALTER TABLE chunks VALIDATE CONSTRAINT "
        "chunks_end_time_check`.",
        "ALTER TABLE chunks VALIDATE CONSTRAINT chunks_end_time_check",
    ),
]


@pytest.mark.parametrize(("fault", "name", "sentence", "repair"), FAULTS)
async def test_what_is_missing_or_switched_off_is_named_with_its_repair(
    own_database: str, fault: str, name: str, sentence: str, repair: str
) -> None:
    await execute(fault)
    seen = await found()
    await execute(repair)
    assert ReportLine(BAD, name, sentence) in seen
    assert await found() == []


async def test_a_reference_whose_triggers_are_disabled_is_named(own_database: str) -> None:
    await execute("ALTER TABLE moments DISABLE TRIGGER ALL")
    seen = [line.text for line in await found() if line.name == "triggers"]
    await execute("ALTER TABLE moments ENABLE TRIGGER ALL")
    assert (
        "moments_parent_id_fkey is disabled: run `ALTER TABLE moments ENABLE TRIGGER ALL`." in seen
    )


async def test_an_index_that_failed_to_be_made_is_invalid(own_database: str) -> None:
    for _ in range(2):
        await make_video(title="the same")
    with pytest.raises(asyncpg.UniqueViolationError):
        await execute("CREATE UNIQUE INDEX CONCURRENTLY of_mine ON videos (title)")
    seen = await found()
    await execute("DROP INDEX of_mine")
    advice = "remove duplicate rows, then run `REINDEX INDEX CONCURRENTLY of_mine`."
    assert [line for line in seen if line.name != "backups"] == [
        ReportLine(BAD, "indexes", f"of_mine is invalid: {advice}")
    ]


async def test_what_somebody_has_added_is_theirs(own_database: str) -> None:
    await execute("CREATE INDEX of_mine ON videos (title); CREATE TABLE notes (text text)")
    seen = await found()
    await execute("DROP INDEX of_mine; DROP TABLE notes")
    assert seen == []


async def test_rows_that_break_a_rule_are_counted(own_database: str) -> None:
    """A check, a reference, and what only a trigger holds: that a private chunk is its owner's."""
    shared, private = await make_transcript(), await make_transcript(user_id=(await make_user()).id)
    chunks = [
        await make_chunk(shared.id),
        await make_chunk(shared.id),
        await make_chunk(private.id),
    ]
    constraint = "chunks_end_time_check"
    async with piccolo_conf.DB.transaction() as transaction:
        await transaction.connection.execute(
            "SET LOCAL session_replication_role = replica;"
            f"ALTER TABLE chunks DROP CONSTRAINT {constraint};"
            f"UPDATE chunks SET start_time = 2, end_time = 1 WHERE id <> '{chunks[2].id}';"
            f"UPDATE chunks SET user_id = NULL WHERE id = '{chunks[2].id}';"
            f"DELETE FROM videos WHERE id = '{shared.video_id}';"
            f"ALTER TABLE chunks ADD CONSTRAINT {constraint} CHECK (end_time > start_time)"
            " NOT VALID"
        )
    lines = await found()
    await execute(f"DELETE FROM chunks; ALTER TABLE chunks VALIDATE CONSTRAINT {constraint}")
    seen = sorted(line.text for line in lines if line.name == "rows")
    assert seen[0] == (
        f"1 in chunks break chunks_keep_private, such as {chunks[2].id}: correct or delete them."
    )
    assert seen[1] == (
        f"1 in transcripts break transcripts_video_id_fkey, such as {shared.id}: correct or "
        "delete them."
    )
    assert seen[2].startswith(f"2 in chunks break {constraint}, such as ")
    assert len(seen) == 3
    assert {line.name for line in lines} == {"rows", "constraints", "backups"}


async def test_of_many_faults_some_are_shown_and_the_rest_is_counted() -> None:
    wrong = ProblemsFound(*(f"Fault {number}." for number in range(MAX_PROBLEMS + 1_234)))
    assert describe_problems(wrong) == [
        *(f"Fault {number}." for number in range(MAX_PROBLEMS)),
        "And 1,234 more.",
    ]


def test_what_a_check_did_not_foresee_does_not_end_the_others() -> None:
    assert describe_problems(ZeroDivisionError("hush")) == ["The check failed (ZeroDivisionError)."]
    assert describe_problems(asyncpg.QueryCanceledError("hush")) == [
        "The database took too long: try again when it is less busy."
    ]
