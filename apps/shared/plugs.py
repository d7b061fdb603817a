"""How a lower app gets what only a higher one can provide."""

from typing import Generic, TypeVar

T = TypeVar("T")


class Plug(Generic[T]):
    """A socket for something a higher app provides; `piccolo_project/wiring.py` plugs it in.

    The lower app declares its type, and a default with which the app works alone.
    """

    def __init__(self, default: T) -> None:
        self._value = default

    def plug(self, value: T) -> None:
        self._value = value

    def __call__(self) -> T:
        return self._value
