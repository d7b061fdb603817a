"""A row of every table that the admin has."""

from uuid import UUID

from apps.accounts.tables import Session
from piccolo_project.admin.tables import LISTINGS
from tests.database import fetch, insert
from tests.exchange.whole_library import ODD_JSON, fill_library
from tests.factories import CIPHERTEXT, make_audit_entry

TABLES = [table._meta.tablename for listings in LISTINGS.values() for table in listings]


async def fill_all_tables() -> None:
    await fill_library()
    user_id: UUID = (await fetch("SELECT id FROM users"))[0]["id"]
    await Session.create_session(user_id)
    await insert("idempotency_keys", user_id=user_id, key="a key", fingerprint="a" * 64)
    await make_audit_entry()
    await insert("figures", name="videos", value=ODD_JSON)
    video_id = (await fetch("SELECT id FROM videos"))[0]["id"]
    await insert("findings", kind="missing_transcript", description="x", video_id=video_id)
    await insert("authenticator_secrets", user_id=user_id, secret=CIPHERTEXT)
