"""From bytes to text, and from a cue's text to words."""

import html
import re

from apps.transcripts.captions.model import BrokenCaptions

WEB_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body|script|meta)\b", re.IGNORECASE)

# Only what can be a tag: "I <3 you" and "a < b" stay.
TAG = re.compile(r"<(?:/?[A-Za-z][^<>\n]*|/|[\d:.]*:[\d:.]*)>")

# pysubs2 reads no more than two digits of the hours, and takes the last two of more.
TIME = r"(?:\d{1,2}:)?[0-5]?\d:[0-5]?\d[.,]\d{1,3}"
CUE_TIMES = re.compile(rf"\s*{TIME}\s*-->\s*{TIME}(?:\s.*)?")
# A last block that ends before the arrow: "00:01:0", "12\n00:01:02.000 -".
HALF_TIMES = re.compile(r"(?:[^\n>]*\n)?\d+:[\d:.,]*[ \t]?-*")


def decode(data: bytes) -> str:
    """Text with "\\n" line ends, without byte order mark and blank lines around it.

    Raises BrokenCaptions for what no format of subtitles can be.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise BrokenCaptions(f"is not UTF-8 (byte {error.start})") from None
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if not text.strip():
        raise BrokenCaptions("is empty")
    if "\0" in text:
        raise BrokenCaptions("holds a NUL character")
    if WEB_PAGE.match(text.lstrip()):
        raise BrokenCaptions("is a web page, not subtitles")
    return text


def count_cue_times(text: str) -> int:
    """The number of lines that are a cue's times.

    The libraries skip a cue whose times they cannot read, or take it for text: raises
    BrokenCaptions for a line that is meant to be a cue's times and is not.
    """
    count = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if "-->" not in line:
            continue
        if CUE_TIMES.fullmatch(line):
            count += 1
        elif re.search(r"\d:\d", line):
            raise BrokenCaptions(f"line {number} is not the times of a cue: {line.strip()[:60]!r}")
    if HALF_TIMES.fullmatch(text.rpartition("\n\n")[2]):
        raise BrokenCaptions("is cut short in the times of its last cue")
    return count


def visible(text: str) -> str:
    """Text with a space for each zero-width space, which ends a word and nobody sees."""
    return text.replace("\u200b", " ")


def unescape(text: str) -> str:
    return visible(html.unescape(text) if "&" in text else text)


def one_line(text: str) -> str:
    """The words of a cue's text, without tags, single spaces between them."""
    if "<" in text:
        text = TAG.sub("", text)
    return " ".join(unescape(text).split())
