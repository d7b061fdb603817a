"""Finds stored secrets that cannot be decrypted."""

import re
from collections import Counter

from apps.configuration.secret_columns import SECRET_COLUMNS
from apps.operations.doctor.database import require_migrations
from apps.operations.doctor.report import raise_if_any
from apps.shared.db.engine import get_engine
from apps.shared.secrets import ENVELOPE_PATTERN, SecretUnreadable, decrypt_secret, load_keys

PREFETCH = 500


async def check_secrets() -> str:
    await require_migrations()
    had = {key.id for key in load_keys()}
    read, unread, first = 0, Counter[str](), dict[str, str]()
    async with get_engine().transaction() as transaction:
        for column in SECRET_COLUMNS:
            query = (
                f"SELECT {column.secret} AS secret, {column.columns} "
                f"FROM {column.table} t WHERE {column.condition}"
            )
            async for row in transaction.connection.cursor(query, prefetch=PREFETCH):
                try:
                    decrypt_secret(row["secret"], column.locate(row))
                except SecretUnreadable as error:
                    why = _classify_failure(row["secret"], had)
                    unread[why] += 1
                    first.setdefault(why, error.message)
                else:
                    read += 1
    raise_if_any(f"{_format_count(unread[why])}{message}" for why, message in first.items())
    return f"{read:,}, all readable" if read else "None stored"


def _classify_failure(stored: str, had: set[str]) -> str:
    """Groups secrets that need the same missing key."""
    match = re.fullmatch(ENVELOPE_PATTERN, stored)
    return "altered" if match is None or stored.split(":")[1] in had else stored.split(":")[1]


def _format_count(number: int) -> str:
    return f"{number:,} secrets, for example: " if number > 1 else ""
