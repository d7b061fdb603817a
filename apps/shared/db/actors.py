"""Who changes rows: told to PostgreSQL, whose triggers write it down (apps/audit)."""

import asyncio
from collections.abc import Coroutine
from contextlib import AbstractContextManager
from contextvars import ContextVar
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

import msgspec

T = TypeVar("T")


class EntryPoint(StrEnum):
    """By which a person comes in."""

    admin = "admin"
    rest = "rest"


class Actor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whoever is behind a request; without an id somebody who is not signed in yet."""

    door: EntryPoint
    id: str | None = None
    email: str | None = None


NOBODY = ""
"""The terminal and what runs in the background: their changes are written down nowhere."""

_actor: ContextVar[str | None] = ContextVar("actor", default=NOBODY)


def get_current_actor() -> str | None:
    """As PostgreSQL is told it; None: it need not be told."""
    return _actor.get()


class ActorContext(AbstractContextManager[None]):
    """Each request is in one: a generator would take four times as long."""

    __slots__ = ("actor", "token")

    def __init__(self, actor: str | None) -> None:
        self.actor = actor

    def __enter__(self) -> None:
        self.token = _actor.set(self.actor)

    def __exit__(self, *error: object) -> None:
        _actor.reset(self.token)


def act_as(door: EntryPoint, user_id: UUID | None = None, email: str | None = None) -> ActorContext:
    """What is changed meanwhile is this person's doing.

    A transaction is one actor's: of whoever acts when it begins. Tasks that are started inside go
    on as this person; what shall outlive them is started with `in_background`.
    """
    actor = Actor(door, str(user_id) if user_id else None, email)
    return ActorContext(msgspec.json.encode(actor).decode())


def act_as_reader() -> ActorContext:
    """Nothing is changed meanwhile that is written down, so any connection is good as it is."""
    return ActorContext(None)


def run_in_background(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """A task of nobody's, whoever's request it is that starts it."""
    with ActorContext(NOBODY):
        return asyncio.create_task(work)
