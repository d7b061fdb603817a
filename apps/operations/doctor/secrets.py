"""Stored secrets that cannot be read."""

import re
from collections import Counter

from apps.configuration.secret_columns import SECRET_COLUMNS
from apps.operations.doctor.database import require_migrations
from apps.operations.doctor.report import refuse
from apps.shared.db.engine import get_engine
from apps.shared.secrets import ENVELOPE_PATTERN, SecretUnreadable, decrypt_secret, load_keys

AT_ONCE = 500


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
            async for row in transaction.connection.cursor(query, prefetch=AT_ONCE):
                try:
                    decrypt_secret(row["secret"], column.locate(row))
                except SecretUnreadable as error:
                    why = _why(row["secret"], had)
                    unread[why] += 1
                    first.setdefault(why, error.message)
                else:
                    read += 1
    refuse(f"{_count(unread[why])}{message}" for why, message in first.items())
    return f"{read:,}, all readable" if read else "There are none"


def _why(stored: str, had: set[str]) -> str:
    """Secrets that need the same missing key are told of once."""
    match = re.fullmatch(ENVELOPE_PATTERN, stored)
    return "altered" if match is None or stored.split(":")[1] in had else stored.split(":")[1]


def _count(number: int) -> str:
    return f"{number:,} secrets, such as this one: " if number > 1 else ""
