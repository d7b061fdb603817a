"""Escapes untrusted text for display."""


def escape_unprintable(text: str) -> str:
    """File names may contain line breaks and terminal control sequences."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )
