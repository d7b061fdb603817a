"""Each thing the designs asked for is here, as its row says."""

import pytest

from tests.lineage import DOCUMENT, Row, read_rows
from tests.lineage.__main__ import document
from tests.lineage.proofs import faults

ROWS = read_rows()
DESIGNS = ["VidKeep", "TubeSensei", "YouTube talker", "Story 1.4", "VideoMoments", "Design card"]
ALL, OPEN = 467, 1
"""How many rows there are, and how many of them are not built yet."""


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_row_is_proven(row: Row, facts: set[str]) -> None:
    found = faults(row, facts)
    assert found == [], "\n".join(found)


def test_every_design_is_there_and_no_row_twice() -> None:
    assert list(dict.fromkeys(row.design for row in ROWS)) == DESIGNS
    names = [str(row) for row in ROWS]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_no_row_is_lost_and_none_is_opened_unseen() -> None:
    assert (len(ROWS), len([row for row in ROWS if row.open])) == (ALL, OPEN)


def test_the_document_is_what_the_data_gives() -> None:
    written = DOCUMENT.read_text("utf-8")
    assert written == document(ROWS), "make lineage writes it anew."
