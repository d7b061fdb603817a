"""The queries for figures; each returns one JSON value."""

MAX_CHANNELS = 12
MAX_LANGUAGES = 8
MONTHS = 24


def build_count(table: str) -> str:
    return f"SELECT to_jsonb(count(*)) FROM {table}"


# The largest ones by name, and the total of all the others.
LARGEST = """
WITH sums AS ({sums}), largest AS (SELECT * FROM sums ORDER BY amount DESC, id LIMIT {most})
SELECT jsonb_build_object(
    'largest', (
        SELECT coalesce(jsonb_agg(
            jsonb_build_object('id', l.id, 'name', {name}, 'amount', l.amount)
            ORDER BY l.amount DESC, l.id), '[]')
        FROM largest l {join}),
    'others', (SELECT count(*) FROM sums) - (SELECT count(*) FROM largest),
    'amount_of_others', (SELECT coalesce(sum(amount), 0) FROM sums)
        - (SELECT coalesce(sum(amount), 0) FROM largest))"""

FIGURE_QUERIES: dict[str, str] = {
    "channels": build_count("channels"),
    "videos": """
        SELECT jsonb_build_object(
            'count', count(*),
            'seconds', coalesce(sum(duration_seconds) FILTER (
                WHERE duration_seconds < 'Infinity'), 0),
            'bytes', coalesce(sum(file_size_bytes), 0))
        FROM videos""",
    "transcripts": """
        SELECT jsonb_build_object(
            'count', count(*), 'words', coalesce(sum(number_of_words::bigint), 0))
        FROM transcripts""",
    "conversations": build_count("conversations"),
    "moments": build_count("moments"),
    "clips": """
        SELECT jsonb_build_object('count', count(*), 'bytes', coalesce(sum(file_size_bytes), 0))
        FROM clips""",
    "thumbnails": """
        SELECT jsonb_build_object('count', count(*), 'bytes', coalesce(sum(file_size_bytes), 0))
        FROM thumbnails""",
    "publications": build_count("publications"),
    "videos_by_month": f"""
        SELECT jsonb_agg(
            jsonb_build_object('month', to_char(month, 'YYYY-MM'), 'count', coalesce(count, 0))
            ORDER BY month)
        FROM generate_series(
            date_trunc('month', now()) - interval '{MONTHS - 1} months',
            date_trunc('month', now()), interval '1 month') month
        LEFT JOIN (
            SELECT date_trunc('month', created_at) AS month, count(*) FROM videos
            WHERE created_at >= date_trunc('month', now()) - interval '{MONTHS - 1} months'
            GROUP BY 1) counted USING (month)""",
    "videos_by_year": """
        SELECT coalesce(jsonb_agg(
            jsonb_build_object('year', year, 'count', count) ORDER BY year), '[]')
        FROM (
            SELECT extract(year FROM upload_date)::int AS year, count(*) FROM videos
            WHERE upload_date IS NOT NULL GROUP BY 1) counted""",
    "hours_by_channel": LARGEST.format(
        sums="SELECT channel_id AS id, sum(duration_seconds) AS amount FROM videos"
        " WHERE duration_seconds > 0 AND duration_seconds < 'Infinity' GROUP BY channel_id",
        most=MAX_CHANNELS,
        name="c.name",
        join="LEFT JOIN channels c ON c.id = l.id",
    ),
    "languages": LARGEST.format(
        sums="SELECT language AS id, count(*) AS amount FROM transcripts GROUP BY language",
        most=MAX_LANGUAGES,
        name="l.id",
        join="",
    ),
    "jobs": """
        SELECT coalesce(jsonb_object_agg(status, count), '{}')
        FROM (SELECT status, count(*) FROM processing_jobs GROUP BY status) counted""",
    "database": "SELECT to_jsonb(pg_database_size(current_database()))",
}
"""Name → SQL."""
