"""Every table is audited, but for those of which it is said why not."""

from tests.conftest import TABLES
from tests.database import fetch

NOT_AUDITED = {
    "audit_entries": "They are the audit.",
    "idempotency_keys": "They answer a request that is sent again; what it made has its entry.",
    "import_records": "What the import remembers of its files; what it writes has its entries.",
    "figures": "Counted from the other tables, again and again.",
    "findings": "Found in the other tables, again and again.",
}
EVENTS = """
SELECT tgrelid::regclass::text AS table, bool_or(tgtype & 4 > 0) AND bool_or(tgtype & 8 > 0)
    AND bool_or(tgtype & 16 > 0) AS is_whole
FROM pg_trigger JOIN pg_proc p ON p.oid = tgfoid
WHERE proname = 'write_audit_entry' AND tgenabled = 'O' GROUP BY 1"""
UNAWARE = """
SELECT tgname::text FROM pg_trigger JOIN pg_proc p ON p.oid = tgfoid
WHERE proname = 'write_audit_entry'
    AND pg_get_triggerdef(pg_trigger.oid) NOT LIKE '%current_setting(''reelbase.actor''%'"""


async def test_every_table_is_audited() -> None:
    audited = {row["table"]: row["is_whole"] for row in await fetch(EVENTS)}
    assert audited.keys() == set(TABLES) - NOT_AUDITED.keys()
    assert NOT_AUDITED.keys() <= set(TABLES)
    # A session is prolonged by its use.
    assert {table for table, is_whole in audited.items() if not is_whole} == {"sessions"}


async def test_nothing_is_called_while_nobody_acts() -> None:
    assert await fetch(UNAWARE) == []
