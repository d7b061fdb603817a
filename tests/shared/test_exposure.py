"""What describes the wire stands on the controllers, not on the repositories."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from apps.shared.db.repositories import Repository
from apps.shared.http.controllers import ReadOnlyController
from apps.shared.http.exposure import Exposure
from piccolo_project.routes import collect_api_routes


def every_subclass(of: type[Any]) -> Iterator[type[Any]]:
    for found in of.__subclasses__():
        yield found
        yield from every_subclass(found)


def test_a_repository_says_nothing_about_http() -> None:
    collect_api_routes()  # Imports every app.
    every: list[type[Any]] = [Repository, *every_subclass(Repository)]
    assert len(every) > 20
    for repository in every:
        data = {
            name
            for name, value in vars(repository).items()
            if not name.startswith("_") and not callable(value)
        }
        assert data <= {"table", "noun"}, repository.__name__


def test_a_controller_says_it_in_its_exposure_alone() -> None:
    described = {each.name for each in fields(Exposure)}
    for controller in collect_api_routes():
        if not (isinstance(controller, type) and issubclass(controller, ReadOnlyController)):
            continue
        assert not described & vars(controller).keys(), controller.__name__
