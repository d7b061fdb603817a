"""`/search`: where words were spoken, each result with a link that plays it."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery
from litestar.response import Template

from apps.media.files import is_remote
from apps.search.controllers import provide_search
from apps.search.services import MAX_RANKED, Filters, Hit, Search, SearchResults
from apps.shared.errors import DomainError, Invalid
from apps.transcripts.lines import format_clock
from piccolo_project.web.formatting import name_site
from piccolo_project.web.pictures import find_pictures

MAX_LENGTH = 500
"""Characters, as over REST."""
PAGE_SIZE = 20


@get(
    "/search",
    include_in_schema=False,
    dependencies={"transcript_search": Provide(provide_search, sync_to_thread=False)},
)
async def show_search(
    transcript_search: NamedDependency[Search],
    q: FromQuery[str] = "",
    channel: FromQuery[str] = "",
    language: FromQuery[str] = "",
    offset: FromQuery[str] = "",
) -> Template:
    params = {"q": q, "channel": channel, "language": language}
    context: dict[str, Any] = {**params, "address": make_search_link(params)}
    status = 200
    try:
        context |= await describe_results(transcript_search, params, parse_offset(offset))
    except DomainError as error:
        context |= {"found": None, "refusal": error.message}
        status = error.status
    return Template("search.html", context=context, status_code=status)


async def describe_results(search: Search, params: dict[str, str], start: int) -> dict[str, Any]:
    """Raises DomainError as the search does. Nothing is searched for without words."""
    if not params["q"].strip():
        return {"found": None}
    found = await run_search(search, params, start)
    return {
        "found": found,
        "offset": start,
        "previous": max(0, start - PAGE_SIZE),
        "pictures": await find_pictures(list_video_ids(found.items)),
        "is_remote": is_remote,
        "format_clock": format_clock,
        "name_site": name_site,
    }


async def run_search(search: Search, params: dict[str, str], offset: int) -> SearchResults:
    """Raises Invalid."""
    if any(len(text) > MAX_LENGTH for text in params.values()):
        raise Invalid(f"A search is limited to {MAX_LENGTH} characters. Use fewer words.")
    filters = Filters(channel=params["channel"] or None, language=params["language"] or None)
    return await search.run(params["q"], filters, limit=PAGE_SIZE, offset=offset)


def parse_offset(text: str) -> int:
    """Anything but a number is 0."""
    return min(int(text), MAX_RANKED) if text.isdecimal() and len(text) < 9 else 0


def list_video_ids(hits: Sequence[Hit]) -> list[UUID]:
    return list({hit.video_id: None for hit in hits})


def make_search_link(params: dict[str, str]) -> Any:
    """A function that returns the link to this search with some parameters changed."""

    def link(**changes: str | int) -> str:
        wanted = {name: value for name, value in {**params, **changes}.items() if value}
        return f"/search?{urlencode(wanted)}"

    return link
