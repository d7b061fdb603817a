"""The rows of one table in the admin: read, added, changed and deleted."""

from typing import Any
from uuid import UUID

import msgspec
from piccolo.columns import Column
from piccolo.query import Select
from piccolo.table import Table
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from apps.accounts.callers import forget_callers
from apps.accounts.tables import Session, User
from apps.shared.db.engine import get_engine
from apps.shared.db.repositories import parse_uuid
from apps.shared.db.tables import names
from apps.shared.db.times import select_bounded
from apps.shared.errors import BadRequest, NotFound
from apps.shared.rows.statements import Arguments
from apps.shared.rows.writing import insert_row, update_row
from piccolo_project.admin.bodies import read_row
from piccolo_project.admin.columns import (
    HEAVY,
    READ_ONLY,
    allowed_actions,
    form_columns,
    readonly_reason,
)
from piccolo_project.admin.deletions import delete_single, describe_deletion
from piccolo_project.admin.describing import describe_rights, row_noun, table_schema
from piccolo_project.admin.filters import ListingQuery
from piccolo_project.admin.listings import format_rows
from piccolo_project.admin.pages import ListingCrud, json_response, validated
from piccolo_project.admin.secrets import mask_row
from piccolo_project.admin.settings import check_settings, refuse_secrets
from piccolo_project.admin.writing import find_columns, parse_changes, parse_new


class Crud(ListingCrud):
    """Raises DomainErrors; `routes.respond_with_error` formats them for the page."""

    def __init__(self, table: type[Table], **options: Any) -> None:
        extra = {**describe_rights(table), "table": table._meta.tablename, "one": row_noun(table)}
        options["schema_extra"] = {**options.get("schema_extra", {}), **extra}
        super().__init__(table, **options)
        self.schema = msgspec.json.encode(table_schema(table, self.schema_extra))
        # Before the route of one row, which takes any name.
        self.routes.insert(0, Route("/deletion/", self.get_deletion, methods=["GET"]))

    @validated
    async def get_schema(self, request: Request) -> Response:
        return Response(self.schema, media_type="application/json")

    def default_fields(self, query: ListingQuery) -> list[str]:
        listed = {self.key._meta.name, *self.schema_extra["visible_column_names"]}
        return [
            name
            for name in self.parser.fields
            if name in listed or (query.is_file and name not in HEAVY)
        ]

    def format_rows(
        self, rows: list[dict[str, Any]], *, is_file: bool = False
    ) -> list[dict[str, Any]]:
        return format_rows(self.table, rows, self.schema_extra["link_column_name"], is_file=is_file)

    @validated
    async def get_new(self, request: Request) -> Response:
        """The defaults of a new row."""
        row = self.table(_ignore_missing=True).to_dict()
        chosen = [
            column
            for column in form_columns(self.table)
            if not readonly_reason(column, is_new=True)
        ]
        return json_response({name: row.get(name) for name in names(chosen)})

    async def root(self, request: Request) -> Response:
        if request.method == "POST":
            return await self.post_single(request, await read_row(request))
        return await super().root(request)

    async def detail(self, request: Request) -> Response:
        row_id = parse_uuid(request.path_params["row_id"])
        if row_id is None:
            raise self.no_such_row(request.path_params["row_id"])
        match request.method:
            case "PATCH":
                return await self.patch_single(request, row_id, await read_row(request))
            case "DELETE":
                return await self.delete_single(request, row_id)
            case "PUT":
                raise HTTPException(405, "Use PATCH, which changes only what is sent.")
        return await self.get_single(request, row_id)

    def no_such_row(self, row_id: object) -> NotFound:
        return NotFound(f"{self.table._meta.tablename} has no row {row_id}.")

    def select_row(self, row_id: UUID, *more: Any) -> Select[Any]:
        columns = (select_bounded(column) for column in self.table._meta.columns)
        return self.table.select(*columns, *more).where(self.key == row_id)

    async def fetch_row(self, query: Select[Any], row_id: UUID) -> dict[str, Any]:
        """The row, with its encrypted values masked. Raises NotFound."""
        row = await query.first()
        if row is None:
            raise self.no_such_row(row_id)
        return mask_row(self.table, row)

    @validated
    async def get_single(self, request: Request, row_id: UUID) -> Response:
        references = self.table._meta.foreign_key_columns
        more = [self.table._get_related_readable(column) for column in references]
        more = more if "__readable" in request.query_params else []
        row = await self.fetch_row(self.select_row(row_id, *more), row_id)
        hidden = {*names(self.table._meta.columns)} - self.parser.fields.keys()
        return json_response({name: row[name] for name in row if name not in hidden})

    @validated
    async def post_single(self, request: Request, data: dict[str, Any]) -> Response:
        self.check_allowed("add")
        refuse_secrets(self.table, data)
        values = parse_new(self.table, find_columns(self.table, data))
        await check_settings(self.table, {}, values)
        if self.table is User:
            row_id = (await User.create_user(**values)).id
        else:
            row_id = await self.insert(values)
        return json_response({self.key._meta.name: row_id}, 201)

    async def insert(self, values: dict[str, Any]) -> UUID:
        args = Arguments()
        statement = insert_row(self.table, values, args)
        async with get_engine().connection() as connection:
            row_id: UUID = await connection.fetchval(f"{statement} RETURNING id", *args)
        return row_id

    @validated
    async def patch_single(self, request: Request, row_id: UUID, data: dict[str, Any]) -> Response:
        refuse_secrets(self.table, data)
        sent = find_columns(self.table, data)
        password = sent.pop(User.password, None)
        hashed = None if password is None else await User.check_and_hash(str(password))
        async with get_engine().transaction():
            await self.update(row_id, sent, hashed)
        self.forget_callers()
        return await self.get_single(request, row_id)

    async def update(self, row_id: UUID, sent: dict[Column, Any], password: str | None) -> None:
        """`password` is hashed. Nobody else changes the row meanwhile. Raises Conflict."""
        locked = self.select_row(row_id).lock_rows("NO KEY UPDATE")
        stored = await self.fetch_row(locked, row_id)
        values = parse_changes(self.table, stored, sent)
        await check_settings(self.table, stored, values)
        if values:
            args = Arguments()
            statement = update_row(self.table, values, args, f"t.id = {args.add(row_id)}")
            async with get_engine().connection() as connection:
                await connection.execute(statement, *args)
        if password is not None:
            await User.replace_password(User.id == row_id, password)

    @validated
    async def delete_single(self, request: Request, row_id: UUID) -> Response:
        self.check_allowed("delete")
        gone = await self.table.delete().where(self.key == row_id).returning(self.key)
        if not gone:
            raise self.no_such_row(row_id)
        self.forget_callers()
        return Response(status_code=204)

    def forget_callers(self) -> None:
        """So that a person who was shut out is out at once."""
        if self.table in {User, Session}:
            forget_callers()

    def check_allowed(self, verb: str) -> None:
        if verb not in allowed_actions(self.table):
            done = "added" if verb == "add" else "deleted"
            raise HTTPException(405, f"Rows cannot be {done} here: {READ_ONLY[self.table]}.")

    async def get_deletion(self, request: Request) -> Response:
        """What goes along with the rows `ids`, in a sentence. Raises BadRequest.

        It is told to whoever may delete them.
        """
        await delete_single(self, Request({**request.scope, "method": "DELETE"}))
        ids = [parse_uuid(each) for each in request.query_params.get("ids", "").split(",")]
        rows = [row_id for row_id in ids if row_id]
        if len(rows) < len(ids) or len(ids) > self.max_page_size:
            raise BadRequest(
                f"ids must be the ids of 1 to {self.max_page_size} rows, separated by commas."
            )
        return json_response({"sentence": await describe_deletion(self.table, rows)})
