"""Searching transcripts."""

from urllib.parse import quote, urlencode

from pydantic import Field
from starlette.requests import Request

from apps.search.excerpts import Excerpt
from apps.search.services import Filters, Hit, Search
from apps.shared.errors import Invalid
from apps.transcripts.lines import format_clock
from piccolo_project.admin.forms.shared import FormFields, TextField, get_caller, make_form

MAX_HITS, MAX_LENGTH = 10, 500


class SearchFields(FormFields):
    words: TextField = Field("", description='Words, "an exact phrase", -exclude, or.')
    channel: TextField = Field("", description="Id or name. Leave empty to search all channels.")
    language: TextField = Field("", description="Such as en. Leave empty to search all languages.")


async def run_search(request: Request, data: SearchFields) -> str:
    if len(data.words) > MAX_LENGTH:
        raise Invalid(f"A search is limited to {MAX_LENGTH} characters.")
    filters = Filters(channel=data.channel or None, language=data.language or None)
    found, excerpts = await Search(get_caller(request).id).run_with_excerpts(
        data.words, filters, limit=MAX_HITS
    )
    if not found.items:
        return found.notice or f'No results for "{data.words}".'
    params = {"q": data.words, "channel": data.channel, "language": data.language}
    query = urlencode({name: value for name, value in params.items() if value})
    total = f"{found.total:,}" if found.is_total_exact else f"more than {found.total:,}"
    hits = [format_hit(*each) for each in zip(found.items, excerpts, strict=True)]
    return "\n\n".join([*hits, f"Top {len(hits)} of {total}. All results: /search?{query}"])


def format_hit(hit: Hit, excerpt: Excerpt) -> str:
    about = ", ".join(filter(None, [hit.title, hit.channel_name, str(hit.upload_date or "")]))
    text = " ".join("".join(part for part, _ in excerpt.parts()).split())
    start = max(0, int(hit.start_time or 0))
    return f"{format_clock(start)}  {about}\n{text}\n/watch/{quote(hit.identifier)}?t={start}"


FORM = make_form(
    "Search transcripts",
    SearchFields,
    run_search,
    "Finds where words were spoken, best matches first.",
)
