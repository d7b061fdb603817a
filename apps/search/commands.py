"""Searching from the terminal."""

import sys
from datetime import date

from piccolo.conf.apps import Command
from rich.console import Console
from rich.text import Text

from apps.search.excerpts import Excerpt
from apps.search.services import Filters, Found, Hit, Search
from apps.shared.db.errors import translate_error
from apps.shared.errors import Invalid
from apps.shared.logs import configure_logs
from apps.shared.settings import get_settings
from apps.transcripts.lines import clock


async def search(
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
    Finds the seconds at which words were said.

    :param words:
        What to search for: words, "an exact phrase", -without, or.
    :param channel:
        Only this channel: its id or its name.
    :param video:
        Only this video: its id or its identifier.
    :param language:
        Only transcripts in this language, such as en.
    :param after:
        Only videos uploaded on this day or later, such as 2024-01-31.
    :param before:
        Only videos uploaded on this day or earlier.
    :param limit:
        How many to show, up to 50.
    :param offset:
        How many of the best to pass by.

    """
    configure_logs(get_settings())
    offset = max(0, offset)
    console = Console(highlight=False, soft_wrap=True)
    try:
        filters = Filters(
            channel=None if channel is None else str(channel),
            video=None if video is None else str(video),
            language=None if language is None else str(language),
            uploaded_after=_day("after", after),
            uploaded_before=_day("before", before),
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
        console.print(_shown(hit, excerpt))
    console.print(_summary(found, offset))


def _day(name: str, text: str | None) -> date | None:
    try:
        return date.fromisoformat(str(text)) if text else None
    except ValueError:
        raise Invalid(f"--{name} is no day: {text}. Write it as 2024-01-31.") from None


def _shown(hit: Hit, excerpt: Excerpt) -> Text:
    shown = Text()
    shown.append(f"{clock(hit.start_time or 0)}  ", style="bold cyan")
    shown.append(hit.title, style="bold")
    channel = f", {hit.channel_name}" if hit.channel_name else ""
    day = f", {hit.upload_date}" if hit.upload_date else ""
    shown.append(f"{channel}{day}, {hit.language}\n")
    for text, is_marked in excerpt.parts():
        shown.append(text.replace("\n", " "), style="bold yellow" if is_marked else "")
    return shown.append(f"\n{hit.url or hit.identifier}\n", style="blue")


def _summary(found: Found, offset: int) -> str:
    if found.notice:
        return found.notice
    if not found.items:
        return "Nothing was found." if not offset else "There is no more."
    total = f"{found.total:,}" if found.is_total_exact else f"more than {found.total:,}"
    more = f" More: --offset={found.next}" if found.next is not None else ""
    return f"{offset + 1} to {offset + len(found.items)} of {total}.{more}"


COMMANDS = [Command(search)]
