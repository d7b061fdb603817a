"""Who changes rows: told to PostgreSQL, whose triggers write it down (apps/audit)."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

import msgspec

T = TypeVar("T")


class Door(StrEnum):
    """By which a person comes in."""

    admin = "admin"
    rest = "rest"


class Actor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whoever is behind a request; without an id somebody who is not signed in yet."""

    door: Door
    id: str | None = None
    email: str | None = None


NOBODY = ""
"""The terminal and what runs in the background: their changes are written down nowhere."""

_actor: ContextVar[str | None] = ContextVar("actor", default=NOBODY)


def current_actor() -> str | None:
    """As PostgreSQL is told it; None: it need not be told."""
    return _actor.get()


@contextmanager
def acting_as(door: Door, user_id: UUID | None = None, email: str | None = None) -> Iterator[None]:
    """What is changed meanwhile is this person's doing.

    A transaction is one actor's: of whoever acts when it begins. Tasks that are started inside go
    on as this person; what shall outlive them is started with `in_background`.
    """
    actor = Actor(door, str(user_id) if user_id else None, email)
    with _being(msgspec.json.encode(actor).decode()):
        yield


@contextmanager
def only_reading() -> Iterator[None]:
    """Nothing is changed meanwhile that is written down, so any connection is good as it is.

    Under whose name a change would be, nobody knows: a task that makes one is started with
    `in_background`.
    """
    with _being(None):
        yield


def in_background(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """A task of nobody's, whoever's request it is that starts it."""
    with _being(NOBODY):
        return asyncio.create_task(work)


@contextmanager
def _being(actor: str | None) -> Iterator[None]:
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)
