"""The lines from a column to the table it refers to, as Graphviz leads them around the boxes."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from random import Random
from typing import Any

from tests.schema.catalog import Reference, Schema
from tests.schema.page import HEAD, ROW, Box, arrange

MISSING = "Graphviz leads the lines of the picture, and is missing: apt-get install graphviz"
POINTS_PER_INCH = 72
HAIR = 0.25

Points = list[tuple[float, float]]


def require_graphviz() -> None:
    if shutil.which("dot") is None:
        raise SystemExit(MISSING)


def lines(schema: Schema) -> dict[str, list[Reference]]:
    """The references that one line stands for, by the name of the first.

    One over two columns goes along with the one over the first of them.
    """
    together: dict[tuple[str, str, str], list[Reference]] = {}
    for reference in schema.references:
        key = (reference.table, reference.columns[0], reference.target)
        together.setdefault(key, []).append(reference)
    return {references[0].name: references for references in together.values()}


def obstacles(schema: Schema) -> Iterator[tuple[str, Box]]:
    """Each row is one, so that a line ends at its row; a table's head stands for its id."""
    page = arrange(schema)
    for app, box in page.apps.items():
        yield app, label(app, box)
    for table, box in page.tables.items():
        yield f"{table}.id", Box(box.x, box.y, box.width, HEAD)
        for number, column in enumerate(schema.shown(table)):
            y = box.y + HEAD + number * ROW
            yield f"{table}.{column.name}", Box(box.x, y, box.width, ROW)


def label(app: str, box: Box) -> Box:
    """The name of an app, in the corner of its box."""
    return Box(box.x + 14, box.y + 7, 9 * len(app) + 8, 18)


def dot(schema: Schema, attempt: int = 0) -> str:
    """Sides on one line make Graphviz fail, so each box is moved by a hair, and is a hair less
    high than its row. The same attempt moves them alike each time."""
    parts = [
        "digraph schema {",
        '  graph [splines="ortho"]',
        '  node [shape="box", fixedsize="true", label=""]',
        '  edge [dir="none"]',
    ]
    hairs = Random(attempt)
    for name, box in obstacles(schema):
        x = box.x + box.width / 2 + hairs.uniform(-HAIR, HAIR)
        y = -(box.y + box.height / 2 + hairs.uniform(-HAIR, HAIR))
        size = f"width={box.width / POINTS_PER_INCH:.3f}, "
        size += f"height={(box.height - 1) / POINTS_PER_INCH:.3f}"
        parts.append(f'  "{name}" [pos="{x:.3f},{y:.3f}", {size}]')
    for name, (first, *_) in lines(schema).items():
        ends = f'"{first.table}.{first.columns[0]}" -> "{first.target}.id"'
        parts.append(f'  {ends} [id="{name}"]')
    return "\n".join([*parts, "}\n"])


def lead(schema: Schema) -> dict[str, Points]:
    """The corners of each line, from the column to the table."""
    for attempt in range(10):
        done = subprocess.run(
            ["dot", "-Kneato", "-n2", "-Tjson0"],
            input=dot(schema, attempt),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0 and not done.stderr:
            return corners(schema, json.loads(done.stdout))
    raise SystemExit(f"Graphviz finds no way for the lines: {done.stderr.strip()}")


def corners(schema: Schema, graph: dict[str, Any]) -> dict[str, Points]:
    name, box = next(obstacles(schema))
    node = next(node for node in graph["objects"] if node["name"] == name)
    x, y = map(float, node["pos"].split(","))
    right, down = box.x + box.width / 2 - x, box.y + box.height / 2 + y
    led = {}
    for edge in graph["edges"]:
        points = [map(float, point.split(",")) for point in edge["pos"].split()]
        # A Bézier spline of straight parts: every third point is a corner.
        led[edge["id"]] = [(x + right, down - y) for x, y in points[::3]]
    return led
