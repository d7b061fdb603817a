"""Text from outside, made fit to be shown."""


def escape_unprintable(text: str) -> str:
    """A file's name may hold line breaks, and sequences that a terminal obeys."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )
