"""What is true of the database and the program, as the sentences that proofs are compared with."""

import importlib
import inspect
import re

import asyncpg
from litestar import Litestar

from apps.shared.db.repositories import Repository
from apps.shared.settings import Settings
from tests.lineage import ROOT
from tests.lineage.proofs import normalised, plain

INDEX = re.compile(
    r"CREATE (?P<unique>UNIQUE )?INDEX \S+ ON (?:ONLY )?(?:\w+\.)?(?P<table>\w+)"
    r" USING (?P<method>\w+) \((?P<columns>.+?)\)(?P<together> NULLS NOT DISTINCT)?"
    r"(?: WITH \([^)]*\))?(?: WHERE (?P<where>.+))?"
)

TRIGGER = re.compile(
    r"CREATE (?:CONSTRAINT )?TRIGGER \S+ (?P<timing>BEFORE|AFTER) (?P<events>.+?) ON \S+ .*?"
    r"FOR EACH (?P<each>ROW|STATEMENT) .*?EXECUTE FUNCTION (?:\w+\.)?(?P<function>\w+)\(.*\)"
)

QUERY = """
WITH tables AS (
    SELECT oid, relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
)
SELECT 'column', format('%s.%s %s %s', t.relname, attname, format_type(atttypid, atttypmod),
        CASE WHEN attnotnull THEN 'not null' ELSE 'null' END), pg_get_expr(adbin, adrelid)
    FROM tables t JOIN pg_attribute a ON attrelid = t.oid
    LEFT JOIN pg_attrdef d ON adrelid = t.oid AND adnum = attnum
    WHERE attnum > 0 AND NOT attisdropped
UNION ALL SELECT 'primary key', format('%s.%s', t.relname, attname), NULL
    FROM tables t JOIN pg_index i ON indrelid = t.oid
    JOIN pg_attribute a ON attrelid = t.oid AND attnum = indkey[0]
    WHERE indisprimary AND indnatts = 1
UNION ALL SELECT 'index', pg_get_indexdef(indexrelid), NULL
    FROM tables t JOIN pg_index i ON indrelid = t.oid WHERE indisvalid AND NOT indisprimary
UNION ALL SELECT 'check', conname, pg_get_constraintdef(c.oid)
    FROM tables t JOIN pg_constraint c ON conrelid = t.oid WHERE contype = 'c' AND convalidated
UNION ALL SELECT 'reference', format('%s.%s -> %s %s', t.relname, attname, f.relname,
        CASE confdeltype WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null' ELSE 'no action' END),
        NULL
    FROM tables t JOIN pg_constraint c ON conrelid = t.oid JOIN tables f ON f.oid = confrelid
    JOIN pg_attribute a ON attrelid = t.oid AND attnum = conkey[1]
    WHERE contype = 'f' AND convalidated AND cardinality(conkey) = 1
UNION ALL SELECT 'trigger', format('%s %s', t.relname, tgname), pg_get_triggerdef(g.oid)
    FROM tables t JOIN pg_trigger g ON tgrelid = t.oid
    WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')
UNION ALL SELECT 'extension', name, NULL FROM pg_available_extensions
"""


def describe_index(definition: str) -> str:
    found = INDEX.fullmatch(definition)
    assert found, f"This index is not understood: {definition}"
    kind = "unique" if found["unique"] else "index"
    sentence = f"{kind} {found['table']}({found['columns']})"
    if found["method"] != "btree":
        sentence += f" using {found['method']}"
    if found["together"]:
        sentence += " nulls not distinct"
    return sentence + (f" where {unwrapped(found['where'])}" if found["where"] else "")


def describe_trigger(name: str, definition: str) -> str:
    found = TRIGGER.fullmatch(definition)
    assert found, f"This trigger is not understood: {definition}"
    when = f"{found['timing']} {found['events']} {found['each']}".lower()
    return f"trigger {name} {when} {found['function']}"


def unwrapped(sql: str) -> str:
    """Without the brackets that PostgreSQL puts around a whole condition."""
    return sql[1:-1] if sql.startswith("(") and sql.endswith(")") else sql


def describe_check(name: str, definition: str) -> list[str]:
    condition = plain(unwrapped(unwrapped(definition.removeprefix("CHECK "))))
    sentences = [f"check {name}", f"check {name} is {condition}"]
    if found := re.fullmatch(r"\w+ = ANY \(+ARRAY\[(.+)\]\)+", condition):
        values = ", ".join(sorted(re.findall("'([^']*)'", found[1])))
        sentences.append(f"check {name} allows {values}")
    return sentences


async def database_facts(connection: asyncpg.Connection) -> set[str]:
    facts = set()
    for kind, subject, detail in await connection.fetch(QUERY):
        if kind == "index":
            facts.add(normalised(describe_index(subject)))
        elif kind == "check":
            facts.update(describe_check(subject, detail))
        elif kind == "trigger":
            facts.add(describe_trigger(subject, detail))
        else:
            default = plain(detail or "NULL")
            facts.add(f"{kind} {subject}" + ("" if default == "NULL" else f" default {default}"))
    return facts


def program_facts(application: Litestar) -> set[str]:
    facts = {
        f"route {method} {route.path_format}"
        for route in application.routes
        for method in getattr(route, "methods", ())
    }
    for name, field in Settings.model_fields.items():
        default = str(field.default)
        is_word = default in {"None", "True", "False"}
        facts.add(f"setting {name.upper()} {default.lower() if is_word else default}")
    for path in (ROOT / "apps").glob("*/repositories.py"):
        module = importlib.import_module(f"apps.{path.parent.name}.repositories")
        for name, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, Repository):
                methods = inspect.getmembers(kind, inspect.isfunction)
                facts.update(f"method {name}.{method}" for method, _ in methods)
    for path in (ROOT / "tests").glob("*/test_constraints.py"):
        module = importlib.import_module(f"tests.{path.parent.name}.test_constraints")
        facts.update(f"refusal {case.constraint} {case.table}" for case in module.REFUSED)
    for path in (ROOT / "tests").glob("**/test_*.py"):
        tests = re.findall(r"^(?:async )?def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
        facts.update(f"test {path.relative_to(ROOT).as_posix()}::{test}" for test in tests)
    return facts
