"""How checks are asked one after the other, and what each of them says in a line."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import asyncpg

from apps.shared.db.diagnosis import explain_database_error
from apps.shared.db.errors import DATABASE_DOWN
from apps.shared.errors import DatabaseUnavailable, DomainError

SHOWN = 10
"""Of what one check finds. The rest is counted."""

OK, BAD, UNKNOWN = "ok", "BAD", "?"

GONE = "Not asked: the database cannot be reached."


class Wrong(Exception):
    """What a check has found: each sentence says what is wrong and what to do."""

    def __init__(self, *sentences: str) -> None:
        super().__init__(*sentences)
        self.sentences = sentences


def refuse(found: Iterable[str]) -> None:
    """Raises Wrong when anything was found."""
    if sentences := list(found):
        raise Wrong(*sentences)


class NotAsked(Exception):
    """A check that can say nothing before something else is mended: its message says what."""


@dataclass(frozen=True)
class Check:
    """`ask` answers in words what is well, and raises Wrong otherwise.

    One that does not need the database may use it, and finds something out without it.
    """

    name: str
    ask: Callable[[], Awaitable[str]]
    needs_database: bool = True


class Line(NamedTuple):
    mark: str
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.mark:<5}{self.name:<15}{self.text}"


async def examine(checks: Iterable[Check]) -> AsyncIterator[Line]:
    """A line for each check that is content, and one for each thing that is wrong."""
    is_gone = False
    for check in checks:
        if check.needs_database and is_gone:
            yield Line(UNKNOWN, check.name, GONE)
            continue
        try:
            yield Line(OK, check.name, await check.ask())
        except NotAsked as reason:
            yield Line(UNKNOWN, check.name, f"Not asked: {reason}")
        except Exception as error:
            is_down = isinstance(error, (*DATABASE_DOWN, DatabaseUnavailable))
            if is_down and is_gone:
                yield Line(UNKNOWN, check.name, GONE)
                continue
            for sentence in told(error):
                yield Line(BAD, check.name, sentence)
            is_gone = is_gone or (check.needs_database and is_down)


def told(error: Exception) -> list[str]:
    match error:
        case Wrong():
            shown = [" ".join(sentence.split()) for sentence in error.sentences[:SHOWN]]
            more = len(error.sentences) - SHOWN
            return [*shown, f"And {more:,} more."] if more > 0 else shown
        case asyncpg.QueryCanceledError():
            return ["The database took too long over it: ask again when it has less to do."]
        case DomainError() | asyncpg.PostgresError() | asyncpg.InterfaceError() | OSError():
            return [explain_database_error(error)]
    # It is its own fault, and the other checks are still of use.
    return [f"It could not be looked at ({type(error).__name__})."]
