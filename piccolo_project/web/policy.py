"""The Content-Security-Policy of the pages."""

POLICY = (
    "default-src 'self'; img-src 'self' data:; media-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""No inline scripts or styles, and nothing from other hosts: titles are written by strangers."""

SECURITY_HEADERS = {"Content-Security-Policy": POLICY}
