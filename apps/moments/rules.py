"""What PostgreSQL derives and refuses about moments, whoever writes."""

from apps.shared.db.tables import Sql

# A missing value is null in SQL, but an empty string from Piccolo and from forms.
SET_MOMENT_IDENTIFIER = Sql(
    """\
CREATE FUNCTION set_moment_identifier() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.identifier IS NULL OR NEW.identifier = '' THEN
        NEW.identifier = left(encode(sha256(uuid_send(gen_random_uuid())), 'hex'), 16);
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER moments_set_identifier BEFORE INSERT ON moments
FOR EACH ROW EXECUTE FUNCTION set_moment_identifier()""",
    "DROP TRIGGER moments_set_identifier ON moments; DROP FUNCTION set_moment_identifier()",
)

# Foreign keys over both columns keep a clip and a child in the same video as their moment.
SAME_VIDEO = Sql(
    """\
CREATE UNIQUE INDEX moments_id_video_id_key ON moments (id, video_id);
ALTER TABLE moments ADD CONSTRAINT moments_parent_id_video_id_fkey
FOREIGN KEY (parent_id, video_id) REFERENCES moments (id, video_id)
ON DELETE SET NULL (parent_id)""",
    "ALTER TABLE moments DROP CONSTRAINT moments_parent_id_video_id_fkey;"
    " DROP INDEX moments_id_video_id_key",
)

SAME_VIDEO_OF_CLIP = Sql(
    """\
ALTER TABLE clips ADD CONSTRAINT clips_moment_id_video_id_fkey
FOREIGN KEY (moment_id, video_id) REFERENCES moments (id, video_id) ON DELETE CASCADE""",
    "ALTER TABLE clips DROP CONSTRAINT clips_moment_id_video_id_fkey",
)

# Each ancestor is locked on the way up, so that two concurrent writers cannot close a cycle between
# them in any isolation level: one waits, or has to try again. (REPEATABLE READ would not notice a
# weaker lock.) The depth is limited because each step is a query.
NO_CYCLES = Sql(
    """\
CREATE FUNCTION refuse_moment_circle() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
DECLARE
    ancestor uuid := NEW.parent_id;
    passed uuid[] := ARRAY[NEW.id];
BEGIN
    WHILE ancestor IS NOT NULL LOOP
        IF ancestor = ANY(passed) OR cardinality(passed) >= 100 THEN
            RAISE EXCEPTION '%', 'A moment cannot be its own parent, nor below itself, '
                'nor put below more than 99 others.'
                USING ERRCODE = 'check_violation',
                      CONSTRAINT = 'moments_parent_id_check', TABLE = 'moments';
        END IF;
        passed = passed || ancestor;
        SELECT parent_id INTO ancestor FROM moments WHERE id = ancestor FOR SHARE;
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER moments_parent_id_check AFTER INSERT OR UPDATE OF parent_id ON moments
FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION refuse_moment_circle()""",
    "DROP TRIGGER moments_parent_id_check ON moments; DROP FUNCTION refuse_moment_circle()",
)

HASH_PROMPT = Sql(
    """\
CREATE FUNCTION set_prompt_hash() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.prompt_hash =
        encode(sha256(convert_to(NEW.user_prompt || NEW.system_prompt, 'UTF8')), 'hex');
    RETURN NEW;
END
$$;
CREATE TRIGGER prompts_set_hash BEFORE INSERT OR UPDATE ON prompts
FOR EACH ROW EXECUTE FUNCTION set_prompt_hash()""",
    "DROP TRIGGER prompts_set_hash ON prompts; DROP FUNCTION set_prompt_hash()",
)

# jsonb sorts its keys and writes equal numbers alike. A session may have changed
# extra_float_digits, which decides how doubles are written. Nulls are left out, so that adding a
# column does not change the hashes.
HASH_CONFIG = Sql(
    """\
CREATE FUNCTION set_config_hash() RETURNS trigger LANGUAGE plpgsql SET extra_float_digits = 1 AS $$
BEGIN
    NEW.config_hash = encode(sha256(convert_to(jsonb_strip_nulls(
        to_jsonb(NEW) - '{id,transcript_id,config_hash,created_at,updated_at}'::text[]
    )::text, 'UTF8')), 'hex');
    RETURN NEW;
END
$$;
CREATE TRIGGER generation_configs_set_hash BEFORE INSERT OR UPDATE ON generation_configs
FOR EACH ROW EXECUTE FUNCTION set_config_hash()""",
    "DROP TRIGGER generation_configs_set_hash ON generation_configs;"
    " DROP FUNCTION set_config_hash()",
)

# The column holds 100 characters and a video's identifier up to 255, so a long one is replaced by
# its beginning and 16 digits of its SHA-256. Without a video any identifier will do, as the missing
# video is what should be reported.
SET_PIPELINE_IDENTIFIER = Sql(
    """\
CREATE FUNCTION set_pipeline_identifier() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
DECLARE
    milliseconds text := floor(extract(epoch FROM NEW.started_at) * 1000)::bigint;
    room int := 90 - length(milliseconds);
BEGIN
    IF NEW.identifier IS NULL OR NEW.identifier = '' THEN
        SELECT format('pipeline:%s:%s',
            CASE WHEN length(v.identifier) <= room THEN v.identifier
            ELSE left(v.identifier, room - 17) || '~'
                || left(encode(sha256(convert_to(v.identifier, 'UTF8')), 'hex'), 16) END,
            milliseconds)
        INTO NEW.identifier FROM videos v WHERE v.id = NEW.video_id;
        IF NOT FOUND THEN
            NEW.identifier = gen_random_uuid();
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pipeline_history_set_identifier BEFORE INSERT ON pipeline_history
FOR EACH ROW EXECUTE FUNCTION set_pipeline_identifier()""",
    "DROP TRIGGER pipeline_history_set_identifier ON pipeline_history;"
    " DROP FUNCTION set_pipeline_identifier()",
)
