"""The command that searches transcripts."""

import sys
from datetime import date

from piccolo.conf.apps import Command
from rich.console import Console
from rich.text import Text

from apps.search.excerpts import Excerpt
from apps.search.services import Filters, Hit, Search, SearchResults
from apps.shared.db.errors import translate_error
from apps.shared.errors import Invalid
from apps.shared.logs import configure_logs
from apps.shared.settings import get_settings
from apps.transcripts.lines import format_clock


async def search_transcripts(
    words: str,
    channel: str | None = None,
    video: str | None = None,
    language: str | None = None,
    after: str | None = None,
    before: str | None = None,
    limit: int = 10,
    offset: int = 0,
) -> None:
    """
    Search the transcripts, and show the moments at which the words were said.

    :param words:
        What to search for: words, "an exact phrase", -excluded, or.
    :param channel:
        Search only this channel (id or name).
    :param video:
        Search only this video (id or identifier).
    :param language:
        Search only transcripts in this language, for example en.
    :param after:
        Search only videos uploaded on or after this date, for example 2024-01-31.
    :param before:
        Search only videos uploaded on or before this date.
    :param limit:
        The number of results to show, at most 50.
    :param offset:
        The number of results to skip.

    """
    configure_logs(get_settings())
    offset = max(0, offset)
    console = Console(highlight=False, soft_wrap=True)
    try:
        filters = Filters(
            channel=None if channel is None else str(channel),
            video=None if video is None else str(video),
            language=None if language is None else str(language),
            uploaded_after=_parse_date("after", after),
            uploaded_before=_parse_date("before", before),
        )
        found, excerpts = await Search().run_with_excerpts(
            str(words), filters, limit=max(1, min(limit, 50)), offset=offset
        )
    except Exception as error:
        known = translate_error(error)
        if known is None:
            raise
        sys.exit(known.message)
    for hit, excerpt in zip(found.items, excerpts, strict=True):
        console.print(_format_hit(hit, excerpt))
    console.print(_format_summary(str(words), found, offset))


def _parse_date(name: str, text: str | None) -> date | None:
    try:
        return date.fromisoformat(str(text)) if text else None
    except ValueError:
        raise Invalid(f"--{name} is not a date: {text}. Use the format 2024-01-31.") from None


def _format_hit(hit: Hit, excerpt: Excerpt) -> Text:
    shown = Text()
    shown.append(f"{format_clock(hit.start_time or 0)}  ", style="bold cyan")
    shown.append(hit.title, style="bold")
    channel = f", {hit.channel_name}" if hit.channel_name else ""
    day = f", {hit.upload_date}" if hit.upload_date else ""
    shown.append(f"{channel}{day}, {hit.language}\n")
    for text, is_marked in excerpt.parts():
        shown.append(text.replace("\n", " "), style="bold yellow" if is_marked else "")
    return shown.append(f"\n{hit.url or hit.identifier}\n", style="blue")


def _format_summary(words: str, found: SearchResults, offset: int) -> str:
    if found.notice:
        return found.notice
    if not found.items:
        return "No more results." if offset else f'No results for "{words}".'
    if found.next is None and not offset:
        return "1 result" if len(found.items) == 1 else f"{len(found.items)} results"
    total = f"{found.total:,}" if found.is_total_exact else f"more than {found.total:,}"
    more = f" (next: --offset={found.next})" if found.next is not None else ""
    return f"Results {offset + 1} to {offset + len(found.items)} of {total}{more}"


COMMANDS = [Command(search_transcripts, command_name="search")]
