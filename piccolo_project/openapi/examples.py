"""Example bodies and errors of the OpenAPI document."""

from typing import Any

from apps.shared.db.declared_schema import record_classes

TABLES = {table.__name__: table for table in record_classes()}
ROWS: dict[str, dict[str, Any]] = {
    name: {**table.example} for name, table in TABLES.items() if table.example
}
CHANGES: dict[str, dict[str, Any]] = {
    name: {**table.example_change} for name, table in TABLES.items() if table.example_change
}

BODIES: dict[str, dict[str, Any]] = {
    "Login": {"email": "ann@library.example", "password": "correct horse battery"},
    "PasswordChange": {
        "current_password": "correct horse battery",
        "new_password": "staple harbour bell",
    },
    "ApiTokenCreate": {"name": "Nightly backup", "expires_at": "2030-01-01T00:00:00Z"},
    "NewCredentials": {"credentials": "a token of the platform"},
    "SettingWrite": {"value": 200},
    "ImportRequest": {"folder": "/downloads", "dry_run": True},
    **{f"{name}Create": row for name, row in ROWS.items()},
    **{f"{name}Batch": {"items": [row]} for name, row in ROWS.items()},
    **{f"{name}Update": change for name, change in CHANGES.items()},
}
"""Schema → example body."""

ERRORS = {
    400: ("Invalid request", "limit: Must be a whole number from 1 to 200.", "limit"),
    401: (
        "Not signed in",
        "Send a token: Authorization: Bearer <token>. Get one from POST /api/auth/login.",
        "",
    ),
    403: ("Forbidden", "Only an administrator can change videos.", ""),
    404: ("Not found", "There is no video hL2mPq9sTdA.", ""),
    409: ("Conflict", "A video with this identifier already exists.", "identifier"),
    412: (
        "Precondition failed",
        "The video has changed since you read it. Fetch it and try again.",
        "",
    ),
    413: ("Request Entity Too Large", "A body is limited to 16 MB.", ""),
    415: (
        "Unsupported Media Type",
        "The Content-Type of the body must be application/json.",
        "",
    ),
    422: ("Invalid", "A score must be from 0 to 10.", "score"),
    429: ("Too many requests", "Try again in 60 seconds.", ""),
    500: ("Internal error", "Something went wrong. The log has the details.", ""),
    503: ("Busy", "The database took too long. Ask for less, or try again later.", ""),
}
"""Status → title, detail and field."""


def make_problem_example(status: int) -> dict[str, Any]:
    title, detail, field = ERRORS[status]
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return {**body, "errors": [{"field": field, "message": detail}]} if field else body
