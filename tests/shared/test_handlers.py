"""Handlers are short, and guards check roles before they run."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar

from tests.accounts.callers import signed_in

HTTP_METHODS = {"get", "post", "put", "patch", "delete", "route"}
ROLES = {"admin", "superuser", "is_administrator", "is_superuser", "check_superuser"}
SOURCES = [*Path("apps").rglob("*.py"), *Path("piccolo_project").rglob("*.py")]

AnyFunction = ast.FunctionDef | ast.AsyncFunctionDef


def find_handlers(tree: ast.Module) -> Iterator[AnyFunction]:
    """The functions with one of Litestar's decorators, wherever they are nested."""
    for node in ast.walk(tree):
        if isinstance(node, AnyFunction):
            names = {
                each.func.id
                for each in node.decorator_list
                if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)
            }
            if names & HTTP_METHODS:
                yield node


def find_role_checks(node: ast.AST) -> set[str]:
    """The roles that a function mentions."""
    mentioned = {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
    mentioned |= {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return mentioned & ROLES


def test_no_handler_checks_a_role() -> None:
    found = [
        (file.as_posix(), handler.name, find_role_checks(statement))
        for file in SOURCES
        for handler in find_handlers(ast.parse(file.read_text()))
        for statement in handler.body
    ]
    assert len({(file, name) for file, name, _ in found}) > 40
    assert [each for each in found if each[2]] == []


def test_no_module_has_a_role_check_of_its_own() -> None:
    """Those that raise Forbidden for want of a role are the guards and the rows' own access."""
    found = set()
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.If) and find_role_checks(node.test):
                raised = {each for each in ast.walk(node) if isinstance(each, ast.Raise)}
                if any("Forbidden" in ast.unparse(each) for each in raised):
                    found.add(file.as_posix())
    assert found == {"apps/shared/http/guards.py"}


def test_a_handler_is_short() -> None:
    """Under ten lines besides its docstring: what takes more is the work of a service."""
    found = {}
    for file in SOURCES:
        for handler in find_handlers(ast.parse(file.read_text())):
            body = handler.body[1:] if ast.get_docstring(handler) else handler.body
            if body:
                lines = (body[-1].end_lineno or 0) - body[0].lineno + 1
                found[f"{file}:{handler.name}"] = lines
    assert len(found) > 40
    assert [name for name, lines in found.items() if lines >= 10] == []


@pytest.mark.parametrize(
    ("method", "path", "message"),
    [
        ("POST", "/api/imports", "Only an administrator can import folders."),
        ("PUT", "/api/configuration/nothing", "Only an administrator can see or change settings."),
    ],
)
async def test_a_role_is_checked_before_the_body(
    application: Litestar, method: str, path: str, message: str
) -> None:
    """Whoever may not use an address is not told what it expects."""
    async with signed_in(application) as callers:
        answer = await callers["user"].request(method, path, content=b"{")
    assert (answer.status_code, answer.json()["detail"]) == (403, message)
