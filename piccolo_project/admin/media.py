"""The columns that hold a file's path."""

from collections.abc import Iterator, Mapping

from piccolo.columns import Text

from apps.media.storage import build_storages
from piccolo_project.admin.views import VIEWS


def file_columns() -> Iterator[tuple[Text, Mapping[str, str]]]:
    """Each with extension → media type of what it takes."""
    for table, view in VIEWS.items():
        for name, kinds in view.media.items():
            column = table._meta.get_column_by_name(name)
            assert isinstance(column, Text), f"{table.__name__}.{name} must be a Text."
            yield column, kinds


MEDIA = build_storages(*file_columns())
"""Table → its media storages."""
