"""Where everything stands on the page, in points from its top left corner.

Sizes are fixed, so that nothing depends on the fonts of the machine.
"""

from dataclasses import dataclass

from tests.schema.catalog import Schema

COLUMN, GUTTER = 214, 76
HEAD, ROW, FOOT = 24, 16, 4
TITLE, PADDING, GAP = 30, 14, 20

# Side by side, groups of apps, one below the other; of an app, columns of tables. Chosen so that
# what refers to each other is near. A table that is not here comes last in its app.
PAGE: list[dict[str, list[str]]] = [
    {
        "accounts": ["users sessions"],
        "conversations": ["conversations messages templates"],
        "configuration": ["channel_configuration system_configuration"],
    },
    {
        "catalog": ["channels import_records", "videos"],
        "statistics": ["channel_statistics", "video_statistics"],
        "processing": ["processing_sessions", "processing_jobs"],
    },
    {
        "transcripts": ["transcripts", "chunks"],
        "moments": ["generation_configs prompts pipeline_history", "moments clips thumbnails"],
    },
    {
        "publishing": ["publications transformation_presets music"],
    },
]


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float


@dataclass
class Page:
    """The boxes of apps and tables, and of the space below the last app."""

    apps: dict[str, Box]
    tables: dict[str, Box]
    free: Box


def columns_of(schema: Schema, app: str, columns: list[str]) -> list[list[str]]:
    there = [[table for table in column.split() if table in schema.tables] for column in columns]
    named = {table for column in there for table in column}
    there[-1] += [table for table in schema.apps[app] if table not in named]
    return there


def arrange(schema: Schema) -> Page:
    page = Page({}, {}, Box(0, 0, 0, 0))
    strange = {app: [""] for app in schema.apps if not any(app in part for part in PAGE)}
    left = 0.0
    for part in [*PAGE[:-1], PAGE[-1] | strange]:
        top = 0.0
        for app, columns in part.items():
            x, bottom = left, top
            for column in columns_of(schema, app, columns):
                y = top + TITLE
                for table in column:
                    height = HEAD + ROW * len(schema.shown(table)) + FOOT
                    page.tables[table] = Box(x, y, COLUMN, height)
                    y += height + GAP
                x, bottom = x + COLUMN + GUTTER, max(bottom, y - GAP + PADDING)
            page.apps[app] = Box(left - PADDING, top, x - GUTTER - left + 2 * PADDING, bottom - top)
            top = bottom + GAP
        page.free = Box(left, top, COLUMN, 0)
        left += (COLUMN + GUTTER) * max(map(len, part.values()))
    return page
