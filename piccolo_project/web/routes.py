"""The pages beside the admin, and what they share."""

from pathlib import Path

from litestar import Router
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.template.config import TemplateConfig

from apps.accounts.middleware import PUBLIC
from apps.media.controllers import media
from piccolo_project.web.backups import backups, download
from piccolo_project.web.errors import HANDLERS
from piccolo_project.web.overview import overview
from piccolo_project.web.policy import HEADERS
from piccolo_project.web.review import review
from piccolo_project.web.search import search
from piccolo_project.web.signing_in import SignedIn
from piccolo_project.web.watch import captions, watch
from piccolo_project.web.wording import FILTERS
from piccolo_project.web.work import work


def add_filters(engine: JinjaTemplateEngine) -> None:
    engine.engine.filters.update(FILTERS)


TEMPLATES = TemplateConfig(
    directory=Path(__file__).parent / "templates",
    engine=JinjaTemplateEngine,
    engine_callback=add_filters,
)

PAGES = Router(
    "/",
    route_handlers=[overview, review, media, search, watch, captions, work, backups, download],
    middleware=[SignedIn],
    exception_handlers=HANDLERS,
    response_headers=HEADERS,
    opt=PUBLIC,
)
"""Public to the bearer tokens' middleware: a session of the admin opens them."""
