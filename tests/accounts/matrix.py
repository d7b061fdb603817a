"""Who may do what with whose rows, as data.

`+` means that the row's id is somewhere in the answer, and without it that it is nowhere in it.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias
from uuid import UUID

from tests import factories as f

Make: TypeAlias = Callable[[UUID | None], Awaitable[Any]]

CALLERS = ("nobody", "user", "other", "administrator")
VERBS = ("list", "get", "change", "delete", "create", "create_many")
SECRET = f.CIPHERTEXT

LIBRARY: dict[str, Make] = {
    "channels": lambda _: f.make_channel(credentials=SECRET),
    "videos": lambda _: f.make_video(),
    "channel_statistics": lambda _: f.make_channel_statistics(),
    "video_statistics": lambda _: f.make_video_statistics(),
    "moments": lambda _: f.make_moment(),
    "clips": lambda _: f.make_clip(),
    "thumbnails": lambda _: f.make_thumbnail(),
    "publications": lambda _: f.make_publication(),
}
ADMINISTRATORS: dict[str, Make] = {
    "prompts": lambda _: f.make_prompt(),
    "generation_configs": lambda _: f.make_generation_config(),
    "pipeline_history": lambda _: f.make_pipeline_run(),
    "processing_sessions": lambda _: f.make_processing_session(),
    "processing_jobs": lambda _: f.make_processing_job(),
    "transformation_presets": lambda _: f.make_preset(),
    "music": lambda _: f.make_music(),
}

READ_ONLY: dict[str, Make] = {"audit_entries": lambda _: f.make_audit_entry()}
"""Written by nobody, and read by administrators."""


async def make_message(user_id: UUID | None) -> Any:
    return await f.make_message((await f.make_conversation(user_id)).id)


async def make_chunk(user_id: UUID | None) -> Any:
    return await f.make_chunk((await f.make_transcript(user_id=user_id)).id)


PRIVATE: dict[str, Make] = {
    "conversations": f.make_conversation,
    "messages": make_message,
    "transcripts": lambda user_id: f.make_transcript(user_id=user_id),
    "chunks": make_chunk,
    "templates": lambda user_id: f.make_template(user_id=user_id),
}
CHANGES = {
    "conversations": {"title": "changed"},
    "messages": {"content": "changed"},
    "transcripts": {"language": "fr"},
    "chunks": {"chunk_text": "changed"},
    "templates": {"template_content": "changed"},
}
NEVER_SHARED = ("conversations", "messages")
BY_REFERENCE = ("messages", "chunks")
"""Theirs are written into a row that is somebody's; others are sent with a user_id."""

TABLES = {**LIBRARY, **ADMINISTRATORS, **READ_ONLY, **PRIVATE}

#                     list get  change delete create create_many
RIGHTS = {
    "nobody":        "401  401  401    401    401    401",
    "administrator": "200+ 200+ 200+   204    201    201",
    "library":       "200+ 200+ 403    403    403    403",
    "closed":        "403  403  403    403    403    403",
    "shown":         "200+ 200+ 405    405    405    405",
    "kept away":     "403  403  405    405    405    405",
    "own":           "200+ 200+ 200+   204    201    201",
    "theirs":        "200  404  404    404    403    403",
    "shared":        "200+ 200+ 403    403    403    403",
}  # fmt: skip
"""By what a row is to the caller; what may not be written by reference is 422, not 403."""

# `name:table` where a relation is not called after its table.
RELATIONS = {
    "channels": "videos publications statistics:channel_statistics",
    "videos": "transcripts moments clips thumbnails pipeline_history publications "
    "statistics:video_statistics",
    "transcripts": "chunks generation_configs",
    "conversations": "messages",
    "prompts": "generation_configs",
    "generation_configs": "moments pipeline_history",
    "moments": "children:moments clip:clips",
    "clips": "thumbnail:thumbnails publications",
    "transformation_presets": "publications",
    "music": "publications",
    "processing_sessions": "processing_jobs",
}
RELATED = [
    (owner, name, table or name)
    for owner, names in RELATIONS.items()
    for name, _, table in (each.partition(":") for each in names.split())
]
REFERENCES = {
    "children": "parent_id",
    "transformation_presets": "preset_id",
    "music": "music_id",
    "processing_sessions": "session_id",
}
"""By the name of the relation or of its owner; else the owner's name without its s, and `_id`."""

FILE = "/schema/static/swagger-ui.css"
PUBLIC = {
    "/": 200,
    "/favicon.ico": 204,
    "/health": 200,
    "/health/live": 200,
    "/health/ready": 200,
    "/schema": 200,
    "/schema/openapi.json": 200,
    "/schema/oauth2-redirect.html": 200,
    FILE: 200,
    "/admin": 200,
}
"""What GET answers a stranger."""

PAGES = {
    *("GET /search", "GET /watch/{key}", "GET /watch/{key}/captions.vtt"),
    *("GET /media/{file}", "HEAD /media/{file}"),
    *("GET /review", "GET /jobs/{key}"),
    *("GET /backups", "GET /backups/{name}", "HEAD /backups/{name}"),
}
"""For administrators who are signed in to the admin; everybody else is sent to sign in."""


def whose(table: str, owner: str, caller: str) -> str:
    """What a row of this owner (user, other or everybody) is to the caller."""
    if table in READ_ONLY and caller != "nobody":
        return "shown" if caller == "administrator" else "kept away"
    if caller in {"nobody", "administrator"}:
        return caller
    if table in LIBRARY:
        return "library"
    if table in ADMINISTRATORS:
        return "closed"
    if owner == "everybody":
        return "shared"
    return "own" if owner == caller else "theirs"


def owners(table: str) -> tuple[str, ...]:
    if table not in PRIVATE:
        return ("everybody",)
    return ("user", "other") if table in NEVER_SHARED else ("user", "other", "everybody")


def rights(table: str, owner: str, caller: str) -> dict[str, str]:
    """Verb → status, and whether the row's id is in the answer."""
    found = dict(zip(VERBS, RIGHTS[whose(table, owner, caller)].split(), strict=True))
    if table in BY_REFERENCE and found["create"] == "403":
        found |= {"create": "422", "create_many": "422"}
    return found


def right_to_relation(owners_table: str, table: str, owner: str, caller: str) -> str:
    """What `/api/<owners_table>/{key}/…` answers, and whether the row of `table` is in it."""
    eyes = {whose(each, owner, caller) for each in (owners_table, table)}
    for eye in ("nobody", "administrator", "closed"):
        if eye in eyes:
            return RIGHTS[eye].split()[0]
    if "theirs" in eyes:
        return "404" if owners_table in PRIVATE else "200"
    return "200+"
