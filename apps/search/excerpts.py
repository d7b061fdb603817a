"""The excerpt of a chunk around the words that were found."""

import html
import re
from itertools import takewhile

MARK_START, MARK_STOP = "\x02", "\x03"
SPLIT = "\x1f"
"""What `search_text` puts around characters of scripts without spaces."""

BEFORE, AFTER = 80, 160
NEARBY = 120
"""Marked words within this many characters belong together."""

MARKED = re.compile(f"{MARK_START}([^{MARK_STOP}]*){MARK_STOP}")


class Excerpt:
    """An excerpt of a chunk in which ts_headline has marked the words of the query.

    A chunk may have one of the words early and all of them later, so the excerpt is taken where
    the most different words are close together.
    """

    def __init__(self, headline: str) -> None:
        marked = headline.replace(SPLIT, "").replace(MARK_STOP + MARK_START, "")
        self.text = ""
        self.marks: list[tuple[int, int]] = []
        place = 0
        for match in MARKED.finditer(marked):
            self.text += marked[place : match.start()]
            self.marks.append((len(self.text), len(self.text) + len(match[1])))
            self.text += match[1]
            place = match.end()
        self.text += marked[place:]
        self.start = self._find_best_start()

    def _find_best_start(self) -> int:
        best, most = 0, 0
        for number, (start, _) in enumerate(self.marks):
            near = takewhile(lambda mark: mark[0] < start + NEARBY, self.marks[number:])  # noqa: B023  # Used immediately.
            words = {self.text[a:b].casefold() for a, b in near}
            if len(words) > most:
                best, most = start, len(words)
        return best

    @property
    def word_index(self) -> int:
        """The index of the whitespace-separated word at which the best passage begins."""
        before = self.text[: self.start]
        inside = bool(before) and not before[-1].isspace()
        return len(before.split()) - inside

    def parts(self) -> list[tuple[str, bool]]:
        """The excerpt as (text, is marked) pairs, with `…` where it was cut off."""
        first = self._find_boundary(max(0, self.start - BEFORE))
        last = min(len(self.text), self.start + AFTER)
        last = len(self.text) if len(self.text) - last < 20 else self._find_boundary(last)
        parts: list[tuple[str, bool]] = [("… ", False)] if first else []
        place = first
        for start, stop in self.marks:
            if first <= start and stop <= last:
                parts += [(self.text[place:start], False), (self.text[start:stop], True)]
                place = stop
        parts.append((self.text[place:last], False))
        if last < len(self.text):
            parts.append((" …", False))
        return [(text, is_marked) for text, is_marked in parts if text]

    def _find_boundary(self, place: int) -> int:
        """The next end of a word, if there is one nearby."""
        if place in (0, len(self.text)):
            return place
        space = self.text.find(" ", place, place + 20)
        return place if space < 0 else space + 1

    def as_html(self) -> str:
        """Escaped, with `<mark>` around the words."""
        return "".join(
            f"<mark>{html.escape(text)}</mark>" if is_marked else html.escape(text)
            for text, is_marked in self.parts()
        )
