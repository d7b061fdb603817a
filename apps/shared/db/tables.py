"""What every table shares, and words for the parts of a table that Piccolo has none for."""

import re
import sys
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from hashlib import sha256
from typing import Any, ClassVar

from piccolo.columns import UUID, Column, Timestamptz
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.conf.apps import Finder
from piccolo.constraints import Check
from piccolo.table import Table

from apps.shared.db.columns import UUID7


@dataclass(frozen=True)
class Sql:
    """A piece of the schema as plain SQL. Migrations hold their own copy; a test compares both."""

    create: str
    drop: str


class Record(Table):
    """A row with a key that sorts by creation.

    `extras` are the indexes, triggers and hidden columns of the table, which Piccolo cannot say;
    `functions` are those that tables or the extras of any table need.
    Rows of a table that `is_exported` are brought along to another library; `bypassed_triggers`
    would change other rows then, and are switched off meanwhile (none that refuse a row).
    """

    functions: ClassVar[tuple[Sql, ...]] = ()
    extras: ClassVar[tuple[Sql, ...]] = ()
    nouns: ClassVar[tuple[str, str]] = ("", "")
    """What one row and several are called, where the class's name does not say it."""
    example: ClassVar[Mapping[str, Any]] = {}
    """A row as a client may send it, for the API's description; a reference is an `example_id`."""
    example_change: ClassVar[Mapping[str, Any]] = {}
    is_exported: ClassVar[bool] = True
    bypassed_triggers: ClassVar[tuple[str, ...]] = ()

    id = UUID(primary_key=True, default=UUID7())
    created_at = Timestamptz(default=TimestamptzNow(), help_text="When the row was created.")


class ChangingRecord(Record):
    """A row that can change; PostgreSQL itself keeps `updated_at`, whoever writes."""

    updated_at = Timestamptz(default=TimestamptzNow(), help_text="When the row last changed.")


def get_nouns(table: type[Table]) -> tuple[str, str]:
    """("pipeline run", "pipeline runs")."""
    one = re.sub(r"(?<!^)([A-Z])", r" \1", table.__name__).lower()
    own = table.nouns if issubclass(table, Record) else ("", "")
    return own if own[0] else (one, f"{one}s")


def example_id(tablename: str) -> str:
    """The id that references to a row of the table have in examples."""
    return f"0199f0a0-1c2d-7e3f-8a4b-{sha256(tablename.encode()).hexdigest()[:12]}"


def one_of(column: str, choices: type[Enum]) -> Check:
    """Piccolo checks `choices` in the admin's form only. `Check(column.is_in(…))` breaks."""
    values = ", ".join(f"'{choice.value}'" for choice in choices)
    return Check(f"{column} IN ({values})")


def index(
    table: str, name: str, on: str, *, using: str = "btree", where: str = "", unique: bool = False
) -> Sql:
    """`on` is what stands between the parentheses; the index is called `<table>_<name>_<idx|key>`.

    `where` makes it partial.
    """
    full_name = f"{table}_{name}_{'key' if unique else 'idx'}"
    kind = "UNIQUE INDEX" if unique else "INDEX"
    condition = f" WHERE {where}" if where else ""
    return Sql(
        f"CREATE {kind} {full_name} ON {table} USING {using} ({on}){condition}",
        f"DROP INDEX {full_name}",
    )


# Each change moves it, so that whoever has opened a row is told that it is another now, also by a
# transaction that began, which is when now() was, before the last change. Another key for the same
# secret is no change of it: what exchanges the keys says so for its transaction.
SET_UPDATED_AT = Sql(
    """\
CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('reelbase.keys_rotate', true) IS DISTINCT FROM 'on' THEN
        NEW.updated_at = greatest(now(), OLD.updated_at + interval '1 microsecond');
    END IF;
    RETURN NEW;
END
$$""",
    "DROP FUNCTION set_updated_at()",
)

# PostgreSQL 18 has its own. RFC 9562, section 5.7: 48 bits of milliseconds, then random ones; the
# two bits set turn the version that gen_random_uuid wrote, 4, into 7.
UUIDV7 = Sql(
    """\
DO $do$
BEGIN
    IF current_setting('server_version_num')::int < 180000 THEN
        CREATE FUNCTION uuidv7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
            SELECT encode(
                set_bit(set_bit(
                    overlay(uuid_send(gen_random_uuid())
                        PLACING substring(
                            int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                        FROM 1 FOR 6),
                    52, 1), 53, 1),
                'hex')::uuid
        $$;
    END IF;
END
$do$""",
    """\
DO $do$
BEGIN
    IF current_setting('server_version_num')::int < 180000 THEN
        DROP FUNCTION IF EXISTS public.uuidv7();
    END IF;
END
$do$""",
)

FUNCTIONS = (UUIDV7, SET_UPDATED_AT)
"""What the first migration makes, before any table needs it."""


def keeps_updated_at(table: str) -> Sql:
    """A write that changes nothing leaves `updated_at` alone."""
    name = f"{table}_set_updated_at"
    return Sql(
        f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW "
        "WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at()",
        f"DROP TRIGGER {name} ON {table}",
    )


@lru_cache
def constraint_messages() -> dict[str, str]:
    """Constraint → what a person is told, from the CONSTRAINT_MESSAGES beside each table."""
    messages: dict[str, str] = {}
    for table in Finder().get_table_classes():
        messages |= vars(sys.modules[table.__module__]).get("CONSTRAINT_MESSAGES", {})
    return messages


def names(columns: Iterable[Column]) -> list[str]:
    return [column._meta.name for column in columns]


def columns_in(table: type[Table], chosen: Container[str]) -> list[Column]:
    """Those whose names are in `chosen`, in the order of the table."""
    return [column for column in table._meta.columns if column._meta.name in chosen]


def visible_columns(table: type[Table], excluded: Sequence[str] = ()) -> list[Column]:
    """Every column but the secret ones and those named in `excluded`."""
    return [
        column
        for column in table._meta.columns
        if not column._meta.secret and column._meta.name not in excluded
    ]
