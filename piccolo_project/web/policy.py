"""What a page may load."""

POLICY = (
    "default-src 'self'; img-src 'self' data:; media-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""No script, style or picture from elsewhere, nor inside a page: titles come from strangers."""

HEADERS = {"Content-Security-Policy": POLICY}
