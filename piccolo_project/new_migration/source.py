"""A migration as Python, and what a reviewer should look at in it."""

import re
from collections.abc import Iterator, Sequence

import black
from piccolo import __VERSION__
from piccolo.apps.migrations.auto import AlterStatements

from piccolo_project.new_migration.differences import Step

HEADER = '''"""{name}.

{points}
"""

{imports}

from apps.shared.db.migrations import MigrationManager

{definitions}

ID = "{migration_id}"
VERSION = "{version}"
DESCRIPTION = "{name}"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="{app}", description=DESCRIPTION)

{body}

    return manager
'''


def render(
    app: str, name: str, migration_id: str, changes: Sequence[AlterStatements], steps: list[Step]
) -> str:
    statements = [text for change in changes for text in change.statements]
    imports = {f"{each!r}" for change in changes for each in change.extra_imports}
    definitions = {f"{each!r}" for change in changes for each in change.extra_definitions}
    body = [*statements, *(render_step(step) for step in steps)]
    source = HEADER.format(
        name=name[:1].upper() + name[1:],
        points="\n".join(f"- {point}" for point in review_points(statements, steps)),
        imports="\n".join(sorted(each for each in imports if "MigrationManager" not in each)),
        definitions="\n\n".join(sorted(definitions)),
        migration_id=migration_id,
        version=__VERSION__,
        app=app,
        body="\n\n".join(f"    {text}" for text in body),
    )
    return black.format_str(source, mode=black.Mode(line_length=100))


def render_step(step: Step) -> str:
    first = ", first=True" if step.is_first else ""
    return f"manager.add_sql({quote(step.forwards)}, {quote(step.backwards)}{first})"


def quote(sql: str) -> str:
    if not sql:
        return '""'
    escaped = sql.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    escaped = escaped[:-1] + '\\"' if escaped.endswith('"') else escaped
    return f'"""\\\n{escaped}"""'


ADVICE = {
    "add_column": "Adds {part}; existing rows get its default.",
    "drop_column": "DELETES DATA: drops {part}. Backwards brings none of it back.",
    "drop_table": "DELETES DATA: drops {table}. Backwards brings none of it back.",
    "alter_column": "Alters {part}: another type rewrites the table under an exclusive lock.",
    "rename_column": "Renames a column of {table}: a program that still runs asks for the old one.",
    "rename_table": "Renames {table}: a program that still runs asks for the old one.",
    "add_constraint": "Checks every row of {table} under an exclusive lock: {part}.",
    "drop_constraint": "Drops the rule {part}.",
}
"""What Piccolo does to a table that is there already."""
TRIED = "Ran forwards and backwards on an empty database. Read each statement all the same."


def review_points(statements: Sequence[str], steps: Sequence[Step]) -> Iterator[str]:
    """What it does, and where rows or large tables are at stake."""
    new = {_argument(text, "tablename") for text in statements if ".add_table(" in text}
    yield from (f"Adds the table {table}." for table in sorted(new))
    for text in statements:
        table = _argument(text, "tablename")
        advice = ADVICE.get(text.removeprefix("manager.").partition("(")[0])
        if advice and table not in new:
            part = f"{table}.{_argument(text, 'column_name') or _argument(text, 'constraint_name')}"
            yield advice.format(table=table, part=part)
    for step in steps:
        if step.is_first:
            yield f"Removes what no table declares any more: {step.forwards}."
        yield from _review_sql(step.forwards, new)
    yield TRIED


def _review_sql(sql: str, new: set[str]) -> Iterator[str]:
    for index, table in re.findall(r"CREATE (?:UNIQUE )?INDEX (\w+) ON (?:public\.)?(\w+)", sql):
        if table not in new:
            yield f"Builds {index}, which blocks writes to {table}."
    for trigger, table in re.findall(r"CREATE TRIGGER (\w+) .*? ON (\w+)\s", sql, re.DOTALL):
        if table not in new:
            yield f"Sets the trigger {trigger} on {table}, once nobody is writing there."


def _argument(text: str, name: str) -> str:
    found = re.search(rf"\b{name}=['\"](\w+)", text)
    return found[1] if found else ""
