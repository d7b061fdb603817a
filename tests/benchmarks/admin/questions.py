"""What the admin's page asks of a table: listings, sorts, filters, the chooser of references."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx

from tests.benchmarks.library import VOCABULARY

PAGE = {"__readable": "true", "__page_size": "25", "__page": "1"}
COMMON, UNKNOWN = VOCABULARY[0], "zzyzx"


class Question(NamedTuple):
    table: str
    what: str
    path: str
    params: tuple[tuple[str, str], ...]


def questions(client: httpx.Client, table: str) -> list[Question]:
    return list(Asking(client, table).all())


class Asking:
    def __init__(self, client: httpx.Client, table: str) -> None:
        self.client, self.table = client, table
        self.schema = self.get("schema/")
        self.shown = self.schema["extra"]
        order = self.shown["order_by"][0]
        self.order = {"__order": ("" if order["ascending"] else "-") + order["column"]}
        page = self.get("", **PAGE, **self.order)["rows"]
        self.row: dict[str, Any] = page[len(page) // 2] if page else {}
        if self.row:
            self.row = self.get(f"{self.row['id']}/")

    def get(self, path: str, **params: str) -> Any:
        answer = self.client.get(f"{self.table}/{path}", params=params)
        answer.raise_for_status()
        return answer.json()

    def ask(self, what: str, path: str = "", *params: dict[str, str]) -> Question:
        asked = tuple(each for group in params for each in group.items())
        return Question(self.table, what, path, asked)

    def all(self) -> Iterator[Question]:
        yield self.ask("schema", "schema/")
        yield self.ask("references", "references/")
        yield from self.pages()
        for column in self.shown["visible_column_names"]:
            for sign in ("", "-"):
                yield self.ask(f"sort {sign}{column}", "", PAGE, {"__order": sign + column})
        for column in filter(
            self.schema["properties"].__contains__, self.shown["visible_filter_names"]
        ):
            for what, values in self.filters(column):
                yield self.ask(f"count {column} {what}", "count/", values)
                yield self.ask(f"rows {column} {what}", "", PAGE, self.order, values)
        if self.get("references/")["references"]:
            yield from self.chooser()

    def pages(self) -> Iterator[Question]:
        count = self.get("count/")["count"]
        last = max(1, -(-count // 25))
        yield self.ask("count", "count/")
        for what, number in {"1": 1, "2": 2, "middle": (last + 1) // 2, "last": last}.items():
            yield self.ask(f"page {what}", "", PAGE | {"__page": str(number)}, self.order)
        if self.row:
            yield self.ask("row", f"{self.row['id']}/", {"__readable": "true"})

    def chooser(self) -> Iterator[Question]:
        """The page asks for six and shows five."""
        yield self.ask("ids", "ids/", {"limit": "6"})
        for term in (COMMON, UNKNOWN):
            yield self.ask(f"ids {term}", "ids/", {"limit": "6", "search": term})

    def filters(self, column: str) -> Iterator[tuple[str, dict[str, str]]]:
        described = self.schema["properties"][column]
        kinds = {part.get("type") for part in described.get("anyOf", [described])}
        formats = {part.get("format") for part in described.get("anyOf", [described])}
        extra = described["extra"]
        value = self.row.get(column)
        if extra.get("nullable") and not extra.get("secret"):
            yield "is null", {f"{column}__operator": "is_null"}
        if extra.get("widget") == "json" or extra.get("secret"):
            return
        if extra.get("choices"):
            for choice in extra["choices"].values():
                yield str(choice["value"]), {column: choice["value"], f"{column}__match": "exact"}
        elif "boolean" in kinds:
            yield "true", {column: "true"}
            yield "false", {column: "false"}
        elif kinds & {"number", "integer"} or formats & {"date", "date-time"}:
            if value is not None:
                for operator in ("e", "gte", "lt"):
                    yield operator, {column: str(value), f"{column}__operator": operator}
        elif "array" in kinds:
            yield "any", {f"{column}[]": str(value[0]) if value else UNKNOWN}
        elif formats & {"uuid"} or extra.get("foreign_key"):
            if value is not None:
                yield "of one", {column: str(value)}
        else:
            yield from self.texts(column, value)

    def texts(self, column: str, value: str | None) -> Iterator[tuple[str, dict[str, str]]]:
        terms = {"unknown": UNKNOWN, "common": COMMON}
        if value:
            terms |= {"rare": value[-12:], "whole": value[:100]}
        for match in ("contains", "starts", "exact"):
            for what, term in terms.items():
                yield f"{match} {what}", {column: term, f"{column}__match": match}


def tables(client: httpx.Client) -> list[str]:
    answered: list[str] = json.loads(client.get("").content)
    return answered
