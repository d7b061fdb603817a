"""The language of proofs: each is a sentence that is true of the database or of the program.

`facts` are all such sentences, as tests/lineage/facts.py gathers them. Two kinds are asked instead
of looked up: `file`, because files have too many words, and `no column`, because it is of nothing.
A column without `default` has none. `where`, `is` and `default` are SQL as PostgreSQL prints it,
without its casts and idle brackets.
A `trigger` has its timing, its events, what it is for each of, and the function that it calls. A
`refusal` is of a constraint and a table, and there is a row that tries it through every door.
"""

import re
from functools import lru_cache

from tests.lineage import ROOT, Row

NAME = r"[a-z_]+"
DATABASE = {
    "column": rf"{NAME}\.{NAME} [a-z].*? (not )?null( default .+)?",
    "no column": rf"{NAME}\.{NAME}",
    "primary key": rf"{NAME}\.{NAME}",
    "unique": rf"{NAME}\(.+\)( nulls not distinct)?( where .+)?",
    "index": rf"{NAME}\(.+\)( using {NAME})?( where .+)?",
    "check": rf"{NAME}( allows {NAME}(, {NAME})*| is .+)?",
    "reference": rf"{NAME}\.{NAME} -> {NAME} (cascade|set null)",
    "trigger": rf"{NAME} {NAME} (before|after) .+ (row|statement) {NAME}",
    "extension": NAME,
}
PROGRAM = {
    "route": r"(GET|POST|PUT|PATCH|DELETE) /\S*",
    "setting": r"[A-Z_]+ \S.*",
    "method": rf"\w+Repository\.{NAME}",
    "file": r"(?!\S*\.\.)[\w./-]+( has .+)?",
    "refusal": rf"{NAME} {NAME}",
    "test": r"tests/[\w/]*test_\w+\.py::test_\w+",
}
KINDS = DATABASE | PROGRAM
"""Each kind of proof, and the form of what follows its name."""

TYPE = r"(?:character varying|double precision|timestamp with(?:out)? time zone|[a-z_]+)"
CAST = re.compile(rf"::{TYPE}(?:\(\d+\))?(?:\[\])*")
IDLE = re.compile(r"(?<!\w)\(((?:(?! (?:AND|OR|[-+*/%]|\|\|) )[^(),])*)\)")


def plain(sql: str) -> str:
    """Without casts, and without brackets that change nothing."""
    sql, before = CAST.sub("", " ".join(sql.split())), ""
    while sql != before:
        before, sql = sql, IDLE.sub(r"\1", sql)
    return sql


def normalised(proof: str) -> str:
    head, allows, values = proof.partition(" allows ")
    if allows and head.startswith("check "):
        return head + allows + ", ".join(sorted(values.split(", ")))
    return plain(proof) if proof.startswith(tuple(DATABASE)) else proof


def kind_of(proof: str) -> str:
    """Raises ValueError for what is no proof."""
    for kind, form in KINDS.items():
        if proof.startswith(f"{kind} "):
            if re.fullmatch(form, proof.removeprefix(f"{kind} ")):
                return kind
            raise ValueError(f"This is not the form of a proof by {kind}: {proof!r}")
    raise ValueError(f"There is no such kind of proof: {proof!r}")


@lru_cache
def text_of(path: str) -> str | None:
    file = ROOT / path
    return file.read_text("utf-8") if file.is_file() else None


def holds(proof: str, facts: set[str]) -> bool:
    """Raises ValueError for what is no proof."""
    kind = kind_of(proof)
    what = proof.removeprefix(f"{kind} ")
    if kind == "file":
        path, _, words = what.partition(" has ")
        text = text_of(path)
        return text is not None and words in text
    if kind == "no column":
        table = f"column {what.partition('.')[0]}."
        others = [fact for fact in facts if fact.startswith(table)]
        return bool(others) and not any(fact.startswith(f"column {what} ") for fact in others)
    return normalised(proof) in facts


def near(proof: str, facts: set[str]) -> list[str]:
    """What is true instead: of the same kind, and beginning as the proof does for longest."""
    kind, beginning = kind_of(proof).removeprefix("no "), proof.removeprefix("no ")
    found = alike = sorted(fact for fact in facts if fact.startswith(f"{kind} "))
    while alike and not (found := [fact for fact in alike if fact.startswith(beginning)]):
        beginning = beginning[:-1]
    return found[:3]


def faults(row: Row, facts: set[str]) -> list[str]:
    """What is wrong with a row, in sentences that name it."""
    found = [f"it does not say {name}" for name in ("asked", "home") if not getattr(row, name)]
    if not row.proofs:
        found.append("it has no proof")
    for proof in row.proofs:
        try:
            if not holds(proof, facts):
                found.append(f"{proof!r} does not hold; there is {near(proof, facts)}")
        except ValueError as error:
            found.append(str(error))
    if row.proofs and all(proof.startswith("method ") for proof in row.proofs):
        found.append("a method alone proves nothing: name a test as well")
    return [f"{row}: {fault}" for fault in found]
