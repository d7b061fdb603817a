"""Searching transcripts."""

from urllib.parse import quote, urlencode

from pydantic import Field
from starlette.requests import Request

from apps.search.excerpts import Excerpt
from apps.search.services import Filters, Hit, Search
from apps.shared.errors import Invalid
from apps.transcripts.lines import clock
from piccolo_project.admin.forms.shared import Fields, Line, caller_of, form

BEST, LONGEST = 10, 500


class Words(Fields):
    words: Line = Field("", description='Words, "an exact phrase", -without, or.')
    channel: Line = Field("", description="Its id or its name; empty: all.")
    language: Line = Field("", description="Such as en; empty: all.")


async def search(request: Request, data: Words) -> str:
    if len(data.words) > LONGEST:
        raise Invalid(f"A search has {LONGEST} characters at most.")
    filters = Filters(channel=data.channel or None, language=data.language or None)
    found, excerpts = await Search(caller_of(request).id).run_with_excerpts(
        data.words, filters, limit=BEST
    )
    if not found.items:
        return found.notice or "Nothing was found."
    asked = {"q": data.words, "channel": data.channel, "language": data.language}
    query = urlencode({name: value for name, value in asked.items() if value})
    total = f"{found.total:,}" if found.is_total_exact else f"more than {found.total:,}"
    hits = [shown(*each) for each in zip(found.items, excerpts, strict=True)]
    return "\n\n".join([*hits, f"The best {len(hits)} of {total}. All results: /search?{query}"])


def shown(hit: Hit, excerpt: Excerpt) -> str:
    about = ", ".join(filter(None, [hit.title, hit.channel_name, str(hit.upload_date or "")]))
    text = " ".join("".join(part for part, _ in excerpt.parts()).split())
    start = max(0, int(hit.start_time or 0))
    return f"{clock(start)}  {about}\n{text}\n/watch/{quote(hit.identifier)}?t={start}"


FORM = form(
    "Search transcripts",
    Words,
    search,
    "Finds the seconds at which words were said, the best first.",
)
