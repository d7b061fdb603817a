"""What goes along when rows are deleted, and what stays without them, said in a sentence."""

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
from piccolo_project.admin.counting import validated
from piccolo_project.openapi.operation_ids import ONE

MOST = 100_000
"""So many rows of a table are counted."""
SECONDS = 3

NOUNS = {
    "music": ("piece of music", "pieces of music"),
    "pipeline_history": ("pipeline run", "pipeline runs"),
    "channel_statistics": ("record of channel statistics", "records of channel statistics"),
    "video_statistics": ("record of video statistics", "records of video statistics"),
    "system_configuration": ("setting", "settings"),
    "channel_configuration": ("channel setting", "channel settings"),
}
"""Of one row and of several, where it is not the table's name without its s."""


class Reference(NamedTuple):
    child: str
    column: str
    parent: str
    is_taken_along: bool
    """Else the reference becomes null."""


def references() -> Iterator[Reference]:
    for table in Finder().get_table_classes():
        for key in table._meta.foreign_key_columns:
            parent = key._foreign_key_meta.resolved_references._meta.tablename
            along = key._foreign_key_meta.on_delete == OnDelete.cascade
            yield Reference(table._meta.tablename, key._meta.name, parent, along)


def taken_along(tablename: str, known: Sequence[Reference]) -> dict[str, list[Reference]]:
    """Table → why its rows go, each after all tables for which they do."""
    reached, grows = {tablename}, True
    while grows:
        more = {each.child for each in known if each.is_taken_along and each.parent in reached}
        grows, reached = not more <= reached, reached | more
    why = {
        name: [r for r in known if r.is_taken_along and r.child == name and r.parent in reached]
        for name in reached
    }
    ordered: dict[str, list[Reference]] = {}
    while len(ordered) < len(why):
        for name in sorted(why.keys() - ordered.keys()):
            if all(each.parent in ordered for each in why[name]) or name == tablename:
                ordered[name] = why[name]
    return ordered


def counting(tablename: str, going: dict[str, list[Reference]], staying: list[Reference]) -> str:
    """One statement with a column for each table and each reference that becomes null."""
    parts = [f"gone_{tablename} AS (SELECT id FROM {tablename} WHERE id = ANY($1))"]
    for name, why in going.items():
        if name == tablename:
            continue
        found = " UNION ".join(
            f"(SELECT id FROM {name} WHERE {each.column} IN (SELECT id FROM gone_{each.parent})"
            f" LIMIT {MOST + 1})"
            for each in why
        )
        parts.append(f"gone_{name} AS (SELECT id FROM ({found}) AS found LIMIT {MOST + 1})")
    counts = [f"(SELECT count(*) FROM gone_{name})" for name in going]
    for each in staying:
        but = f" AND id NOT IN (SELECT id FROM gone_{each.child})" if each.child in going else ""
        counts.append(
            f"(SELECT count(*) FROM (SELECT FROM {each.child} WHERE {each.column} IN"
            f" (SELECT id FROM gone_{each.parent}){but} LIMIT {MOST + 1}) AS found)"
        )
    return f"WITH {', '.join(parts)} SELECT {', '.join(counts)}"


@validated
async def delete_single(crud: PiccoloCRUD, request: Request) -> None:
    """What the table's rules say to a DELETE: Piccolo finds them by this name."""


async def deletion(table: type[Table], ids: Sequence[UUID]) -> str:
    """The sentence for the question before a delete. It changes nothing."""
    tablename, known = table._meta.tablename, list(references())
    going = taken_along(tablename, known)
    staying = [each for each in known if not each.is_taken_along and each.parent in going]
    try:
        async with get_engine().transaction(), get_engine().connection() as connection:
            await connection.execute(f"SET LOCAL statement_timeout = {SECONDS * 1000:.0f}")
            counts = await connection.fetchrow(counting(tablename, going, staying), ids)
    except asyncpg.QueryCanceledError:
        whose = "it" if len(ids) == 1 else "them"
        return f"This deletes {number(len(ids), tablename)}, and all that belongs to {whose}."
    return told(tablename, dict(zip((*going, *staying), counts, strict=True)))


def told(tablename: str, counts: dict[str | Reference, int]) -> str:
    found = counts.pop(tablename)
    if not found:
        return "There is no such row any more."
    along = [number(n, each) for each, n in counts.items() if n and isinstance(each, str)]
    sentence = f"This deletes {number(found, tablename)}"
    if along:
        sentence += f", and with {'it' if found == 1 else 'them'} {listed(along)}"
    kept = [stay(each, n) for each, n in counts.items() if n and not isinstance(each, str)]
    return " ".join([f"{sentence}.", *kept])


def number(count: int, tablename: str) -> str:
    one = ONE[tablename].replace("_", " ")
    nouns = NOUNS.get(tablename, (one, f"{one}s"))
    if count > MOST:
        return f"more than {MOST:,} {nouns[1]}"
    return f"{count:,} {nouns[count != 1]}"


def stay(reference: Reference, count: int) -> str:
    lost = reference.column.removesuffix("_id").replace("_", " ")
    verb, whose = ("stays", "its") if count == 1 else ("stay", "their")
    return f"{number(count, reference.child)} {verb} without {whose} {lost}."


def listed(parts: Sequence[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
