"""Reads and replaces the database name in a PostgreSQL URL."""

from urllib.parse import parse_qs, parse_qsl, quote, unquote, urlencode, urlsplit


def database_name(dsn: str) -> str:
    """Without one in the path or a parameter, PostgreSQL uses the user's name."""
    parts = urlsplit(dsn)
    given = parse_qs(parts.query)
    named = [unquote(parts.path[1:]), *given.get("dbname", []), *given.get("database", [])]
    user = unquote(parts.netloc.rpartition("@")[0].partition(":")[0])
    return next(filter(None, [*named, user, *given.get("user", [])]), "postgres")


def with_database(dsn: str, name: str) -> str:
    """The URL of another database on the same server."""
    parts = urlsplit(dsn)
    kept = [pair for pair in parse_qsl(parts.query) if pair[0] not in ("dbname", "database")]
    query = urlencode(kept, quote_via=quote)
    return parts._replace(path="/" + quote(name, safe=""), query=query).geturl()
