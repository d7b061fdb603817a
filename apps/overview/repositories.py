from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from apps.overview.files import Missing
from apps.overview.kinds import KINDS
from apps.overview.tables import Figure, Finding, FindingKind
from apps.shared.db.engine import get_engine
from apps.shared.db.repositories import Repository

MOST_FINDINGS = 10_000
"""Of a kind. Who has more to mend than that needs no list."""

MEASURED = "refresh"
"""The figure that says when all the others were measured, or at least tried."""

# A library that was empty when it was measured, and is not any more, was not measured yet.
IS_OUTDATED = """
EXISTS (SELECT FROM videos)
AND EXISTS (SELECT FROM figures WHERE name = 'videos' AND value ->> 'count' = '0')"""

FIGURES = f"""
SELECT coalesce(jsonb_object_agg(name, value), '{{}}') AS values,
    max(measured_at) FILTER (WHERE name = $1 AND NOT ({IS_OUTDATED})) AS measured_at,
    NOT EXISTS (SELECT FROM videos) AND NOT EXISTS (SELECT FROM channels) AS is_empty
FROM figures"""

SECONDS_AGO = f"""
SELECT extract(epoch FROM now() - measured_at)::double precision FROM figures
WHERE name = $1 AND value -> 'names' = $2 AND NOT ({IS_OUTDATED})"""

SECONDS_TAKEN = "SELECT seconds FROM figures WHERE name = $1"

KEEP = """
INSERT INTO figures (name, value, seconds) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE
SET value = EXCLUDED.value, measured_at = EXCLUDED.measured_at, seconds = EXCLUDED.seconds"""

COUNTS = "SELECT kind, count(*) FROM findings GROUP BY kind"

# One statement, so that the count and the rows are of one moment. Only what differs is written. No
# two rows have the same id, of whatever table: by that one value PostgreSQL can make a hash table.
FIND = """
WITH stuck AS (SELECT now() - $2 * interval '1 hour' AS since), every AS ({query}), found AS (
    SELECT {columns}, left(description, 500) AS description
    FROM every ORDER BY {subjects} LIMIT {most}
), gone AS (
    DELETE FROM findings f WHERE kind = $1 AND {is_whole}
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
    """`values` are by name, as they were measured; whether it `is_empty` is as of now."""

    values: dict[str, Any]
    measured_at: datetime | None
    is_empty: bool


class FigureRepository(Repository[Figure]):
    table = Figure

    async def read(self) -> Figures:
        """All of them, in one statement."""
        async with get_engine().connection() as connection:
            row = await connection.fetchrow(FIGURES, MEASURED)
        return Figures(msgspec.json.decode(row["values"]), row["measured_at"], row["is_empty"])

    async def seconds_ago(self, names: list[str], by: Any) -> float | None:
        """When all of these were measured; None: never, or others were. `by` is a connection."""
        found: float | None = await by.fetchval(SECONDS_AGO, MEASURED, as_json(names))
        return found

    async def seconds_taken(self, by: Any) -> float:
        """How long the last look through the library took; 0 before the first."""
        return float(await by.fetchval(SECONDS_TAKEN, MEASURED) or 0)

    async def keep(self, name: str, value: str, seconds: float, by: Any) -> None:
        """`value` is JSON, `by` a connection."""
        await by.execute(KEEP, name, value, seconds)


class FindingRepository(Repository[Finding]):
    table = Finding

    async def find(self, kind: FindingKind, hours: float, by: Any) -> int:
        """Looks for all of a kind, and answers how many there are."""
        count: int = await by.fetchval(find_statement(kind), kind.value, float(hours))
        return count

    async def count(self) -> dict[str, int]:
        """How many are listed of each kind that was found."""
        async with get_engine().connection() as connection:
            return dict(await connection.fetch(COUNTS))

    async def keep_broken(self, missing: Missing, by: Any) -> None:
        """Those found before stay when not all were looked at."""
        kind = FindingKind.broken_file
        statement = find_statement(kind, is_whole=missing.is_whole)
        await by.fetchval(statement, kind.value, 0.0, missing.ids)


def find_statement(kind: FindingKind, *, is_whole: bool = True) -> str:
    chosen = KINDS[kind]
    return FIND.format(
        query=chosen.query,
        columns=", ".join(chosen.columns),
        subjects=", ".join(chosen.subjects),
        of_finding=", ".join(f"f.{name}" for name in chosen.subjects),
        most=MOST_FINDINGS,
        is_whole=str(is_whole),
    )


def as_json(value: Mapping[str, Any] | list[str]) -> str:
    return msgspec.json.encode(value).decode()
