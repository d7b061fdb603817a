"""Who is changing rows: passed on to PostgreSQL, whose triggers record it (apps/audit)."""

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
    """How a person's request comes in."""

    admin = "admin"
    rest = "rest"


class Actor(msgspec.Struct, frozen=True, omit_defaults=True):
    """The person behind a request; without an id, somebody who is not signed in yet."""

    entry_point: EntryPoint = msgspec.field(name="door")  # As the triggers read it.
    id: str | None = None
    email: str | None = None


NO_ACTOR = ""
"""The terminal and background work, whose changes are not recorded."""

_actor: ContextVar[str | None] = ContextVar("actor", default=NO_ACTOR)


def get_current_actor() -> str | None:
    """As PostgreSQL receives it; None leaves the connection's actor as it is."""
    return _actor.get()


class ActorContext(AbstractContextManager[None]):
    """A class, as every request enters one: a generator would take four times as long."""

    __slots__ = ("actor", "token")

    def __init__(self, actor: str | None) -> None:
        self.actor = actor

    def __enter__(self) -> None:
        self.token = _actor.set(self.actor)

    def __exit__(self, *error: object) -> None:
        _actor.reset(self.token)


def act_as(
    entry_point: EntryPoint, user_id: UUID | None = None, email: str | None = None
) -> ActorContext:
    """Records changes made meanwhile as this person's.

    A transaction keeps the actor it began with. Tasks started inside inherit the actor; start what
    should not with `run_in_background`.
    """
    actor = Actor(entry_point, str(user_id) if user_id else None, email)
    return ActorContext(msgspec.json.encode(actor).decode())


def act_as_reader() -> ActorContext:
    """For requests that change nothing: saves a connection from being told the actor."""
    return ActorContext(None)


def run_in_background(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Starts a task without an actor, whoever's request starts it."""
    with ActorContext(NO_ACTOR):
        return asyncio.create_task(work)
