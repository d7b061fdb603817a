from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from apps.overview.finding_queries import FINDING_QUERIES
from apps.overview.missing_files import MissingFiles
from apps.overview.tables import Figure, Finding, FindingKind
from apps.shared.db.engine import get_engine
from apps.shared.db.repositories import Repository

MAX_FINDINGS = 10_000
"""Per kind. A longer list would be of no use."""

REFRESH_FIGURE = "refresh"
"""The figure that records when all the others were last refreshed."""

# A library that was empty at the last refresh but no longer is counts as never refreshed.
IS_OUTDATED = """
EXISTS (SELECT FROM videos)
AND EXISTS (SELECT FROM figures WHERE name = 'videos' AND value ->> 'count' = '0')"""

FIGURES = f"""
SELECT coalesce(jsonb_object_agg(name, value), '{{}}') AS values,
    max(measured_at) FILTER (WHERE name = $1 AND NOT ({IS_OUTDATED})) AS measured_at,
    NOT EXISTS (SELECT FROM videos) AND NOT EXISTS (SELECT FROM channels) AS is_empty
FROM figures"""

AGE_SECONDS = f"""
SELECT extract(epoch FROM now() - measured_at)::double precision FROM figures
WHERE name = $1 AND value -> 'names' = $2 AND NOT ({IS_OUTDATED})"""

DURATION_SECONDS = "SELECT seconds FROM figures WHERE name = $1"

UPSERT = """
INSERT INTO figures (name, value, seconds) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE
SET value = EXCLUDED.value, measured_at = EXCLUDED.measured_at, seconds = EXCLUDED.seconds"""

COUNTS = "SELECT kind, count(*) FROM findings GROUP BY kind"

# One statement, so that the count and the rows are consistent. Only differences are written. Ids
# are unique across tables, so PostgreSQL can hash on that one value.
UPDATE_FINDINGS = """
WITH stuck AS (SELECT now() - $2 * interval '1 hour' AS since), every AS ({query}), found AS (
    SELECT {columns}, left(description, 500) AS description
    FROM every ORDER BY {subjects} LIMIT {most}
), gone AS (
    DELETE FROM findings f WHERE kind = $1 AND {is_complete}
        AND NOT EXISTS (SELECT FROM found WHERE coalesce({subjects}) = coalesce({of_finding}))
), kept AS (
    INSERT INTO findings AS f (kind, {columns}, description)
    SELECT $1, {columns}, description FROM found
    ON CONFLICT ON CONSTRAINT findings_kind_key DO UPDATE
    SET original_id = EXCLUDED.original_id, description = EXCLUDED.description
    WHERE (f.original_id, f.description) IS DISTINCT FROM
        (EXCLUDED.original_id, EXCLUDED.description)
)
SELECT count(*) FROM every"""


class Figures(msgspec.Struct, frozen=True):
    """`values` are by name and as last measured; `is_empty` is live."""

    values: dict[str, Any]
    measured_at: datetime | None
    is_empty: bool


class FigureRepository(Repository[Figure]):
    table = Figure

    async def read(self) -> Figures:
        """All figures, in one statement."""
        async with get_engine().connection() as connection:
            row = await connection.fetchrow(FIGURES, REFRESH_FIGURE)
        return Figures(msgspec.json.decode(row["values"]), row["measured_at"], row["is_empty"])

    async def get_age_seconds(self, names: list[str], connection: Any) -> float | None:
        """The age of the last refresh with exactly these steps, or None."""
        found: float | None = await connection.fetchval(
            AGE_SECONDS, REFRESH_FIGURE, encode_json(names)
        )
        return found

    async def get_duration_seconds(self, connection: Any) -> float:
        """The duration of the last refresh; 0 before the first."""
        return float(await connection.fetchval(DURATION_SECONDS, REFRESH_FIGURE) or 0)

    async def save(self, name: str, value: str, seconds: float, connection: Any) -> None:
        """`value` is JSON."""
        await connection.execute(UPSERT, name, value, seconds)


class FindingRepository(Repository[Finding]):
    table = Finding

    async def update_kind(self, kind: FindingKind, hours: float, connection: Any) -> int:
        """Updates the findings of a kind, and returns their number."""
        count: int = await connection.fetchval(build_statement(kind), kind.value, float(hours))
        return count

    async def count(self) -> dict[str, int]:
        """The number of listed findings by kind."""
        async with get_engine().connection() as connection:
            return dict(await connection.fetch(COUNTS))

    async def save_broken_files(self, missing: MissingFiles, connection: Any) -> None:
        """Keeps earlier findings if the search was incomplete."""
        kind = FindingKind.broken_file
        statement = build_statement(kind, is_complete=missing.is_complete)
        await connection.fetchval(statement, kind.value, 0.0, missing.ids)


def build_statement(kind: FindingKind, *, is_complete: bool = True) -> str:
    chosen = FINDING_QUERIES[kind]
    return UPDATE_FINDINGS.format(
        query=chosen.query,
        columns=", ".join(chosen.columns),
        subjects=", ".join(chosen.subjects),
        of_finding=", ".join(f"f.{name}" for name in chosen.subjects),
        most=MAX_FINDINGS,
        is_complete=str(is_complete),
    )


def encode_json(value: Mapping[str, Any] | list[str]) -> str:
    return msgspec.json.encode(value).decode()
