"""What is true of parameters and bodies and no schema can say, for Schemathesis to keep to."""

from typing import Any

import schemathesis
from piccolo.conf.apps import Finder

from apps.shared.db.tables import constraint_messages
from apps.shared.http.constraints import describe_constraints

REFERENCE = "No such "
SAID = {
    constraint_messages()[check]
    for table in Finder().get_table_classes()
    for check in describe_constraints(table)[1]
}
SAID.add("A token must expire in the future, within ten years.")
"""The rules that the description tells in words, as they are over several columns or of the day."""


@schemathesis.check
def refused_by_a_rule_in_words(ctx: Any, response: Any, case: Any) -> None:
    """422 for what its schema allows is for a reference to no row, or for such a rule."""
    if response.status_code == 422 and not case.meta.generation.mode.is_negative:
        faults = response.json().get("errors", [])
        told = {fault["message"] for fault in faults}
        unknown = {text for text in told - SAID if not text.startswith(REFERENCE)}
        assert told
        assert not unknown, response.text


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Of what must be accepted, some things are put right.

    A cursor is what the page before gave in the same order: a made-up one is left out. No field
    is sorted by twice. A filter for JSON, and a list of times or numbers, is that of its example.
    An Idempotency-Key is for one body alone.
    """
    if not case.meta.generation.mode.is_negative:
        case.headers.pop("Idempotency-Key", None)
    if not case.query or case.meta.generation.mode.is_negative:
        return
    case.query.pop("cursor", None)
    if order := case.query.get("order"):
        named = {each.lstrip("-"): each for each in order.split(",")}
        case.query["order"] = ",".join(named.values())
    shown = examples(case.operation.schema.raw_schema)
    case.query.update({name: shown[name] for name in case.query.keys() & shown.keys()})


def examples(document: dict[str, Any]) -> dict[str, str]:
    """Filter → its example. A name means the same in each table."""
    return {
        name: schema["examples"][0]
        for title, query in document["components"]["schemas"].items()
        if title.endswith("Query")
        for name, schema in query["properties"].items()
        if "examples" in schema
    }
