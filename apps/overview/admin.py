"""How the admin shows findings and figures."""

from apps.overview.tables import Figure, Finding
from apps.shared.admin_view import AdminView, MenuGroup

ADMIN_VIEWS = (
    AdminView(
        Finding,
        MenuGroup.review,
        shown="description kind video_id original_id clip_id job_id session_id run_id thumbnail_id"
        " music_id created_at",
        filters="kind description video_id clip_id job_id session_id run_id",
        read_only="Reelbase finds these rows, and removes them once they are fixed",
    ),
    AdminView(
        Figure,
        MenuGroup.review,
        shown="name value measured_at seconds",
        filters="name",
        order="name",
        read_only="Reelbase measures it",
    ),
)
