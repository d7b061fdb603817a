"""The rows of a listing, and of the file that the page makes of them."""

import re
from typing import Any

from piccolo.columns import JSON
from piccolo.table import Table

from piccolo_project.admin.secrets import mask_row

LENGTH = 100
"""So many characters of a text are shown in a listing."""

# A spreadsheet works out what begins like this. An @handle or -id is none of it.
FORMULA = re.compile(r"[=\t\r]|[-+@].*[(|!]", re.DOTALL)


def format_rows(
    table: type[Table], rows: list[dict[str, Any]], link: str, *, is_file: bool
) -> list[dict[str, Any]]:
    """`link` is the column whose text opens the row: it is never empty."""
    json_columns = {each._meta.name for each in table._meta.columns if isinstance(each, JSON)}
    format_text = escape_formula if is_file else shorten_text
    for row in rows:
        row.update(mask_row(table, row))
        for name, value in row.items():
            if isinstance(value, str) and name not in json_columns:
                row[name] = format_text(value)
        if link in row and not str(row[link] or "").strip() and not is_file:
            row[link] = f"(no {link.replace('_', ' ')})"
    return rows


def shorten_text(text: str) -> str:
    return text if len(text) <= LENGTH else f"{text[: LENGTH - 1]}…"


def escape_formula(text: str) -> str:
    """In a cell an apostrophe in front says that what follows is text."""
    return f"'{text}" if FORMULA.match(text) else text
