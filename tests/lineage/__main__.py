"""make lineage: docs/lineage.md, from docs/lineage.csv."""

import re
from collections.abc import Iterable, Sequence

from tests.lineage import DOCUMENT, Row, read_rows
from tests.lineage.proofs import DATABASE, kind_of

INTRODUCTION = """\
# Lineage

Reelbase replaces five designs, each with a video database of its own:

- **VidKeep** keeps downloaded videos.
- **TubeSensei** discovers and processes channels and videos.
- **YouTube talker** lets people talk about what was said in videos, and writes texts from it.
- **Story 1.4** is the database and configuration of a program that takes videos from channels,
  transforms them and publishes them.
- **VideoMoments** finds moments in videos and cuts clips from them.

A **design card** describes how one program replaces the five: with which libraries, in which
shape, and for whom.

The tables below list everything they asked for: every column, index, constraint, reference,
method, setting and behavior, with its place here, the reason for any difference, and a proof.
`tests/lineage` checks the proofs against a migrated database and the program: a column by its
type, nullability and default, an index by its definition, a check by its condition or values, a
refusal by a row that breaks only that constraint, a trigger by its timing and function, a behavior
by an existing test. A row whose proof is missing or fails is an error.

`make lineage` writes this file from [lineage.csv](lineage.csv): edit that.
"""

KINDS = {"test": "test", "refusal": "test", "route": "route"} | dict.fromkeys(DATABASE, "database")
COLUMNS = ["database", "test", "route", "other"]


def document(rows: Sequence[Row]) -> str:
    designs = {design: [r for r in rows if r.design == design] for design in _designs(rows)}
    lines = [INTRODUCTION, *_counts(designs)]
    for design, its in designs.items():
        lines += ["", f"## {design}", ""]
        lines += _table(["part", "asked", "home", "why it differs", "proven by"])
        for row in its:
            reason = "; ".join(filter(None, [row.reason, "not built yet" if row.open else ""]))
            lines.append(_line([row.part, row.asked, row.home, reason], row.proofs))
    lines += ["", "## Not built yet", ""]
    lines += _table(["design", "part", "still to come", "there already"])
    lines += [_line([row.design, row.part, row.open], row.proofs) for row in rows if row.open]
    return "\n".join(lines) + "\n"


def _designs(rows: Iterable[Row]) -> list[str]:
    return list(dict.fromkeys(row.design for row in rows))


def _counts(designs: dict[str, list[Row]]) -> list[str]:
    """Of each design, how many rows there are, and how many of its proofs are of which kind."""
    lines = _table(["design", "rows", *(f"proofs: {kind}" for kind in COLUMNS), "not built yet"])
    totals = [0] * (len(COLUMNS) + 2)
    for design, rows in designs.items():
        kinds = [KINDS.get(kind_of(proof), "other") for row in rows for proof in row.proofs]
        numbers = [len(rows), *map(kinds.count, COLUMNS), len([row for row in rows if row.open])]
        totals = [total + number for total, number in zip(totals, numbers, strict=True)]
        lines.append(_line([design, *map(str, numbers)]))
    return [*lines, _line(["all", *map(str, totals)])]


def _table(heads: Sequence[str]) -> list[str]:
    return [_line(heads), "|" + "---|" * len(heads)]


def _line(cells: Iterable[str], proofs: Iterable[str] = ()) -> str:
    """A line of a table, in which the proofs stand below one another."""
    texts = [re.sub(r"[*<]", r"\\\g<0>", cell) for cell in cells]
    if proofs:
        texts.append("<br>".join(f"`{proof}`" for proof in proofs))
    return "| " + " | ".join(text.replace("|", r"\|") for text in texts) + " |"


def main() -> None:
    DOCUMENT.write_text(document(read_rows()), encoding="utf-8")
    print(f"Wrote {DOCUMENT}.")


if __name__ == "__main__":
    main()
