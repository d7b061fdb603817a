"""docs/schema.svg shows the database as it is."""

import re
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from piccolo.conf.apps import Finder

import piccolo_conf
from tests.processes import run
from tests.schema.__main__ import PICTURE
from tests.schema.catalog import LEFT_OUT, Schema, read
from tests.schema.picture import svg
from tests.schema.routes import MISSING, dot, lines

STALE = "docs/schema.svg is not of this database: run make schema."
SVG = "{http://www.w3.org/2000/svg}"
TYPES = {
    "bool": "boolean",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double",
}
SHORT = {"character varying": "varchar", "timestamp with time zone": "timestamptz"}
"""In the type of an array."""
INDEXES = {("users", "email"), ("thumbnails", "video_id"), ("thumbnails", "clip_id")}
"""Unique by an index that is no constraint."""

COLUMNS = """
SELECT table_name, column_name, is_nullable = 'YES' AS nullable,
    CASE WHEN data_type = 'ARRAY' THEN (
        SELECT format_type(atttypid, atttypmod) FROM pg_attribute
        WHERE attrelid = table_name::regclass AND attname = column_name)
    ELSE udt_name || coalesce('(' || character_maximum_length || ')', '') END AS type
FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'migration'
    AND NOT column_name = ANY($1) ORDER BY table_name, ordinal_position
"""
REFERENCES = """
SELECT own.table_name, array_agg(DISTINCT own.column_name::text) AS columns,
    target.table_name AS target, array_agg(DISTINCT target.column_name::text) AS keys, delete_rule
FROM information_schema.referential_constraints r
JOIN information_schema.key_column_usage own USING (constraint_schema, constraint_name)
JOIN information_schema.constraint_column_usage target USING (constraint_schema, constraint_name)
WHERE constraint_schema = 'public'
GROUP BY constraint_name, own.table_name, target.table_name, delete_rule
"""
REFERENCE = re.compile(r"(\w+) \((.+?)\) REFERENCES (\w+)\((.+?)\) ON DELETE (CASCADE|SET NULL)")


UNIQUES = """
SELECT table_name, min(column_name::text)
FROM information_schema.table_constraints
JOIN information_schema.key_column_usage USING (constraint_schema, constraint_name, table_name)
WHERE constraint_schema = 'public' AND constraint_type = 'UNIQUE'
GROUP BY table_name, constraint_name HAVING count(*) = 1
"""


def parts(kind: str, within: ElementTree.Element | None = None) -> list[ElementTree.Element]:
    root = ElementTree.parse(PICTURE).getroot() if within is None else within
    return [part for part in root.iter(f"{SVG}g") if kind in part.get("class", "").split()]


def title(part: ElementTree.Element) -> str:
    return part.findtext(f"{SVG}title") or ""


async def fetch(query: str, *values: object) -> list[tuple[Any, ...]]:
    async with piccolo_conf.DB.connection() as connection:
        return [tuple(row) for row in await connection.fetch(query, *values)]


async def columns_of_the_database() -> list[tuple[str, str, str]]:
    """As the picture writes them; the choices of an enumerated column are those of its table."""
    choices = {
        (table._meta.tablename, column._meta.name): len(column._meta.choices)
        for table in Finder().get_table_classes()
        for column in table._meta.columns
        if column._meta.choices
    }
    found = []
    for table, name, nullable, kind in await fetch(COLUMNS, ["id", "created_at", "updated_at"]):
        enum = f"enum({choices[table, name]})" if (table, name) in choices else None
        short_kind = kind
        for long, short in SHORT.items():
            short_kind = short_kind.replace(long, short)
        found.append((table, name, (enum or TYPES.get(short_kind, short_kind)) + "?" * nullable))
    return found


async def references_of_the_database() -> set[tuple[Any, ...]]:
    return {
        (table, frozenset(columns), target, frozenset(keys), rule)
        for table, columns, target, keys, rule in await fetch(REFERENCES)
    }


def columns_of_the_picture() -> list[tuple[str, ...]]:
    return [
        (table.attrib["id"], *(text.text or "" for text in column.iter(f"{SVG}text")))
        for table in sorted(parts("table"), key=lambda table: table.attrib["id"])
        for column in parts("column", table)
    ]


def references_of(told: str) -> set[tuple[Any, ...]]:
    found = set()
    for line in told.splitlines():
        match = REFERENCE.match(line)
        assert match, f"{line} is no reference."
        table, columns, target, keys, rule = match.groups()
        found.add(
            (table, frozenset(columns.split(", ")), target, frozenset(keys.split(", ")), rule)
        )
    return found


def drawn_references() -> list[ElementTree.Element]:
    return [part for part in parts("reference") if "id" in part.attrib]


async def test_every_table_is_in_the_box_of_its_app() -> None:
    tables = await fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    drawn = [table.attrib["id"] for table in parts("table")]
    assert sorted(drawn) == sorted(name for (name,) in tables if name != "migration"), STALE
    apps = {app.attrib["id"].removeprefix("app-"): app for app in parts("app")}
    assert len(apps) == 11
    for table in Finder().get_table_classes():
        box = apps[table.__module__.split(".")[1]].find(f"{SVG}rect")
        part = next(part for part in parts("table") if part.attrib["id"] == table._meta.tablename)
        assert box is not None
        x, y = map(float, re.findall(r"[\d.]+", part.attrib["transform"]))
        left, top, width, height = (float(box.attrib[k]) for k in ("x", "y", "width", "height"))
        assert left < x < left + width, table
        assert top < y < top + height, table


async def test_every_column_is_drawn_as_it_is() -> None:
    assert LEFT_OUT == ("id", "created_at", "updated_at"), "As the legend says."
    drawn, there = columns_of_the_picture(), await columns_of_the_database()
    assert sorted(set(there) ^ set(drawn)) == [], STALE
    assert drawn == there, STALE
    assert len(there) > 200


async def test_every_reference_is_drawn_with_what_a_delete_does() -> None:
    drawn = [reference for part in drawn_references() for reference in references_of(title(part))]
    assert set(drawn) == await references_of_the_database(), STALE
    assert len(drawn) == len(set(drawn))
    for part in drawn_references():
        dashed = "set-null" in part.attrib["class"].split()
        assert {rule for *_, rule in references_of(title(part))} == {
            "SET NULL" if dashed else "CASCADE"
        }
        assert len(part.findall(f"{SVG}path")) == 1


async def test_unique_columns_are_marked() -> None:
    def marked(kind: str) -> set[tuple[str, str]]:
        return {
            (table.attrib["id"], column.findtext(f"{SVG}text") or "")
            for table in parts("table")
            for column in parts("column", table)
            if [path for path in column.iter(f"{SVG}path") if path.get("class") == kind]
        }

    assert marked("unique") == set(await fetch(UNIQUES)) | INDEXES, STALE
    together = {name for table, name in marked("together") if table == "transcripts"}
    assert together == {"video_id", "user_id", "language", "source", "is_primary"}


async def test_but_for_the_ways_of_its_lines_the_picture_is_made_again_alike() -> None:
    schema = await read()
    made = svg(schema, {name: [(0, 0), (9, 0)] for name in lines(schema)})
    line = re.compile(r'(</title>)<path d="[^"]*"/><polygon [^>]*/>')
    drawn = line.sub(r"\1", PICTURE.read_text())
    assert drawn.splitlines() == line.sub(r"\1", made).splitlines(), STALE


async def test_graphviz_is_told_every_row_and_every_line() -> None:
    schema = await read()
    told = dot(schema)
    assert told == dot(await read())
    rows = set(re.findall(r'^  "(\w+)\.(\w+)" \[pos=', told, re.MULTILINE))
    there = {(table, name) for table, name, _ in await columns_of_the_database()}
    assert rows == there | {(table, "id") for table in schema.tables}
    ends = re.findall(r'^  "(\w+)\.(\w+)" -> "(\w+)\.id" \[id="(\w+)"\]$', told, re.MULTILINE)
    assert ("moments", "parent_id", "moments", "moments_parent_id_fkey") in ends
    single = {r for r in await references_of_the_database() if len(r[1]) == 1}
    assert {(t, frozenset([c]), target) for t, c, target, _ in ends} == {r[:3] for r in single}
    assert len(ends) == len(single) == told.count("->")


@pytest.mark.parametrize(
    ("change", "row", "line"),
    [
        ("ADD mood text", '"music.mood" [', ""),
        ("ADD clip_id uuid REFERENCES clips ON DELETE CASCADE", '"music.clip_id" [', "clips.id"),
        ("DROP file_path", "", ""),
    ],
)
async def test_a_change_of_the_database_makes_the_picture_stale(
    change: str, row: str, line: str
) -> None:
    drawn, before = columns_of_the_picture(), dot(await read())
    async with piccolo_conf.DB.transaction() as transaction:
        await piccolo_conf.DB.run_ddl(f"ALTER TABLE music {change}")
        assert len(set(await columns_of_the_database()) ^ set(drawn)) == 1
        after = dot(await read())
        await transaction.rollback()
    assert row in after
    assert after.count("->") == before.count("->") + bool(line)
    assert (f'"music.clip_id" -> "{line}"' in after) == bool(line)
    assert after != before


async def test_a_new_table_of_a_new_app_gets_a_place() -> None:
    schema = await read()
    columns = schema.tables["music"]
    apps = {**schema.apps, "music": ["songs"], "catalog": [*schema.apps["catalog"], "shelves"]}
    tables = {**schema.tables, "songs": columns, "shelves": columns}
    told = dot(Schema(apps, tables, schema.references))
    for table in ("songs", "shelves"):
        assert told.count(f'"{table}.') == 1 + len(schema.shown("music"))


def test_without_graphviz_one_sentence(tmp_path: Path) -> None:
    before = PICTURE.stat().st_mtime_ns
    done = run(sys.executable, "-m", "tests.schema", settings={"PATH": tmp_path})
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{MISSING}\n")
    assert MISSING.endswith("apt-get install graphviz")
    assert PICTURE.stat().st_mtime_ns == before


def test_the_picture_can_be_read_by_anybody() -> None:
    root = ElementTree.parse(PICTURE).getroot()
    assert root.attrib["role"] == "img"
    names = root.attrib["aria-labelledby"].split()
    assert [part.attrib["id"] for part in root[:2]] == names
    assert [part.tag for part in root[:2]] == [f"{SVG}title", f"{SVG}desc"]
    assert (root[1].text or "").startswith(
        "30 tables in 11 apps. accounts: users, sessions, idempotency_keys, authenticator_secrets. "
    )
    ids = [part.attrib["id"] for part in root.iter() if "id" in part.attrib]
    assert len(ids) == len(set(ids))
    text = PICTURE.read_text()
    assert len(text) < 150_000
    assert re.findall(r"https?://[^\"]+", text) == ["http://www.w3.org/2000/svg"]
    assert text.count("</svg>") == 1
