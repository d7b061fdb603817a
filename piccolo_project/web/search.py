"""`/search`: the seconds at which words were said, each with a link that plays it."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from litestar import Request, get
from litestar.params import FromQuery
from litestar.response import Template

from apps.accounts.services import Caller
from apps.media.files import is_elsewhere
from apps.search.services import MAX_RANKED, Filters, Found, Hit, Search
from apps.shared.errors import DomainError, Invalid
from apps.transcripts.lines import clock
from piccolo_project.web.pictures import pictures

MAX_LENGTH = 500
"""Characters, as over REST."""
PAGE = 20


@get("/search", include_in_schema=False)
async def search(
    request: Request[Caller, Any, Any],
    q: FromQuery[str] = "",
    channel: FromQuery[str] = "",
    language: FromQuery[str] = "",
    offset: FromQuery[str] = "",
) -> Template:
    asked = {"q": q, "channel": channel, "language": language}
    context: dict[str, Any] = {**asked, "address": address_of(asked), "clock": clock}
    start = place(offset)
    if not q.strip():
        return Template("search.html", context={**context, "found": None})
    try:
        found = await find(request.user, asked, start)
    except DomainError as error:
        refused = {**context, "found": None, "refusal": error.message}
        return Template("search.html", context=refused, status_code=error.status)
    context |= {"found": found, "offset": start, "previous": max(0, start - PAGE)}
    context["pictures"] = await pictures(distinct_videos(found.items))
    return Template("search.html", context={**context, "is_elsewhere": is_elsewhere})


async def find(caller: Caller, asked: dict[str, str], offset: int) -> Found:
    """Raises Invalid."""
    if any(len(text) > MAX_LENGTH for text in asked.values()):
        raise Invalid(f"A search has {MAX_LENGTH} characters at most. Leave some words out.")
    filters = Filters(channel=asked["channel"] or None, language=asked["language"] or None)
    return await Search(caller.id).run(asked["q"], filters, limit=PAGE, offset=offset)


def place(offset: str) -> int:
    """Where a page begins; what is no number is the beginning."""
    return min(int(offset), MAX_RANKED) if offset.isdecimal() and len(offset) < 9 else 0


def distinct_videos(hits: Sequence[Hit]) -> list[Any]:
    return list({hit.video_id: None for hit in hits})


def address_of(asked: dict[str, str]) -> Any:
    """A function from what should be different to the address of that search."""

    def address(**changes: str | int) -> str:
        wanted = {name: value for name, value in {**asked, **changes}.items() if value}
        return f"/search?{urlencode(wanted)}"

    return address
