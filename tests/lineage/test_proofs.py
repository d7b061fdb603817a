"""A proof that holds is told from one that does not, and a change of the database is noticed."""

from dataclasses import replace
from typing import Any

import pytest

from apps.shared.db.engine import get_engine
from tests.lineage import Row
from tests.lineage.facts import database_facts
from tests.lineage.proofs import KINDS, faults, holds, kind_of

MOVES = (
    "trigger messages trigger_update_conversation after insert statement"
    " update_conversation_timestamp"
)
PROOFS = [
    ("column videos.title text not null", "column videos.title text null"),
    (
        "column videos.download_status character varying(20) not null default 'pending'",
        "column videos.download_status character varying(20) not null",
    ),
    ("no column transcripts.updated_at", "no column transcripts.language"),
    ("no column transcripts.updated_at", "no column nothing.updated_at"),
    ("primary key videos.id", "primary key videos.identifier"),
    ("unique videos(identifier)", "unique videos(title)"),
    ("unique users(lower(email))", "unique users(email)"),
    (
        "unique thumbnails(clip_id) where clip_id IS NOT NULL",
        "unique thumbnails(clip_id)",
    ),
    (
        "unique templates(user_id, template_type, template_name) nulls not distinct",
        "unique templates(user_id, template_type, template_name)",
    ),
    (
        "index videos(channel_id, upload_date DESC NULLS LAST)",
        "index videos(channel_id, upload_date)",
    ),
    (
        "index messages(metadata jsonb_path_ops) using gin",
        "index messages(metadata) using gin",
    ),
    (
        "index pipeline_history(id) where status = 'running'",
        "index pipeline_history(id) where status = 'failed'",
    ),
    ("check moments_score_check", "check moments_score"),
    (
        "check moments_score_check is score >= 0 AND score <= 10",
        "check moments_score_check is score >= 0 AND score <= 11",
    ),
    (
        "check messages_role_check allows user, assistant, system",
        "check messages_role_check allows user, assistant",
    ),
    (
        "reference clips.moment_id -> moments cascade",
        "reference clips.moment_id -> moments set null",
    ),
    (
        MOVES,
        "trigger messages trigger_update_conversation after insert row"
        " update_conversation_timestamp",
    ),
    (
        "trigger moments moments_parent_id_check after insert or update of parent_id row"
        " refuse_moment_circle",
        "trigger moments moments_parent_id_check after insert row refuse_moment_circle",
    ),
    ("refusal moments_score_check moments", "refusal moments_score_check clips"),
    ("refusal transcripts_primary_key transcripts", "refusal moments_id_video_id_key moments"),
    ("extension vector", "extension vectors"),
    ("route GET /api/channels/{key}/videos", "route POST /api/channels/{key}/videos"),
    ("setting DATABASE_POOL_SIZE 5", "setting DATABASE_POOL_SIZE 20"),
    ("setting DATABASE_ECHO false", "setting DATABASE_ECHO true"),
    ("setting WORKERS 1", "setting DATABASE_URL 1"),
    ("method ConversationRepository.list_by_user", "method ConversationRepository.list_all"),
    ("file docker-compose.yml", "file docker-compose.yaml"),
    ("file docker-compose.yml has redis:8", "file docker-compose.yml has qdrant"),
    (
        "test tests/catalog/test_rest.py::test_pages_follow_one_another",
        "test tests/catalog/test_rest.py::test_pages",
    ),
]
"""One that holds, and one of the same kind that does not."""


@pytest.mark.parametrize(("proof", "wrong"), PROOFS)
def test_a_proof_holds_or_does_not(proof: str, wrong: str, facts: set[str]) -> None:
    assert holds(proof, facts)
    assert not holds(wrong, facts)
    assert kind_of(proof) == kind_of(wrong)


@pytest.mark.parametrize(
    "garbage",
    ["", "column", "hope videos.title", "columns videos.title text null", *KINDS]
    + [f"{kind} ?" for kind in KINDS]
    + ["column videos.title text", "unique videos", "file ../secret has a", "check a allows "],
)
def test_what_is_no_proof_is_refused(garbage: str, facts: set[str]) -> None:
    with pytest.raises(ValueError, match="proof"):
        holds(garbage, facts)


@pytest.mark.parametrize(
    ("change", "proof"),
    [
        (
            "DROP INDEX videos_channel_id_upload_date_idx",
            "index videos(channel_id, upload_date DESC NULLS LAST)",
        ),
        ("DROP INDEX users_email_key", "unique users(lower(email))"),
        (
            "ALTER TABLE clips DROP CONSTRAINT clips_moment_id_key",
            "unique clips(moment_id)",
        ),
        (
            "ALTER TABLE moments DROP CONSTRAINT moments_score_check",
            "check moments_score_check",
        ),
        (
            "ALTER TABLE messages DROP CONSTRAINT messages_role_check, ADD CONSTRAINT"
            " messages_role_check CHECK (role IN ('user', 'assistant', 'system', 'tool'))",
            "check messages_role_check allows user, assistant, system",
        ),
        (
            "ALTER TABLE messages DROP CONSTRAINT messages_role_check, ADD CONSTRAINT"
            " messages_role_check CHECK (role IN ('user', 'assistant', 'system')) NOT VALID",
            "check messages_role_check allows user, assistant, system",
        ),
        (
            "ALTER TABLE videos ALTER download_status SET DEFAULT 'complete'",
            "column videos.download_status character varying(20) not null default 'pending'",
        ),
        (
            "ALTER TABLE videos ALTER title DROP NOT NULL",
            "column videos.title text not null",
        ),
        (
            "ALTER TABLE videos ALTER resolution TYPE varchar(19)",
            "column videos.resolution character varying(20) null",
        ),
        (
            "ALTER TABLE clips DROP CONSTRAINT clips_moment_id_fkey,"
            " ADD CONSTRAINT clips_moment_id_fkey FOREIGN KEY (moment_id) REFERENCES moments",
            "reference clips.moment_id -> moments cascade",
        ),
        (
            "ALTER TABLE messages DISABLE TRIGGER trigger_update_conversation",
            MOVES,
        ),
        (
            "CREATE OR REPLACE TRIGGER trigger_update_conversation AFTER UPDATE ON messages"
            " REFERENCING NEW TABLE AS new_messages FOR EACH STATEMENT"
            " EXECUTE FUNCTION update_conversation_timestamp()",
            MOVES,
        ),
        (
            "CREATE OR REPLACE TRIGGER videos_set_updated_at BEFORE UPDATE ON videos"
            " FOR EACH ROW EXECUTE FUNCTION set_moment_identifier()",
            "trigger videos videos_set_updated_at before update row set_updated_at",
        ),
        ("ALTER TABLE transcripts ADD updated_at date", "no column transcripts.updated_at"),
    ],
)
async def test_a_change_of_the_database_is_noticed(change: str, proof: str) -> None:
    async with get_engine().connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            assert holds(proof, await database_facts(connection))
            await connection.execute(change)
            assert not holds(proof, await database_facts(connection))
        finally:
            await transaction.rollback()


def test_every_kind_is_tried() -> None:
    assert {kind_of(proof) for proof, _ in PROOFS} == set(KINDS)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"asked": ""}, "it does not say asked"),
        ({"home": ""}, "it does not say home"),
        ({"proofs": ()}, "it has no proof"),
        ({"proofs": ("hope",)}, "There is no such kind of proof: 'hope'"),
        (
            {"proofs": ("primary key videos.title",)},
            "'primary key videos.title' does not hold; there is ['primary key videos.id']",
        ),
        (
            {"proofs": ("column videos.title text null",)},
            "'column videos.title text null' does not hold; "
            "there is ['column videos.title text not null']",
        ),
        (
            {"proofs": ("method VideoRepository.create",)},
            "a method alone proves nothing: name a test as well",
        ),
    ],
)
def test_a_fault_names_its_row(changes: dict[str, Any], fault: str, facts: set[str]) -> None:
    row = Row("A design", "videos.id", "a key", "videos.id", "", ("primary key videos.id",), "")
    assert faults(row, facts) == []
    assert faults(replace(row, **changes), facts) == [f"A design videos.id: {fault}"]
