"""What a column is for is said, beside its field and in the description of the API."""

import httpx
import pytest
from piccolo.conf.apps import Finder
from piccolo.table import Table

from piccolo_project.admin.columns import form_columns, order_fields, readonly_reason
from tests.admin.rows import TABLES

OBVIOUS = {
    *("id", "name", "title", "description", "status", "platform", "content", "url", "key"),
    *("user_id", "channel_id", "video_id", "clip_id", "moment_id", "transcript_id", "prompt_id"),
    *("conversation_id", "template_name"),
}


@pytest.mark.parametrize("table", Finder().get_table_classes(), ids=lambda t: t._meta.tablename)
def test_each_column_has_a_help_text_or_needs_none(table: type[Table]) -> None:
    for column in table._meta.columns:
        text = column._meta.help_text
        assert column._meta.name in OBVIOUS or text, column._meta.name
        if text:
            assert text[0].isupper() or text[0].isdigit() or "→" in text or ":" in text, text
            assert text.endswith("."), text
            assert len(text) <= 100, text


@pytest.mark.parametrize("name", TABLES)
async def test_a_form_is_in_order_and_says_what_is_kept(
    admin: httpx.AsyncClient, name: str
) -> None:
    schema = (await admin.get(f"api/tables/{name}/schema/")).json()
    (table,) = [each for each in Finder().get_table_classes() if each._meta.tablename == name]
    fields, extra = [*schema["properties"]], schema["extra"]
    assert fields == [each for each in order_fields(table) if each != "id"]
    times = [each for each in ("created_at", "updated_at") if each in fields]
    assert fields[-len(times) :] == times
    kept = [each in extra["read_only_columns"] for each in fields]
    assert kept == sorted(kept)
    for column in form_columns(table):
        if (why := readonly_reason(column)) and column._meta.name != "id":
            said = schema["properties"][column._meta.name]["extra"]["help_text"]
            assert said.endswith(f"Read-only: {why}.")
    assert {*extra["given_once"]} <= {*extra["read_only_columns"]}
    assert {*schema["required"]} <= {*fields} - {*extra["read_only_columns"]} | {
        *extra["given_once"]
    }


async def test_the_api_says_it_too(client: httpx.AsyncClient) -> None:
    described = (await client.get("/schema/openapi.json")).json()
    video = described["components"]["schemas"]["Video"]["properties"]
    assert video["duration_seconds"]["description"] == "In seconds."
