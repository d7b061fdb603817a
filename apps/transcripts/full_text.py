"""Full-text search in PostgreSQL: how text in any language becomes a search vector."""

from apps.shared.db.tables import Sql

STEMMED = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "es": "spanish", "eu": "basque", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian",
    "id": "indonesian", "it": "italian", "lt": "lithuanian", "nb": "norwegian",
    "ne": "nepali", "nl": "dutch", "nn": "norwegian", "no": "norwegian", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil",
    "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
"""ISO 639 code → PostgreSQL's configuration for it, in version 15 and later."""

CASES = "\n".join(f"        WHEN '{code}' THEN '{name}'" for code, name in STEMMED.items())

# Computed, not stored: a column of type regconfig would block pg_upgrade.
SEARCH_CONFIG = Sql(
    f"""\
CREATE FUNCTION search_config(language text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    CASE split_part(split_part(lower(language), '-', 1), '_', 1)
{CASES}
        ELSE 'simple'
    END""",
    "DROP FUNCTION search_config(text)",
)

# In scripts without spaces (Han, Kana, Thai, Lao, Burmese, Khmer), in Hangul, where particles
# attach to words, and in CJK punctuation, each character becomes a word, and longer words are found
# as phrases. The separator is a control character, which excerpts can remove again. Typographic
# quotes and dashes are separated, too, as a database with LC_CTYPE C treats them as letters.
SPLIT_CHARACTERS = (
    "\\u0e00-\\u0eff\\u1000-\\u109f\\u1100-\\u11ff\\u1780-\\u17ff\\u00ab\\u00bb\\u2010-\\u206f"
    "\\u2e80-\\ua4cf\\uac00-\\ud7af\\uf900-\\ufaff\\uff00-\\uffef\\U00020000-\\U0003ffff"
)

SEARCH_TEXT = Sql(
    f"""\
CREATE FUNCTION search_text(said text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    CASE WHEN octet_length(said) = char_length(said) THEN said
    ELSE regexp_replace(said, '([{SPLIT_CHARACTERS}])', chr(31) || '\\1' || chr(31), 'g') END""",
    "DROP FUNCTION search_text(text)",
)

# The lexeme `config:…` lets one index serve several languages: there is a query for each
# configuration, which must not match what another one stemmed. A vector holds at most 1 MB, so of
# longer texts only the first 250,000 characters are searchable.
SEARCH_VECTOR = Sql(
    """\
CREATE FUNCTION search_vector(language text, said text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
DECLARE
    config text := search_config(language);
    marker tsvector := array_to_tsvector(ARRAY['config:' || config]);
BEGIN
    RETURN marker || to_tsvector(config::regconfig, search_text(said));
EXCEPTION WHEN program_limit_exceeded THEN
    RETURN marker || to_tsvector(config::regconfig, search_text(left(said, 250000)));
END
$$""",
    "DROP FUNCTION search_vector(text, text)",
)

FUNCTIONS = (SEARCH_CONFIG, SEARCH_TEXT, SEARCH_VECTOR)

# Correcting words keeps their times; changing their number loses them.
CHUNK_VECTOR = Sql(
    """\
ALTER TABLE chunks ADD COLUMN search_vector tsvector NOT NULL;
ALTER TABLE chunks SET (toast_tuple_target = 4080);
CREATE FUNCTION set_chunk_search_vector() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    NEW.search_vector = search_vector(
        (SELECT language FROM transcripts WHERE id = NEW.transcript_id), NEW.chunk_text);
    IF TG_OP = 'UPDATE' AND NEW.chunk_text <> OLD.chunk_text
        AND cardinality(NEW.word_starts) <>
            cardinality(regexp_split_to_array(btrim(NEW.chunk_text), '\\s+')) THEN
        NEW.word_starts = '{}';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER chunks_set_search_vector
BEFORE INSERT OR UPDATE OF chunk_text, transcript_id, search_vector ON chunks
FOR EACH ROW EXECUTE FUNCTION set_chunk_search_vector()""",
    "DROP TRIGGER chunks_set_search_vector ON chunks;"
    " DROP FUNCTION set_chunk_search_vector();"
    " ALTER TABLE chunks RESET (toast_tuple_target);"
    " ALTER TABLE chunks DROP COLUMN search_vector",
)

LANGUAGE_CHANGE = Sql(
    """\
CREATE FUNCTION renew_chunk_search_vectors() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE chunks SET search_vector = '' WHERE transcript_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER transcripts_renew_search_vectors AFTER UPDATE OF language ON transcripts
FOR EACH ROW WHEN (search_config(OLD.language) <> search_config(NEW.language))
EXECUTE FUNCTION renew_chunk_search_vectors()""",
    "DROP TRIGGER transcripts_renew_search_vectors ON transcripts;"
    " DROP FUNCTION renew_chunk_search_vectors()",
)
