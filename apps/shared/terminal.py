"""Options as people write them, for Piccolo's command line, which knows `--name=value` only."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any


def usual_options(arguments: Sequence[str], command: Callable[..., Any]) -> list[str]:
    """`--dry-run --report FILE` becomes `--dry_run --report=FILE`, as `command` declares them.

    Whatever the command does not declare is left as it is, for Piccolo to refuse.
    """
    return list(_options(arguments, inspect.signature(command).parameters))


def _options(arguments: Sequence[str], declared: Any) -> Iterator[str]:
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        name, equals, value = argument.removeprefix("--").partition("=")
        name = name.replace("-", "_")
        if not argument.startswith("--") or name not in declared:
            yield argument
        elif equals:
            yield f"--{name}={value}"
        elif isinstance(declared[name].default, bool) or not rest or rest[0].startswith("--"):
            yield f"--{name}"
        else:
            yield f"--{name}={rest.pop(0)}"
