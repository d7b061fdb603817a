from datetime import date
from typing import Annotated, Any

from litestar import Controller, Request, get
from litestar.params import FromQuery, QueryParameter
from litestar.types import ControllerRouterHandler

from apps.accounts.services import Caller
from apps.search.services import MAX_RANKED, Filters, Found, Search
from apps.shared.http.problems import problem_responses

SYNTAX = """Words, "an exact phrase", -without, or."""


class SearchController(Controller):
    path = "/api/search"
    tags = ["Search"]

    @get(summary="The seconds at which words were said", responses=problem_responses(422))
    async def search(
        self,
        request: Request[Caller, Any, Any],
        q: Annotated[str, QueryParameter(max_length=500, description=SYNTAX)],
        channel: Annotated[str | None, QueryParameter(description="An id or a name.")] = None,
        video: Annotated[str | None, QueryParameter(description="An id or identifier.")] = None,
        language: Annotated[str | None, QueryParameter(max_length=10)] = None,
        uploaded_after: FromQuery[date | None] = None,
        uploaded_before: FromQuery[date | None] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=50)] = 20,
        offset: Annotated[int, QueryParameter(ge=0, le=MAX_RANKED)] = 0,
    ) -> Found:
        filters = Filters(
            channel=channel,
            video=video,
            language=language,
            uploaded_after=uploaded_after,
            uploaded_before=uploaded_before,
        )
        return await Search(request.user.id).run(q, filters, limit=limit, offset=offset)


ROUTES: list[ControllerRouterHandler] = [SearchController]
