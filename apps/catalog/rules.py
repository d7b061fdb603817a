"""The triggers and functions of the catalog's tables, and the expressions of its indexes."""

from apps.shared.db.tables import Sql

SORT_LENGTH = 100
"""Characters of a title by which titles are sorted: a btree cannot index a whole one."""

# In place of pg_trgm, which the embedded PostgreSQL lacks: a text that contains another one has all
# its trigrams, and a GIN index holds each of them once. Only the first 1000 characters count.
TRIGRAMS = Sql(
    """\
CREATE FUNCTION trigrams(said text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ARRAY(
    SELECT substr(lower_said, place, 3)
    FROM lower(left(said, 1000)) AS lower_said,
        generate_series(1, length(lower_said) - 2) AS place)""",
    "DROP FUNCTION trigrams(text)",
)

TITLE_TRIGRAMS = "trigrams(title)"
NAME_TRIGRAMS = "trigrams(identifier || ' ' || coalesce(youtube_video_id, ''))"

# A malformed value is left to the check constraint: a cast would write part of it to the log. The
# trigger's name sorts before channels_set_updated_at, so that a forged time is not a change.
SET_CREDENTIALS_SET_AT = Sql(
    """\
CREATE FUNCTION set_credentials_set_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.credentials_set_at = to_timestamp(
        substring(NEW.credentials FROM '^1:[0-9a-f]{8}:([0-9]{1,11}):')::double precision);
    RETURN NEW;
END
$$;
CREATE TRIGGER channels_set_credentials_set_at
BEFORE INSERT OR UPDATE OF credentials, credentials_set_at ON channels
FOR EACH ROW EXECUTE FUNCTION set_credentials_set_at()""",
    "DROP TRIGGER channels_set_credentials_set_at ON channels;"
    " DROP FUNCTION set_credentials_set_at()",
)
