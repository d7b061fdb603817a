"""Runs checks and reports each result as a line."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import asyncpg

from apps.shared.db.diagnosis import explain_database_error
from apps.shared.db.errors import DATABASE_DOWN
from apps.shared.errors import DatabaseUnavailable, DomainError

MAX_PROBLEMS = 10
"""Problems shown per check. The rest is counted."""

OK, BAD, UNKNOWN = "ok", "BAD", "?"

UNREACHABLE = "Skipped: the database cannot be reached."


class ProblemsFound(Exception):
    """What a check found: each sentence says what is wrong and how to fix it."""

    def __init__(self, *sentences: str) -> None:
        super().__init__(*sentences)
        self.sentences = sentences


def raise_if_any(found: Iterable[str]) -> None:
    """Raises ProblemsFound unless there are none."""
    if sentences := list(found):
        raise ProblemsFound(*sentences)


class CheckSkipped(Exception):
    """The check needs something else to be fixed first; the message says what."""


@dataclass(frozen=True)
class Check:
    """`run` returns a description of what is well, or raises ProblemsFound.

    A check that does not need the database may still use it if it is available.
    """

    name: str
    run: Callable[[], Awaitable[str]]
    needs_database: bool = True


class ReportLine(NamedTuple):
    mark: str
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.mark:<5}{self.name:<15}{self.text}"


async def run_checks(checks: Iterable[Check]) -> AsyncIterator[ReportLine]:
    """Yields a line for each successful check, and one for each problem."""
    is_gone = False
    for check in checks:
        if check.needs_database and is_gone:
            yield ReportLine(UNKNOWN, check.name, UNREACHABLE)
            continue
        try:
            yield ReportLine(OK, check.name, await check.run())
        except CheckSkipped as reason:
            yield ReportLine(UNKNOWN, check.name, f"Skipped: {reason}")
        except Exception as error:
            is_down = isinstance(error, (*DATABASE_DOWN, DatabaseUnavailable))
            if is_down and is_gone:
                yield ReportLine(UNKNOWN, check.name, UNREACHABLE)
                continue
            for sentence in describe_problems(error):
                yield ReportLine(BAD, check.name, sentence)
            is_gone = is_gone or (check.needs_database and is_down)


def describe_problems(error: Exception) -> list[str]:
    match error:
        case ProblemsFound():
            shown = [" ".join(sentence.split()) for sentence in error.sentences[:MAX_PROBLEMS]]
            more = len(error.sentences) - MAX_PROBLEMS
            return [*shown, f"And {more:,} more."] if more > 0 else shown
        case asyncpg.QueryCanceledError():
            return ["The database took too long: try again when it is less busy."]
        case DomainError() | asyncpg.PostgresError() | asyncpg.InterfaceError() | OSError():
            return [explain_database_error(error)]
    # A bug in this check; the others are still useful.
    return [f"The check failed ({type(error).__name__})."]
