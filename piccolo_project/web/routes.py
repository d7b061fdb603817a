"""The routes of the pages, and what they have in common."""

from pathlib import Path

from litestar import Router
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.template.config import TemplateConfig

from apps.accounts.middleware import PUBLIC
from apps.media.controllers import serve_media
from piccolo_project.web.backups import download_backup, show_backups
from piccolo_project.web.errors import PAGE_ERROR_HANDLERS
from piccolo_project.web.formatting import FILTERS
from piccolo_project.web.jobs import show_job
from piccolo_project.web.overview import show_overview
from piccolo_project.web.policy import SECURITY_HEADERS
from piccolo_project.web.review import show_review
from piccolo_project.web.search import show_search
from piccolo_project.web.sessions import SessionMiddleware
from piccolo_project.web.watch import send_captions, show_video


def add_filters(engine: JinjaTemplateEngine) -> None:
    engine.engine.filters.update(FILTERS)


TEMPLATES = TemplateConfig(
    directory=Path(__file__).parent / "templates",
    engine=JinjaTemplateEngine,
    engine_callback=add_filters,
)

PAGES = Router(
    "/",
    route_handlers=[
        show_overview,
        show_review,
        serve_media,
        show_search,
        show_video,
        send_captions,
        show_job,
        show_backups,
        download_backup,
    ],
    middleware=[SessionMiddleware],
    exception_handlers=PAGE_ERROR_HANDLERS,
    response_headers=SECURITY_HEADERS,
    opt=PUBLIC,
)
"""PUBLIC only means that no bearer token is needed: the admin's session opens them."""
