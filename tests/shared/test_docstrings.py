"""Public methods of the repositories say what their signatures do not."""

import importlib
import inspect
import re
from collections.abc import Iterator
from types import FunctionType

from apps.shared.db.repositories import Repository
from tests.lineage import ROOT

PLAIN = {
    "Repository.not_found",
    *("SessionRepository.list_by_user", "UserRepository.exists_any"),
    "ChannelRepository.list_by_status",
}
"""Their names and types say all there is."""


def methods() -> Iterator[tuple[str, FunctionType]]:
    for path in (ROOT / "apps").rglob("repositories.py"):
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for name, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, Repository) and kind.__module__ == module.__name__:
                for method, function in vars(kind).items():
                    if inspect.isfunction(function) and not method.startswith("_"):
                        yield f"{name}.{method}", function


def test_a_method_says_what_its_signature_does_not() -> None:
    found = dict(methods())
    assert len(found) > 40
    assert {name for name, method in found.items() if not inspect.getdoc(method)} == PLAIN


def test_a_method_that_raises_says_so() -> None:
    """Not of a TypeError, which is the caller's mistake."""
    words = re.compile(r"raise (?!TypeError)")
    raising = {
        name: method for name, method in methods() if words.search(inspect.getsource(method))
    }
    assert len(raising) >= 8
    silent = [name for name, m in raising.items() if "Raises" not in str(inspect.getdoc(m))]
    assert silent == []
