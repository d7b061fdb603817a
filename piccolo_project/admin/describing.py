"""Describes a table to the admin's page, which builds its forms from it."""

from typing import Any

from piccolo.table import Table
from piccolo.utils.pydantic import create_pydantic_model

from apps.shared.db.tables import get_nouns, names
from piccolo_project.admin.columns import (
    allowed_actions,
    form_columns,
    is_hidden,
    order_fields,
    readonly_reason,
    required_columns,
)

SPELLINGS = {"id": "ID", "url": "URL", "youtube": "YouTube", "spotify": "Spotify", "mfa": "MFA"}


def row_noun(table: type[Table]) -> str:
    """What one row is called, such as "pipeline run"."""
    return get_nouns(table)[0]


def format_label(name: str) -> str:
    """`youtube_video_id` → YouTube video ID."""
    words = [SPELLINGS.get(word, word) for word in name.split("_")]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


def describe_rights(table: type[Table]) -> dict[str, list[str]]:
    """`given_once`: the read-only columns that can be set on a new row."""
    kept = [column for column in form_columns(table) if readonly_reason(column)]
    once = [column for column in kept if not readonly_reason(column, is_new=True)]
    return {
        "allowed": allowed_actions(table),
        "read_only_columns": names(kept),
        "given_once": names(once),
    }


def table_schema(table: type[Table], extra: dict[str, Any]) -> dict[str, Any]:
    """Piccolo's JSON schema, in a better order and without hidden columns."""
    hidden = (column for column in table._meta.columns if is_hidden(column))
    model = create_pydantic_model(
        table,
        model_name=table.__name__,
        exclude_columns=(table._meta.primary_key, *hidden),
        json_schema_extra={"extra": extra},
    )
    made = model.model_json_schema()
    fields = made["properties"]
    references = set(names(table._meta.foreign_key_columns))
    for name, field in fields.items():
        field["title"] = format_label(name.removesuffix("_id") if name in references else name)
    for column in form_columns(table):
        if (why := readonly_reason(column)) and (field := fields.get(column._meta.name)):
            help_text = f"{column._meta.help_text or ''} Read-only: {why}."
            field["extra"]["help_text"] = help_text.strip()
    made["properties"] = {name: fields[name] for name in order_fields(table) if name in fields}
    made["required"] = names(required_columns(table))
    return made
