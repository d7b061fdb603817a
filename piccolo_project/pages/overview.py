"""`/`: the library in numbers."""

from litestar import get
from litestar.response import Template


@get("/", include_in_schema=False, sync_to_thread=False)
def overview() -> Template:
    return Template("overview.html")
