"""What a setting is, and the types its values can have."""

import reprlib
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Generic, Literal, TypeVar, get_origin

import msgspec
from msgspec import Meta

from apps.shared.errors import Invalid

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Setting(Generic[T]):
    """A setting whose value is a T: `get_configuration().get(CHUNK_WORDS)` is an int.

    msgspec checks values against `type`, whose description says what is allowed. A default of None
    means no value, and cannot be set. `per_channel` settings can be overridden for a channel.
    """

    key: str
    type: Any
    default: T
    description: str
    is_secret: bool = False
    per_channel: bool = False

    @cached_property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of its values."""
        return msgspec.json.schema(self.type)

    @cached_property
    def allowed(self) -> str:
        return str(self.schema["description"])

    @property
    def is_list(self) -> bool:
        return get_origin(getattr(self.type, "__origin__", self.type)) is list

    def read(self, value: Any) -> T:
        """Checks a value from JSON or TOML. Raises Invalid."""
        return self._convert(value, strict=True)

    def parse(self, text: str) -> T:
        """Parses a value that is written on one line, lists separated by commas. Raises Invalid."""
        if self.is_list:
            return self._convert(list(filter(None, map(str.strip, text.split(",")))), strict=True)
        return self._convert(text.strip(), strict=False)

    def _convert(self, value: Any, *, strict: bool) -> T:
        try:
            return msgspec.convert(value, self.type, strict=strict)  # type: ignore[no-any-return]  # A T.
        except (msgspec.ValidationError, OverflowError):
            given = "is invalid"
            if not self.is_secret:
                given = f"is {reprlib.repr(value)}"
            raise invalid_value(f"{self.key} {given}; expected: {self.allowed}.") from None


def invalid_value(message: str) -> Invalid:
    return Invalid(message, fields={"value": message})


def whole_number_type(least: int, most: int) -> Any:
    return Annotated[
        int, Meta(ge=least, le=most, description=f"a whole number from {least} to {most}")
    ]


def number_type(least: float, most: float) -> Any:
    return Annotated[
        float, Meta(ge=least, le=most, description=f"a number from {least:g} to {most:g}")
    ]


def text_type(pattern: str, longest: int, description: str) -> Any:
    # Python's $ also matches before a final line break.
    return Annotated[
        str, Meta(pattern=rf"^{pattern}$(?!\n)", max_length=longest, description=description)
    ]


def choice_type(*names: str) -> Any:
    return Annotated[
        Literal[names],
        Meta(description=f"one of {', '.join(names)}"),
    ]


BOOLEAN = Annotated[bool, Meta(description="true or false")]
