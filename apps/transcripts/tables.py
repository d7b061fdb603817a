"""Transcripts, and the chunks of them that are searched."""

from enum import StrEnum

from piccolo.columns import (
    JSONB,
    Array,
    Boolean,
    DoublePrecision,
    ForeignKey,
    Integer,
    OnDelete,
    Real,
    Text,
    Varchar,
)
from piccolo.columns.readable import Readable
from piccolo.constraints import Check, Unique

from apps.accounts.tables import User
from apps.audit.rules import DIRECTLY, audited
from apps.catalog.tables import Video
from apps.shared.db.tables import (
    ChangingRecord,
    Record,
    Sql,
    example_id,
    index,
    keeps_updated_at,
    one_of,
)
from apps.transcripts.full_text import CHUNK_VECTOR, FUNCTIONS, LANGUAGE_CHANGE
from apps.transcripts.rules import KEEP_PRIVATE, MOVE_CHUNKS

CONSTRAINT_MESSAGES = {
    "transcripts_source_check": "A transcript's source must be youtube_auto, youtube_manual, "
    "generated or imported.",
    "transcripts_video_id_user_id_language_source_key": "This video already has a "
    "transcript in this language from this source.",
    "transcripts_primary_key": "This video already has a primary transcript.",
    "transcripts_number_of_words_check": "The number of words cannot be negative.",
    "transcripts_number_of_segments_check": "The number of segments cannot be negative.",
    "transcripts_processing_time_seconds_check": "A processing time cannot be negative.",
    "transcripts_immutable": "A transcript's text never changes: delete it and create another.",
    "chunks_transcript_id_chunk_index_key": "This transcript already has a chunk with this index.",
    "chunks_chunk_index_check": "A chunk's index cannot be negative.",
    "chunks_token_count_check": "The number of tokens cannot be negative.",
    "chunks_end_time_check": "A chunk must end after it starts.",
}


class TranscriptSource(StrEnum):
    youtube_auto = "youtube_auto"
    youtube_manual = "youtube_manual"
    generated = "generated"
    imported = "imported"


IMMUTABLE = Sql(
    """\
CREATE FUNCTION refuse_transcript_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A transcript''s text never changes: delete it and create another.'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'transcripts_immutable',
              TABLE = 'transcripts';
END
$$;
CREATE TRIGGER transcripts_immutable BEFORE UPDATE ON transcripts FOR EACH ROW
WHEN (OLD.full_text IS DISTINCT FROM NEW.full_text
    OR OLD.word_timestamps IS DISTINCT FROM NEW.word_timestamps
    OR OLD.segment_timestamps IS DISTINCT FROM NEW.segment_timestamps)
EXECUTE FUNCTION refuse_transcript_change()""",
    "DROP TRIGGER transcripts_immutable ON transcripts; DROP FUNCTION refuse_transcript_change()",
)


class Transcript(Record, tablename="transcripts"):
    """What is said in a video, in one language and from one source. Its text never changes."""

    example = {
        "video_id": example_id("videos"),
        "source": "youtube_auto",
        "language": "en",
        "full_text": "So we lift the whole thing off its bearings, slowly.",
        "number_of_words": 10,
    }
    example_change = {"language": "en-GB"}

    video_id = ForeignKey(Video, on_delete=OnDelete.cascade, null=False)
    user_id = ForeignKey(
        User,
        on_delete=OnDelete.cascade,
        null=True,
        index=True,
        help_text="The owner, if private; empty if shared with everybody.",
    )
    source = Varchar(
        length=20,
        choices=TranscriptSource,
        default=None,
        help_text="Where the transcript comes from.",
    )
    language = Varchar(
        length=10, default="en", help_text="A language code, for example en or pt-BR."
    )
    is_primary = Boolean(default=False, help_text="Whether this is the video's main transcript.")
    full_text = Text(default=None, help_text="The full text. It never changes.")
    word_timestamps = JSONB(default=[], help_text="A list of {word, start, end}, in seconds.")
    segment_timestamps = JSONB(default=[], help_text="A list of {text, start, end}, in seconds.")
    number_of_words = Integer(default=0, help_text="The number of words in the text.")
    number_of_segments = Integer(default=0, help_text="The number of segments in the text.")
    transcription_service = Varchar(
        length=50, null=True, default=None, help_text="What produced it, for example a model."
    )
    processing_time_seconds = DoublePrecision(
        null=True, default=None, help_text="How long transcription took, in seconds."
    )
    metadata = JSONB(default={}, help_text="Other metadata, as a JSON object.")

    transcripts_source_check = one_of("source", TranscriptSource)
    transcripts_video_id_user_id_language_source_key = Unique(
        [video_id, user_id, language, source], nulls_distinct=False
    )
    transcripts_number_of_words_check = Check("number_of_words >= 0")
    transcripts_number_of_segments_check = Check("number_of_segments >= 0")
    transcripts_processing_time_seconds_check = Check("processing_time_seconds >= 0")

    functions = FUNCTIONS
    extras = (
        index(
            "transcripts",
            "primary",
            "video_id",
            where="is_primary AND user_id IS NULL",
            unique=True,
        ),
        index("transcripts", "video_id", "video_id, id"),
        index("transcripts", "language", "language, id"),
        index("transcripts", "source", "source, id"),
        index("transcripts", "is_primary", "is_primary, id"),
        index("transcripts", "number_of_words", "number_of_words, id"),
        index("transcripts", "created_at", "created_at, id"),
        index("transcripts", "metadata", "metadata jsonb_path_ops", using="gin"),
        index("transcripts", "full_text", "search_vector(language, full_text)", using="gin"),
        # Otherwise ANALYZE would compute the vectors of thousands of whole transcripts.
        Sql("ALTER INDEX transcripts_full_text_idx ALTER COLUMN 1 SET STATISTICS 0", ""),
        IMMUTABLE,
        audited("transcripts", left_out=["word_timestamps", "segment_timestamps"]),
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s (%s)", columns=[cls.video_id.title, cls.language])


class Chunk(ChangingRecord, tablename="chunks"):
    """About 150 words of a transcript, the unit that searches find.

    `word_starts` has the second at which each whitespace-separated word is spoken. The table has
    one more column, `search_vector`, which Piccolo does not know about.
    """

    example = {
        "transcript_id": example_id("transcripts"),
        "chunk_index": 0,
        "chunk_text": "So we lift the whole thing off its bearings, slowly.",
        "start_time": 0.0,
        "end_time": 4.5,
    }
    example_change = {"end_time": 4.75}

    transcript_id = ForeignKey(Transcript, on_delete=OnDelete.cascade, null=False)
    user_id = ForeignKey(
        User,
        on_delete=OnDelete.cascade,
        null=True,
        index=True,
        help_text="The owner, if private. A private transcript's chunks belong to its owner.",
    )
    chunk_text = Text(default=None, help_text="The text.")
    chunk_index = Integer(default=None, help_text="Its position in the transcript, from 0.")
    token_count = Integer(default=0, help_text="The number of tokens in the text.")
    start_time = DoublePrecision(null=True, default=None, help_text="In seconds of the video.")
    end_time = DoublePrecision(null=True, default=None, help_text="In seconds of the video.")
    word_starts = Array(
        base_column=Real(), default=list, help_text="The second at which each word is spoken."
    )
    metadata = JSONB(default={}, help_text="Other metadata, as a JSON object.")

    # The first column also serves the foreign key.
    chunks_transcript_id_chunk_index_key = Unique([transcript_id, chunk_index])
    chunks_chunk_index_check = Check("chunk_index >= 0")
    chunks_token_count_check = Check("token_count >= 0")
    chunks_end_time_check = Check("end_time > start_time")

    extras = (
        CHUNK_VECTOR,
        LANGUAGE_CHANGE,
        KEEP_PRIVATE,
        MOVE_CHUNKS,
        index("chunks", "search_vector", "search_vector", using="gin"),
        index("chunks", "metadata", "metadata jsonb_path_ops", using="gin"),
        # With the key at the end, distant pages are found without reading the table, whose rows are
        # large. There is none on the text: it would cost inserts as much as all three.
        index("chunks", "start_time", "start_time, id"),
        index("chunks", "end_time", "end_time, id"),
        index("chunks", "chunk_index", "chunk_index, id"),
        keeps_updated_at("chunks"),
        # Chunks created or deleted with their transcript are covered by the transcript's entry.
        audited("chunks", left_out=["word_starts", "search_vector"], when=DIRECTLY),
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="#%s: %s", columns=[cls.chunk_index, cls.chunk_text])
