"""The tables of the database the program is connected to, as its catalog has them."""

import re
from dataclasses import dataclass

from piccolo.conf.apps import Finder

import piccolo_conf

LEFT_OUT = ("id", "created_at", "updated_at")
"""What every table has, so that no picture of it need say so."""

SHORT = {
    "character varying": "varchar",
    "timestamp with time zone": "timestamptz",
    "double precision": "double",
}

# What a unique index is over: its columns, and those in its expressions and its condition.
COLUMNS = """
WITH uniques AS (
    SELECT i.indrelid, array(
        SELECT unnest(i.indkey::int2[]) UNION
        SELECT refobjsubid FROM pg_depend WHERE objid = i.indexrelid AND refobjid = i.indrelid
        EXCEPT SELECT 0) AS columns
    FROM pg_index i JOIN pg_index p ON p.indrelid = i.indrelid AND p.indisprimary
    WHERE i.indisunique AND NOT i.indkey::int2[] @> p.indkey::int2[]
)
SELECT t.relname AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
    NOT a.attnotnull AS nullable,
    ARRAY[a.attnum::int] IN (SELECT columns FROM uniques WHERE indrelid = t.oid) AS is_unique,
    EXISTS (SELECT FROM uniques WHERE indrelid = t.oid AND a.attnum = ANY(columns)) AS in_unique,
    (SELECT pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = t.oid AND contype = 'c' AND conkey = ARRAY[a.attnum]
        AND pg_get_constraintdef(oid) LIKE '%= ANY %') AS choices
FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid
WHERE t.relnamespace = 'public'::regnamespace AND t.relkind = 'r' AND t.relname <> 'migration'
    AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY t.relname, a.attnum
"""

REFERENCES = """
SELECT conrelid::regclass::text AS table, confrelid::regclass::text AS target, conname AS name,
    CASE confdeltype WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set-null' ELSE 'refuse' END
        AS on_delete,
    array(SELECT attname FROM unnest(conkey) WITH ORDINALITY k (num, at)
        JOIN pg_attribute ON attrelid = conrelid AND attnum = num ORDER BY at) AS columns,
    regexp_replace(pg_get_constraintdef(oid), 'FOREIGN KEY | ON UPDATE CASCADE', '', 'g') AS words
FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
ORDER BY conrelid::regclass::text, cardinality(conkey), conname
"""


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    nullable: bool
    is_unique: bool
    in_unique: bool
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Reference:
    """From `columns` of a table to another; `words` are PostgreSQL's own."""

    table: str
    target: str
    name: str
    columns: tuple[str, ...]
    on_delete: str
    words: str


@dataclass(frozen=True)
class Schema:
    apps: dict[str, list[str]]
    """The tables of each app."""

    tables: dict[str, list[Column]]
    references: list[Reference]

    def shown(self, table: str) -> list[Column]:
        return [column for column in self.tables[table] if column.name not in LEFT_OUT]

    def app_of(self, table: str) -> str:
        return next(app for app, tables in self.apps.items() if table in tables)


def short(type_name: str) -> str:
    for long, word in SHORT.items():
        type_name = type_name.replace(long, word)
    return type_name


async def read() -> Schema:
    async with piccolo_conf.DB.connection() as connection:
        columns = await connection.fetch(COLUMNS)
        references = await connection.fetch(REFERENCES)
    tables: dict[str, list[Column]] = {}
    for row in columns:
        values = tuple(re.findall(r"'([^']*)'", row["choices"] or ""))
        marks = (row["nullable"], row["is_unique"], row["in_unique"])
        column = Column(row["name"], short(row["type"]), *marks, values)
        tables.setdefault(row["table"], []).append(column)
    apps = {
        app.app_name: [table._meta.tablename for table in app.table_classes]
        for app in Finder().get_app_registry().app_configs.values()
        if app.table_classes
    }
    found = [Reference(**{**dict(row), "columns": tuple(row["columns"])}) for row in references]
    return Schema(apps, tables, found)
