"""What a setting is, and what its values may be."""

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
    """A setting whose value is a T: `configuration().get(CHUNK_WORDS)` is an int.

    `type` is what msgspec checks; its description says what is allowed. A default of None is no
    value at all, and cannot be given. A channel may have a value of its own when `per_channel`.
    """

    key: str
    type: Any
    default: T
    description: str
    is_secret: bool = False
    per_channel: bool = False

    @cached_property
    def schema(self) -> dict[str, Any]:
        """JSON schema of its values."""
        return msgspec.json.schema(self.type)

    @cached_property
    def allowed(self) -> str:
        return str(self.schema["description"])

    @property
    def is_list(self) -> bool:
        return get_origin(getattr(self.type, "__origin__", self.type)) is list

    def read(self, value: Any) -> T:
        """A value as JSON and TOML have it. Raises Invalid."""
        return self._converted(value, strict=True)

    def parse(self, text: str) -> T:
        """A value as people write it in one line, lists separated by commas. Raises Invalid."""
        if self.is_list:
            return self._converted(list(filter(None, map(str.strip, text.split(",")))), strict=True)
        return self._converted(text.strip(), strict=False)

    def _converted(self, value: Any, *, strict: bool) -> T:
        try:
            return msgspec.convert(value, self.type, strict=strict)  # type: ignore[no-any-return]  # A T.
        except (msgspec.ValidationError, OverflowError):
            given = "has a value that cannot be used"
            if not self.is_secret:
                given = f"is {reprlib.repr(value)}"
            raise refused(f"{self.key} {given}; expected: {self.allowed}.") from None


def refused(sentence: str) -> Invalid:
    return Invalid(sentence, fields={"value": sentence})


def whole(least: int, most: int) -> Any:
    return Annotated[
        int, Meta(ge=least, le=most, description=f"a whole number from {least} to {most}")
    ]


def number(least: float, most: float) -> Any:
    return Annotated[
        float, Meta(ge=least, le=most, description=f"a number from {least:g} to {most:g}")
    ]


def text(pattern: str, longest: int, description: str) -> Any:
    # Python's $ would let a line break pass.
    return Annotated[
        str, Meta(pattern=rf"^{pattern}$(?!\n)", max_length=longest, description=description)
    ]


def one_of(*names: str) -> Any:
    return Annotated[
        Literal[names],
        Meta(description=f"one of {', '.join(names)}"),
    ]


YES_OR_NO = Annotated[bool, Meta(description="true or false")]
