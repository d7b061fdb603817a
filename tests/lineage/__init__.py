"""What the designs that this program comes from asked for, and the proof that it is here."""

import csv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DATA = ROOT / "docs" / "lineage.csv"
DOCUMENT = ROOT / "docs" / "lineage.md"


@dataclass(frozen=True)
class Row:
    """One thing that a design asked for. `open` says what of it is still to come."""

    design: str
    part: str
    asked: str
    home: str
    reason: str
    proofs: tuple[str, ...]
    open: str

    def __str__(self) -> str:
        return f"{self.design} {self.part}"


def read_rows() -> list[Row]:
    with DATA.open(encoding="utf-8", newline="") as file:
        return [
            Row(proofs=tuple(filter(None, line.pop("proofs").split("; "))), **line)
            for line in csv.DictReader(file, strict=True)
        ]
