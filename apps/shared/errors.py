"""Errors that a caller can understand, with their HTTP status."""

from collections.abc import Mapping
from typing import ClassVar


class DomainError(Exception):
    """An error with a message for people; `fields` maps columns to what is wrong with them."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Error"
    retry_after: int | None = None

    def __init__(self, message: str, *, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = dict(fields or {})

    @property
    def headers(self) -> dict[str, str]:
        """HTTP headers of the response."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


class BadRequest(DomainError):
    status, title = 400, "Invalid request"


class NotFound(DomainError):
    status, title = 404, "Not found"


class Conflict(DomainError):
    status, title = 409, "Conflict"


class PreconditionFailed(DomainError):
    status, title = 412, "Precondition failed"


class Invalid(DomainError):
    status, title = 422, "Invalid"


class Unauthenticated(DomainError):
    status, title = 401, "Not signed in"


class Forbidden(DomainError):
    status, title = 403, "Forbidden"


class TooManyRequests(DomainError):
    """`retry_after` is in seconds."""

    status, title = 429, "Too many requests"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Busy(DomainError):
    """The program or its database is overloaded; `retry_after` is in seconds."""

    status, title = 503, "Busy"
    retry_after = 1


class DatabaseUnavailable(Busy):
    title = "Database unavailable"
    retry_after = 2
