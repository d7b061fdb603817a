"""Decodes subtitle files, and cleans the text of cues."""

import html
import re

from apps.transcripts.captions.model import BrokenCaptions

WEB_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body|script|meta)\b", re.IGNORECASE)

# Only what can be a tag, and not "I <3 you" or "a < b".
TAG = re.compile(r"<(?:/?[A-Za-z][^<>\n]*|/|[\d:.]*:[\d:.]*)>")

# pysubs2 reads only the last two digits of the hours.
TIME = r"(?:\d{1,2}:)?[0-5]?\d:[0-5]?\d[.,]\d{1,3}"
CUE_TIMES = re.compile(rf"\s*{TIME}\s*-->\s*{TIME}(?:\s.*)?")
# A last block that ends before the arrow: "00:01:0", "12\n00:01:02.000 -".
HALF_TIMES = re.compile(r"(?:[^\n>]*\n)?\d+:[\d:.,]*[ \t]?-*")


def decode_text(data: bytes) -> str:
    """Text with "\\n" line ends, without a byte order mark and surrounding blank lines.

    Raises BrokenCaptions for what cannot be subtitles in any format.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise BrokenCaptions(f"is not UTF-8 (byte {error.start})") from None
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if not text.strip():
        raise BrokenCaptions("is empty")
    if "\0" in text:
        raise BrokenCaptions("contains a NUL character")
    if WEB_PAGE.match(text.lstrip()):
        raise BrokenCaptions("is a web page, not subtitles")
    return text


def count_cue_times(text: str) -> int:
    """The number of lines with the times of a cue.

    Raises BrokenCaptions for malformed times, which the libraries would skip or take for text.
    """
    count = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if "-->" not in line:
            continue
        if CUE_TIMES.fullmatch(line):
            count += 1
        elif re.search(r"\d:\d", line):
            raise BrokenCaptions(f"line {number} has malformed cue times: {line.strip()[:60]!r}")
    if HALF_TIMES.fullmatch(text.rpartition("\n\n")[2]):
        raise BrokenCaptions("is truncated in the times of its last cue")
    return count


def replace_invisible_spaces(text: str) -> str:
    """Zero-width spaces become spaces: they end a word, too."""
    return text.replace("\u200b", " ")


def unescape_entities(text: str) -> str:
    return replace_invisible_spaces(html.unescape(text) if "&" in text else text)


def strip_tags(text: str) -> str:
    """The words of a cue's text without tags, separated by single spaces."""
    if "<" in text:
        text = TAG.sub("", text)
    return " ".join(unescape_entities(text).split())
