"""The SVG of a schema whose lines are led."""

from collections.abc import Iterator
from html import escape
from math import dist

from tests.schema.catalog import Column, Schema
from tests.schema.page import COLUMN, HEAD, ROW, Box, arrange
from tests.schema.routes import Points, label, lines

COLOURS = {
    "accounts": "#b4532a",
    "processing": "#566373",
    "catalog": "#1f63b5",
    "configuration": "#7a6a1a",
    "statistics": "#0b7a75",
    "transcripts": "#2e7d32",
    "conversations": "#a8327d",
    "moments": "#6a3fb5",
    "publishing": "#b3261e",
    "overview": "#0b6a8c",
    "audit": "#5b4636",
}
OTHER = "#333333"
MARGIN, CORNER = 40, 6
DIAMOND = "M10 4l4 4-4 4-4-4z"
REFERS = ' class="refers"'

EVERY = [
    "Not drawn, as every table has them:",
    "id, the primary key; created_at;",
    "updated_at where rows can change.",
]

STYLE = """
text { font: 12px Helvetica, Arial, "Liberation Sans", sans-serif; fill: #1f2933 }
.app rect { fill-opacity: .1; stroke-opacity: .3 }
.app text { font-size: 15px; font-weight: bold; fill: inherit }
.box { fill: #fff }
.head { font-size: 13px; font-weight: bold; fill: #fff }
.type { fill: #66727f; font-size: 11px; text-anchor: end }
.refers { font-weight: bold }
.reference { fill: none; stroke-width: 1.5 }
.reference:hover { stroke-width: 3 }
.unique { fill: #d29a00; stroke: #a87900 }
.together { fill: #fff; stroke: #a87900 }
.legend > rect { fill: #fff; stroke: #c5ccd3 }
.sign { fill: #66727f; font-size: 11px }
.set-null path { stroke-dasharray: 6 4 }
"""


def number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def colour(schema: Schema, table: str) -> str:
    return COLOURS.get(schema.app_of(table), OTHER)


def rounded(points: Points) -> str:
    """A path with round corners."""
    path = f"M{number(points[0][0])} {number(points[0][1])}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        turn = []
        for other in (before, after):
            part = min(CORNER / dist(corner, other), 0.5)
            turn.append([c + (o - c) * part for c, o in zip(corner, other, strict=True)])
        (x1, y1), (x2, y2) = turn
        path += f"L{number(x1)} {number(y1)}Q{number(corner[0])} {number(corner[1])}"
        path += f" {number(x2)} {number(y2)}"
    return path + f"L{number(points[-1][0])} {number(points[-1][1])}"


def svg(schema: Schema, led: dict[str, Points]) -> str:
    page = arrange(schema)
    width = max(box.x + box.width for box in page.apps.values()) + 2 * MARGIN
    height = max(box.y + box.height for box in page.apps.values()) + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}"'
        f' viewBox="{-MARGIN} {-MARGIN} {width:g} {height:g}"'
        ' role="img" aria-labelledby="title description">',
        '<title id="title">The tables of Reelbase and their references</title>',
        f'<desc id="description">{description(schema)}</desc>',
        f"<style>{STYLE}</style>",
        f'<rect x="{-MARGIN}" y="{-MARGIN}" width="100%" height="100%" fill="#fbfcfd"/>',
        *apps(schema),
        *references(schema, led),
        *(part for table in page.tables for part in table_box(schema, table)),
        *legend(page.free),
    ]
    return "\n".join([*parts, "</svg>\n"])


def description(schema: Schema) -> str:
    told = [f"{app}: {', '.join(tables)}." for app, tables in schema.apps.items()]
    return f"{len(schema.tables)} tables in {len(told)} apps. {' '.join(told)}"


def apps(schema: Schema) -> Iterator[str]:
    for app, box in arrange(schema).apps.items():
        fill = COLOURS.get(app, OTHER)
        place = label(app, box)
        yield (
            f'<g class="app" id="app-{app}" fill="{fill}" stroke="{fill}">{rect(box, 8)}'
            f'<text stroke="none" x="{number(place.x)}" y="{number(place.y + 14)}">{app}</text></g>'
        )


def rect(box: Box, radius: int) -> str:
    place = f'x="{number(box.x)}" y="{number(box.y)}"'
    return f'<rect {place} width="{box.width:g}" height="{box.height:g}" rx="{radius}"/>'


def references(schema: Schema, led: dict[str, Points]) -> Iterator[str]:
    for name, together in lines(schema).items():
        told = "\n".join(f"{reference.table} {reference.words}" for reference in together)
        fill = colour(schema, together[0].target)
        points = led[name]
        yield (
            f'<g class="reference {together[0].on_delete}" id="{name}" stroke="{fill}">'
            f'<title>{told}</title><path d="{rounded(points)}"/>{arrow(points, fill)}</g>'
        )


def arrow(points: Points, fill: str) -> str:
    """A head on the last part of the line, which is level or upright."""
    (x1, y1), (x2, y2) = points[-2:]
    back = 7 / dist((x1, y1), (x2, y2))
    dx, dy = (x1 - x2) * back, (y1 - y2) * back
    corners = ((x2, y2), (x2 + dx - dy / 2, y2 + dy + dx / 2), (x2 + dx + dy / 2, y2 + dy - dx / 2))
    told = " ".join(f"{number(x)},{number(y)}" for x, y in corners)
    return f'<polygon fill="{fill}" stroke="none" points="{told}"/>'


def table_box(schema: Schema, table: str) -> Iterator[str]:
    box = arrange(schema).tables[table]
    fill = colour(schema, table)
    refers = {reference.columns[0] for reference in schema.references if reference.table == table}
    yield (
        f'<g class="table" id="{table}" transform="translate({number(box.x)} {number(box.y)})">'
        f'<rect class="box" width="{COLUMN}" height="{box.height:g}" rx="5" stroke="{fill}"/>'
        f'<path fill="{fill}" d="M0 {HEAD}V5a5 5 0 0 1 5-5H{COLUMN - 5}a5 5 0 0 1 5 5V{HEAD}z"/>'
        f'<text class="head" x="10" y="17">{table}</text>'
    )
    for place, column in enumerate(schema.shown(table)):
        yield row(column, HEAD + place * ROW, column.name in refers)
    yield "</g>"


def row(column: Column, y: int, refers: bool) -> str:
    kind = f"enum({len(column.choices)})" if column.choices else column.type
    told = [column.type, "may be null" if column.nullable else "not null"]
    mark = ""
    if column.is_unique or column.in_unique:
        told.append("unique" if column.is_unique else "unique together with others")
        mark = f'<path d="{DIAMOND}" class="{"unique" if column.is_unique else "together"}"/>'
    if column.choices:
        told.append(f"one of {', '.join(column.choices)}")
    name = f'<text x="20" y="12"{REFERS if refers else ""}>{column.name}</text>'
    return (
        f'<g class="column" transform="translate(0 {y})"><title>{escape(", ".join(told))}</title>'
        f'{mark}{name}<text class="type" x="{COLUMN - 8}" y="12">'
        f"{kind}{'?' if column.nullable else ''}</text></g>"
    )


def legend(place: Box) -> Iterator[str]:
    solid = (
        f'<path d="M0 8H34"/><polygon fill="{OTHER}" stroke="none" points="40,8 33,4.5 33,11.5"/>'
    )
    signs = [
        (f'<g class="reference" stroke="{OTHER}">{solid}</g>', "ON DELETE CASCADE"),
        (f'<g class="reference set-null" stroke="{OTHER}">{solid}</g>', "ON DELETE SET NULL"),
        (f'<path d="{DIAMOND}" class="unique"/>', "unique"),
        (f'<path d="{DIAMOND}" class="together"/>', "unique together"),
        (f'<text y="12"{REFERS}>some_id</text>', "refers to another row"),
        ('<text class="sign" y="12">text?</text>', "may be null"),
        ('<text class="sign" y="12">enum(5)</text>', "text, one of 5 values"),
    ]
    box = Box(0, 0, place.width, 40 + 20 * len(signs) + 16 * len(EVERY))
    yield f'<g class="legend" transform="translate({number(place.x)} {number(place.y)})">'
    yield rect(box, 8)
    for line, (sign, words) in enumerate(signs):
        yield f'<g transform="translate(14 {12 + line * 20})">{sign}'
        yield f'<text x="62" y="12">{words}</text></g>'
    for line, words in enumerate(EVERY):
        yield f'<text x="14" y="{42 + 20 * len(signs) + 16 * line}">{words}</text>'
    yield "</g>"
