"""make lineage: docs/lineage.md, from docs/lineage.csv."""

import re
from collections.abc import Iterable, Sequence

from tests.lineage import DOCUMENT, Row, read_rows
from tests.lineage.proofs import DATABASE, kind_of

INTRODUCTION = """\
# Where it comes from

Reelbase takes the place of five designs, each of which had a database of videos of its own:

- **VidKeep** keeps videos that were downloaded.
- **TubeSensei** discovers channels and videos and processes them.
- **YouTube talker** lets people talk about what is said in videos, and makes texts of it.
- **Story 1.4** is the database and the configuration of a program that takes videos from channels,
  changes them and publishes them.
- **VideoMoments** finds moments in videos and cuts clips out of them.

A **design card** says how one program takes the place of the five: on which libraries, in which
shape, and for whom.

Below is every single thing they asked for: each column, index, constraint, reference, method,
setting and behaviour, where it lives here, why it differs where it does, and what proves it. The
proofs are checked by `tests/lineage`, against a migrated database and the program: a column by its
type, nullability and default, an index by its definition, a check by its condition or its values, a
refusal by a row that breaks just that constraint, a trigger by when and what it calls, a behaviour
by a test that is there. A row without a proof, or with one that does not hold, fails.

This file is written by `make lineage` from [lineage.csv](lineage.csv): change that.
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
