"""How the admin shows jobs and sessions."""

from apps.processing.tables import ProcessingJob, ProcessingSession
from apps.shared.admin_view import AdminView, MenuGroup

ADMIN_VIEWS = (
    AdminView(
        ProcessingJob,
        MenuGroup.processing,
        shown="job_type entity_type status priority attempts next_attempt_at error_message",
        filters="job_type status entity_type entity_id session_id priority attempts"
        " next_attempt_at",
        is_moved_by_program=True,
    ),
    AdminView(
        ProcessingSession,
        MenuGroup.processing,
        shown="name status total_items completed_items failed_items started_at",
        filters="name status started_at failed_items",
        is_moved_by_program=True,
    ),
)
