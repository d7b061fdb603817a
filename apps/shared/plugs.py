"""How a lower app gets what only a higher one can give it."""

from typing import Generic, TypeVar

T = TypeVar("T")


class Plug(Generic[T]):
    """A place for something that a higher app provides; `piccolo_project/wiring.py` fills it.

    The lower app declares the type, and a default with which it works alone.
    """

    def __init__(self, default: T) -> None:
        self._value = default

    def plug(self, value: T) -> None:
        self._value = value

    def __call__(self) -> T:
        return self._value
