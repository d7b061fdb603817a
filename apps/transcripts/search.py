"""Search: in which second of which video were the words said?"""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from apps.shared.engine import engine
from apps.shared.errors import Invalid
from apps.transcripts.excerpts import MARK_START, MARK_STOP, Excerpt

MAX_RANKED = 1500
"""Ranking costs some 13 µs a hit, so of a word that is everywhere only so many are ranked."""

# PostgreSQL has a stemming configuration for some languages. A query is made for each one that the
# library needs, and `config:…`, which every vector has, keeps it to what that one has stemmed.
PREPARE = """
WITH RECURSIVE languages AS (
    (SELECT language FROM transcripts ORDER BY language LIMIT 1)
    UNION ALL
    SELECT (SELECT t.language FROM transcripts t WHERE t.language > l.language
            ORDER BY t.language LIMIT 1)
    FROM languages l WHERE l.language IS NOT NULL
), queries AS (
    SELECT config, websearch_to_tsquery(config::regconfig, search_text($1)) AS words
    FROM (SELECT DISTINCT search_config(language) AS config FROM languages
          WHERE language IS NOT NULL AND ($2::text IS NULL OR language = $2)) AS configs
)
SELECT config, words::text,
       (quote_literal('config:' || config)::tsquery && words)::text AS matching
FROM queries WHERE numnode(words) > 0 ORDER BY config"""

CANDIDATES = """
WITH candidates AS MATERIALIZED (
    SELECT c.id, c.search_vector FROM chunks c {joins}
    WHERE c.search_vector @@ $1::text::tsquery AND (c.user_id IS NULL OR c.user_id = $2) {filters}
    LIMIT {limit}
), ranked AS (
    SELECT id, ts_rank_cd(search_vector, $3::text::tsquery) AS rank FROM candidates
    ORDER BY rank DESC, id LIMIT $4 OFFSET $5
)
SELECT r.rank, (SELECT count(*) FROM candidates) AS found,
       c.id AS chunk_id, c.start_time, c.end_time, c.word_starts,
       ts_headline(search_config(t.language)::regconfig, search_text(c.chunk_text),
                   $3::text::tsquery, $6) AS headline,
       t.id AS transcript_id, t.language, t.source,
       v.id AS video_id, v.identifier, v.youtube_video_id, v.title, v.upload_date, v.source_url,
       v.channel_id, h.name AS channel_name
FROM ranked r JOIN chunks c ON c.id = r.id JOIN transcripts t ON t.id = c.transcript_id
JOIN videos v ON v.id = t.video_id LEFT JOIN channels h ON h.id = v.channel_id
ORDER BY r.rank DESC, r.id"""

HEADLINE = f"StartSel={MARK_START}, StopSel={MARK_STOP}, HighlightAll=true"


NOTHING = (
    "There is nothing to search: no transcript in this language, or only words like “the” and "
    "“of”, which are too common to be kept."
)


class Filters(msgspec.Struct, kw_only=True):
    """`channel` is an id or a name, `video` an id or an identifier; the dates are inclusive."""

    channel: str | None = None
    video: str | None = None
    language: str | None = None
    uploaded_after: date | None = None
    uploaded_before: date | None = None

    def sql(self, first: int) -> tuple[str, str, list[Any]]:
        """Joins, conditions and values; their placeholders begin at `first`."""
        conditions: list[str] = []
        values: list[Any] = []
        wanted = (
            ("(v.channel_id::text = {0} OR h.name = {0})", self.channel),
            ("(v.id::text = {0} OR v.identifier = {0})", self.video),
            ("t.language = {0}", self.language),
            ("v.upload_date >= {0}", self.uploaded_after),
            ("v.upload_date <= {0}", self.uploaded_before),
        )
        for condition, value in wanted:
            if value is not None:
                conditions.append(condition.format(f"${first + len(values)}"))
                values.append(value)
        joins = "JOIN transcripts t ON t.id = c.transcript_id JOIN videos v ON v.id = t.video_id"
        if self.channel is not None:
            joins += " LEFT JOIN channels h ON h.id = v.channel_id"
        return joins if values else "", "".join(f" AND {c}" for c in conditions), values


class Hit(msgspec.Struct, kw_only=True):
    """`start_time` is the second at which the words are said, `url` leads to it.

    `excerpt` is HTML: escaped, with the words in <mark>. The chunk's own times are there too.
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


class Found(msgspec.Struct):
    """A page of hits, the best first; `next` is the offset of the page after it.

    `total` is exact up to 1500, which is as many as are ranked; `is_total_exact` tells. `notice`
    says why nothing can be found.
    """

    items: list[Hit]
    next: int | None = None
    total: int = 0
    is_total_exact: bool = True
    notice: str | None = None


class Search:
    """One search by one user, over the library's transcripts and their own."""

    def __init__(self, user_id: UUID | None = None) -> None:
        self.user_id = user_id

    async def run(
        self, words: str, filters: Filters | None = None, *, limit: int = 20, offset: int = 0
    ) -> Found:
        """`words` in the syntax of web search engines: "exact phrase", -without, or.

        Raises Invalid for an empty query.
        """
        found, _ = await self.run_with_excerpts(words, filters, limit=limit, offset=offset)
        return found

    async def run_with_excerpts(
        self, words: str, filters: Filters | None = None, *, limit: int = 20, offset: int = 0
    ) -> tuple[Found, list[Excerpt]]:
        """The excerpts as well, for those who do not show HTML."""
        words = words.replace("\0", " ").strip()
        if not words:
            raise Invalid("Say what to search for.", fields={"q": "It is empty."})
        filters = filters or Filters()
        async with engine().connection("replica") as connection:
            queries = await connection.fetch(PREPARE, words, filters.language)
            if not queries:
                return Found(items=[], notice=NOTHING), []
            matching = " | ".join(f"({query['matching']})" for query in queries)
            ranking = " | ".join(f"({query['words']})" for query in queries)
            joins, conditions, values = filters.sql(first=7)
            rows = await connection.fetch(
                CANDIDATES.format(joins=joins, filters=conditions, limit=MAX_RANKED + 1),
                *(matching, self.user_id, ranking, limit, offset, HEADLINE, *values),
            )
        excerpts = [Excerpt(row["headline"]) for row in rows]
        hits = [_hit(row, excerpt) for row, excerpt in zip(rows, excerpts, strict=True)]
        total = min(rows[0]["found"], MAX_RANKED) if rows else 0
        is_exact = not rows or rows[0]["found"] <= MAX_RANKED
        following = offset + limit if offset + limit < total else None
        return Found(hits, following, total, is_exact), excerpts


def _hit(row: Any, excerpt: Excerpt) -> Hit:
    index, starts = excerpt.word_index, row["word_starts"]
    start = starts[index] if index < len(starts) else row["start_time"]
    return Hit(
        start_time=None if start is None else round(start, 3),
        url=link(row["youtube_video_id"], row["source_url"], start),
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


def link(youtube_video_id: str | None, source_url: str | None, start: float | None) -> str | None:
    """To the second on YouTube; elsewhere to the video."""
    if youtube_video_id is None:
        return source_url
    return f"https://www.youtube.com/watch?v={youtube_video_id}&t={int(start or 0)}s"
