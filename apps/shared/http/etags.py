"""Entity tags: RFC 9110, section 8.8.3."""

import hashlib


def compute_etag(content: bytes) -> str:
    """A strong one, of the exact bytes."""
    return f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'


def matches_etag(header: str, tag: str) -> bool:
    """Whether an If-Match or If-None-Match names the tag; weak tags count as strong ones."""
    tags = {each.strip().removeprefix("W/") for each in header.split(",")}
    return header.strip() == "*" or tag in tags
