"""The SQL that a migration needs beside what Piccolo writes."""

from typing import NamedTuple

from apps.shared.db.tables import Sql
from apps.shared.errors import Conflict
from piccolo_project.new_migration.comparison import Declared, Key, Parts, drop, in_order, make


class Step(NamedTuple):
    forwards: str
    backwards: str
    is_first: bool = False
    """Before the tables change, and undone after they are as they were."""


def find_steps(before: Parts, changed: Parts, declared: Declared, own: set[str]) -> list[Step]:
    """`before` is the migrated database, `changed` the same after Piccolo's part.

    `own` are the app's tables and its functions, with those it had. Raises Conflict.
    """
    steps = find_removed(before, declared, own)
    for sql, keys in declared.made_by:
        steps += compare(sql, keys, changed, declared.parts)
    steps += correct_indexes(before, changed, declared, own)
    refuse_changed_constraints(changed, declared, own)
    return steps


def find_removed(before: Parts, declared: Declared, own: set[str]) -> list[Step]:
    columns = {f"{table}_{name}" for kind, table, name in before if kind == "column"}
    gone = {
        key
        for key in before.keys() - declared.parts.keys()
        if key[0] in {"index", "trigger", "function"}
        and (key[1] or key[2].split("(")[0]) in own
        and not (key[0] == "index" and key[2] in columns)  # Piccolo's own index of a column.
    }
    if not gone:
        return []
    drops = "; ".join(drop(key) for key in reversed(in_order(gone)))
    makes = ";\n".join(make(key, before[key].strip()) for key in in_order(gone))
    return [Step(drops, makes, is_first=True)]


def compare(sql: Sql, keys: set[Key], changed: Parts, declared: Parts) -> list[Step]:
    there = {key for key in keys if key in changed}
    different = {key for key in there if changed[key] != declared[key]}
    if not there:
        return [Step(sql.create, sql.drop)]
    if not different and there == keys:
        return []
    # A function that others call cannot be dropped; it can be replaced.
    old = in_order({key for key in there if key[0] != "function"})
    new = in_order({key for key in keys if key[0] != "function"})
    create = sql.create.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    restored = [make(key, changed[key].strip()) for key in in_order(there)]
    return [
        Step(
            ";\n".join([*(drop(key) for key in old), create]),
            ";\n".join([*(drop(key) for key in new), *restored]),
        )
    ]


def correct_indexes(before: Parts, changed: Parts, declared: Declared, own: set[str]) -> list[Step]:
    """Piccolo makes a btree of a GIN index that comes with a new column of an existing table."""
    ours: set[Key] = set().union(*(keys for _, keys in declared.made_by))
    steps = []
    for key in sorted(changed.keys() & declared.parts.keys() - ours):
        wanted = declared.parts[key]
        if key[0] == "index" and key[1] in own and changed[key] != wanted:
            undo = f"{drop(key)};\n{before[key]}" if key in before else ""
            steps.append(Step(f"{drop(key)};\n{wanted}", undo))
    return steps


def refuse_changed_constraints(changed: Parts, declared: Declared, own: set[str]) -> None:
    for key in sorted(changed.keys() & declared.parts.keys()):
        kind, table, name = key
        if kind == "constraint" and table in own and changed[key] != declared.parts[key]:
            raise Conflict(
                f"The constraint {name} of {table} has changed, but not its name, so that Piccolo "
                "does not notice: give it a new name."
            )
