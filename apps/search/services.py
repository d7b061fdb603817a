"""Full-text search for the second of a video at which words were said."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from math import inf
from typing import Any
from uuid import UUID

import msgspec

from apps.search.excerpts import MARK_START, MARK_STOP, Excerpt
from apps.shared.db.replica import get_replica
from apps.shared.db.repositories import parse_uuid
from apps.shared.errors import Invalid

MAX_RANKED = 1500
"""Ranking takes about 13 µs per hit, so for common words only this many hits are ranked."""

# PostgreSQL has a stemming configuration for some languages. There is one query for each
# configuration in the library, and the lexeme `config:…` limits it to vectors made with that one.
PREPARE = """
WITH RECURSIVE languages AS (
    (SELECT language FROM transcripts WHERE user_id IS NULL OR user_id = $3
     ORDER BY language LIMIT 1)
    UNION ALL
    SELECT (SELECT t.language FROM transcripts t
            WHERE t.language > l.language AND (t.user_id IS NULL OR t.user_id = $3)
            ORDER BY t.language LIMIT 1)
    FROM languages l WHERE l.language IS NOT NULL
), queries AS (
    SELECT config, websearch_to_tsquery(config::regconfig, search_text($1)) AS words
    FROM (SELECT DISTINCT search_config(language) AS config FROM languages
          WHERE language IS NOT NULL AND ($2::text IS NULL OR language = $2)) AS configs
)
SELECT config, words::text, numnode(words) = 0 AS is_empty,
       (quote_literal('config:' || config)::tsquery && words)::text AS matching
FROM queries ORDER BY config"""

CHANNELS = "SELECT id FROM channels WHERE id = $1 OR name = $2"
VIDEOS = "SELECT id FROM videos WHERE id = $1 OR identifier = $2"

CANDIDATES = """
WITH candidates AS MATERIALIZED (
    SELECT c.id, c.search_vector FROM chunks c {joins}
    WHERE c.search_vector @@ $1::text::tsquery AND (c.user_id IS NULL OR c.user_id = $2) {filters}
    LIMIT {limit}
), ranked AS (
    SELECT id, ts_rank_cd(search_vector, $3::text::tsquery) AS rank
    FROM (SELECT * FROM candidates LIMIT {limit} - 1) AS bounded
    ORDER BY rank DESC, id LIMIT $4 OFFSET $5
)
SELECT r.rank, n.found,
       c.id AS chunk_id, c.start_time, c.end_time, c.word_starts,
       ts_headline(search_config(t.language)::regconfig, search_text(c.chunk_text),
                   $3::text::tsquery, $6) AS headline,
       t.id AS transcript_id, t.language, t.source,
       v.id AS video_id, v.identifier, v.youtube_video_id, v.title, v.upload_date, v.source_url,
       v.channel_id, h.name AS channel_name
FROM (SELECT count(*) AS found FROM candidates) n LEFT JOIN (
    ranked r JOIN chunks c ON c.id = r.id JOIN transcripts t ON t.id = c.transcript_id
    JOIN videos v ON v.id = t.video_id LEFT JOIN channels h ON h.id = v.channel_id
) ON TRUE
ORDER BY r.rank DESC, r.id"""

HEADLINE = f"StartSel={MARK_START}, StopSel={MARK_STOP}, HighlightAll=true"


NO_TRANSCRIPTS = "There are no transcripts yet."
NO_LANGUAGE = "There are no transcripts in this language."
NO_WORD = "Enter at least one word to search for."
TOO_COMMON = '"{}" is too common to search for. Add another word.'
TOO_COMMON_IN = '"{}" is too common to search for in {}. Add another word.'


class Filters(msgspec.Struct, kw_only=True):
    """`channel` is an id or a name, `video` an id or an identifier; the dates are inclusive."""

    channel: str | None = None
    video: str | None = None
    language: str | None = None
    uploaded_after: date | None = None
    uploaded_before: date | None = None

    async def build_sql(self, connection: Any, first: int) -> tuple[str, str, list[Any]]:
        """Joins, conditions and values, with placeholders numbered from `first`.

        Names are looked up first, so that the planner knows how few rows they leave.
        """
        wanted = (
            ("v.channel_id = ANY({0})", await _find_ids(connection, CHANNELS, self.channel)),
            ("t.video_id = ANY({0})", await _find_ids(connection, VIDEOS, self.video)),
            ("t.language = {0}", self.language),
            ("v.upload_date >= {0}", self.uploaded_after),
            ("v.upload_date <= {0}", self.uploaded_before),
        )
        conditions: list[str] = []
        values: list[Any] = []
        for condition, value in wanted:
            if value is not None:
                conditions.append(f" AND {condition}".format(f"${first + len(values)}"))
                values.append(value)
        joins = "JOIN transcripts t ON t.id = c.transcript_id JOIN videos v ON v.id = t.video_id"
        return joins if values else "", "".join(conditions), values


async def _find_ids(connection: Any, query: str, key: str | None) -> list[UUID] | None:
    if key is None:
        return None
    return [row["id"] for row in await connection.fetch(query, parse_uuid(key), key)]


class Hit(msgspec.Struct, kw_only=True):
    """`start_time` is the second at which the words are said, and `url` links to it.

    `excerpt` is escaped HTML, with the words in <mark>.
    """

    start_time: float | None
    url: str | None
    excerpt: str
    video_id: UUID
    identifier: str
    title: str
    upload_date: date | None
    channel_id: UUID | None
    channel_name: str | None
    language: str
    source: str
    transcript_id: UUID
    chunk_id: UUID
    chunk_start_time: float | None
    chunk_end_time: float | None
    rank: float


class SearchResults(msgspec.Struct):
    """A page of hits, best first. `next` is the offset of the next page.

    `notice` says why nothing can be found. If more than 1500 chunks match, PostgreSQL ranks the
    first 1500 it finds, `total` is 1500 and `is_total_exact` is false.
    """

    items: list[Hit]
    next: int | None = None
    total: int = 0
    is_total_exact: bool = True
    notice: str | None = None


class Search:
    """Searches the shared transcripts and the user's own."""

    def __init__(self, user_id: UUID | None = None) -> None:
        self.user_id = user_id

    async def run(
        self, words: str, filters: Filters | None = None, *, limit: int = 20, offset: int = 0
    ) -> SearchResults:
        """`words` has the syntax of web search engines: "exact phrase", -excluded, or.

        Raises Invalid if it is empty.
        """
        found, _ = await self.run_with_excerpts(words, filters, limit=limit, offset=offset)
        return found

    async def run_with_excerpts(
        self, words: str, filters: Filters | None = None, *, limit: int = 20, offset: int = 0
    ) -> tuple[SearchResults, list[Excerpt]]:
        """Returns the excerpts as well, for callers that do not show HTML."""
        words = words.replace("\0", " ").strip()
        if not words:
            raise Invalid("Enter something to search for.", fields={"q": "Empty."})
        filters = filters or Filters()
        query = partial(self._query, words, filters, limit, offset)
        prepared, rows = await get_replica().read(query)
        if not rows:
            return SearchResults(items=[], notice=explain_no_results(words, prepared, filters)), []
        found = rows[0]["found"]
        total = min(found, MAX_RANKED)
        next_offset = offset + limit if offset + limit < total else None
        rows = [row for row in rows if row["chunk_id"] is not None]
        excerpts = [Excerpt(row["headline"]) for row in rows]
        hits = [_build_hit(row, excerpt) for row, excerpt in zip(rows, excerpts, strict=True)]
        notice = None if found else explain_no_results(words, prepared, filters)
        return SearchResults(hits, next_offset, total, found <= MAX_RANKED, notice), excerpts

    async def _query(
        self, words: str, filters: Filters, limit: int, offset: int, connection: Any
    ) -> tuple[list[Any], list[Any]]:
        """The queries for `words`, and the hits: at least one row, unless no query has a word."""
        prepared = await connection.fetch(PREPARE, words, filters.language, self.user_id)
        queries = [query for query in prepared if not query["is_empty"]]
        if not queries:
            return prepared, []
        matching = " | ".join(f"({query['matching']})" for query in queries)
        ranking = " | ".join(f"({query['words']})" for query in queries)
        joins, conditions, values = await filters.build_sql(connection, first=7)
        rows = await connection.fetch(
            CANDIDATES.format(joins=joins, filters=conditions, limit=MAX_RANKED + 1),
            *(matching, self.user_id, ranking, limit, offset, HEADLINE, *values),
        )
        return prepared, rows


def explain_no_results(words: str, prepared: Sequence[Any], filters: Filters) -> str | None:
    """A reason other than that nobody said it."""
    if not any(character.isalnum() for character in words):
        return NO_WORD
    if not prepared:
        return NO_LANGUAGE if filters.language else NO_TRANSCRIPTS
    ignored = [query["config"].title() for query in prepared if query["is_empty"]]
    if len(ignored) == len(prepared):
        return TOO_COMMON.format(words)
    return TOO_COMMON_IN.format(words, " and ".join(ignored)) if ignored else None


def _build_hit(row: Any, excerpt: Excerpt) -> Hit:
    index, starts = excerpt.word_index, row["word_starts"]
    start, end = row["start_time"], row["end_time"]
    earliest, latest = 0 if start is None else start - 1, inf if end is None else end + 1
    # Word times are useless once somebody has changed the chunk's times.
    if index < len(starts) and earliest <= starts[index] <= latest:
        start = starts[index]
    return Hit(
        start_time=None if start is None else round(start, 3),
        url=build_link(row["youtube_video_id"], row["source_url"], start),
        excerpt=excerpt.as_html(),
        chunk_start_time=row["start_time"],
        chunk_end_time=row["end_time"],
        **{
            name: row[name]
            for name in (
                *("video_id", "identifier", "title", "upload_date", "channel_id", "channel_name"),
                *("language", "source", "transcript_id", "chunk_id", "rank"),
            )
        },
    )


def build_link(
    youtube_video_id: str | None, source_url: str | None, start: float | None
) -> str | None:
    """A link to the second on YouTube, or to the video on other sites."""
    if youtube_video_id is None:
        return source_url
    return f"https://www.youtube.com/watch?v={youtube_video_id}&t={max(0, int(start or 0))}s"
