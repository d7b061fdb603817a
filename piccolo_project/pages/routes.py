"""The pages beside the admin, and what they share."""

from pathlib import Path

from litestar import Router
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.template.config import TemplateConfig

from apps.accounts.middleware import PUBLIC
from piccolo_project.pages.overview import overview
from piccolo_project.pages.signing_in import SignedIn

TEMPLATES = TemplateConfig(
    directory=Path(__file__).parent / "templates", engine=JinjaTemplateEngine
)

PAGES = Router("/", route_handlers=[overview], middleware=[SignedIn], opt=PUBLIC)
"""Public to the bearer tokens' middleware: a session of the admin opens them."""
