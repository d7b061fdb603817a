"""Describes what deleting rows deletes with them, and what loses a reference."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

import asyncpg
from piccolo.columns import OnDelete
from piccolo.conf.apps import Finder
from piccolo.table import Table
from piccolo_api.crud.endpoints import PiccoloCRUD
from starlette.requests import Request

from apps.shared.db.engine import get_engine
from apps.shared.db.tables import get_nouns
from piccolo_project.admin.pages import validated

MAX_COUNTED = 100_000
"""Rows per table."""
TIMEOUT_SECONDS = 3


NOUNS = {table._meta.tablename: get_nouns(table) for table in Finder().get_table_classes()}


class Reference(NamedTuple):
    child: str
    column: str
    parent: str
    cascades: bool
    """If not, the reference becomes null."""


def list_references() -> Iterator[Reference]:
    for table in Finder().get_table_classes():
        for key in table._meta.foreign_key_columns:
            parent = key._foreign_key_meta.resolved_references._meta.tablename
            cascades = key._foreign_key_meta.on_delete == OnDelete.cascade
            yield Reference(table._meta.tablename, key._meta.name, parent, cascades)


def find_cascades(tablename: str, known: Sequence[Reference]) -> dict[str, list[Reference]]:
    """Table → the references that delete its rows; every table comes after its parents."""
    reached, grows = {tablename}, True
    while grows:
        more = {each.child for each in known if each.cascades and each.parent in reached}
        grows, reached = not more <= reached, reached | more
    why = {
        name: [r for r in known if r.cascades and r.child == name and r.parent in reached]
        for name in reached
    }
    ordered: dict[str, list[Reference]] = {}
    while len(ordered) < len(why):
        for name in sorted(why.keys() - ordered.keys()):
            if all(each.parent in ordered for each in why[name]) or name == tablename:
                ordered[name] = why[name]
    return ordered


def build_count_query(
    tablename: str, going: dict[str, list[Reference]], staying: list[Reference]
) -> str:
    """Returns one column per deleted table, then one per reference that becomes null."""
    parts = [f"gone_{tablename} AS (SELECT id FROM {tablename} WHERE id = ANY($1))"]
    for name, why in going.items():
        if name == tablename:
            continue
        found = " UNION ".join(
            f"(SELECT id FROM {name} WHERE {each.column} IN (SELECT id FROM gone_{each.parent})"
            f" LIMIT {MAX_COUNTED + 1})"
            for each in why
        )
        parts.append(f"gone_{name} AS (SELECT id FROM ({found}) AS found LIMIT {MAX_COUNTED + 1})")
    counts = [f"(SELECT count(*) FROM gone_{name})" for name in going]
    for each in staying:
        but = f" AND id NOT IN (SELECT id FROM gone_{each.child})" if each.child in going else ""
        counts.append(
            f"(SELECT count(*) FROM (SELECT FROM {each.child} WHERE {each.column} IN"
            f" (SELECT id FROM gone_{each.parent}){but} LIMIT {MAX_COUNTED + 1}) AS found)"
        )
    return f"WITH {', '.join(parts)} SELECT {', '.join(counts)}"


@validated
async def delete_single(crud: PiccoloCRUD, request: Request) -> None:
    """Runs the table's validators for DELETE, which Piccolo finds by this name."""


async def describe_deletion(table: type[Table], ids: Sequence[UUID]) -> str:
    """The message in the confirmation dialog. Changes nothing."""
    tablename, known = table._meta.tablename, list(list_references())
    going = find_cascades(tablename, known)
    staying = [each for each in known if not each.cascades and each.parent in going]
    try:
        async with get_engine().transaction(), get_engine().connection() as connection:
            await connection.execute(f"SET LOCAL statement_timeout = {TIMEOUT_SECONDS * 1000:.0f}")
            counts = await connection.fetchrow(build_count_query(tablename, going, staying), ids)
    except asyncpg.QueryCanceledError:
        rows, them = format_count(len(ids), tablename), "it" if len(ids) == 1 else "them"
        return f"This deletes {rows} and everything that belongs to {them}."
    return format_deletion(tablename, dict(zip((*going, *staying), counts, strict=True)))


def format_deletion(tablename: str, counts: dict[str | Reference, int]) -> str:
    found = counts.pop(tablename)
    if not found:
        return "This row no longer exists."
    children = [format_count(n, each) for each, n in counts.items() if n and isinstance(each, str)]
    sentence = f"This deletes {format_count(found, tablename)}"
    if children:
        sentence += f", along with {join_words(children)}"
    losses = [
        format_loss(each, n) for each, n in counts.items() if n and isinstance(each, Reference)
    ]
    return " ".join([f"{sentence}.", *losses])


def format_count(count: int, tablename: str) -> str:
    nouns = NOUNS[tablename]
    if count > MAX_COUNTED:
        return f"more than {MAX_COUNTED:,} {nouns[1]}"
    return f"{count:,} {nouns[count != 1]}"


def format_loss(reference: Reference, count: int) -> str:
    lost = reference.column.removesuffix("_id").replace("_", " ")
    verb, whose = ("loses", "its") if count == 1 else ("lose", "their")
    return f"{format_count(count, reference.child)} {verb} {whose} {lost}."


def join_words(parts: Sequence[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
