"""How the admin shows transcripts and chunks."""

from apps.shared.admin_view import AdminView, MenuGroup
from apps.transcripts.tables import Chunk, Transcript

NEVER_CHANGES = "a transcript's text never changes: delete it and create another"

ADMIN_VIEWS = (
    AdminView(
        Transcript,
        MenuGroup.library,
        shown="language video_id source is_primary number_of_words created_at",
        filters="video_id language source is_primary user_id number_of_words",
        given_once={
            "full_text": NEVER_CHANGES,
            "word_timestamps": NEVER_CHANGES,
            "segment_timestamps": NEVER_CHANGES,
            "number_of_words": NEVER_CHANGES,
            "number_of_segments": NEVER_CHANGES,
        },
        heavy="word_timestamps segment_timestamps",
        large="full_text",
    ),
    AdminView(
        Chunk,
        MenuGroup.library,
        shown="chunk_text transcript_id chunk_index start_time end_time",
        filters="transcript_id chunk_index start_time",
        heavy="word_starts",
    ),
)
