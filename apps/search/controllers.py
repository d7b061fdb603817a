from datetime import date
from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery, QueryParameter
from litestar.types import ControllerRouterHandler

from apps.search.services import MAX_RANKED, Filters, Search, SearchResults
from apps.shared.http.problems import problem_responses
from apps.shared.http.requests import AppRequest

SYNTAX = """Words, "an exact phrase", -excluded, or."""


def provide_search(request: AppRequest) -> Search:
    return Search(request.user.id)


class SearchController(Controller):
    path = "/api/search"
    tags = ["Search"]
    dependencies = {"transcript_search": Provide(provide_search, sync_to_thread=False)}

    @get(summary="Search transcripts", responses=problem_responses(422))
    async def search(
        self,
        transcript_search: NamedDependency[Search],
        q: Annotated[str, QueryParameter(max_length=500, description=SYNTAX)],
        channel: Annotated[str | None, QueryParameter(description="An id or a name.")] = None,
        video: Annotated[str | None, QueryParameter(description="An id or identifier.")] = None,
        language: Annotated[str | None, QueryParameter(max_length=10)] = None,
        uploaded_after: FromQuery[date | None] = None,
        uploaded_before: FromQuery[date | None] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=50)] = 20,
        offset: Annotated[int, QueryParameter(ge=0, le=MAX_RANKED)] = 0,
    ) -> SearchResults:
        filters = Filters(
            channel=channel,
            video=video,
            language=language,
            uploaded_after=uploaded_after,
            uploaded_before=uploaded_before,
        )
        return await transcript_search.run(q, filters, limit=limit, offset=offset)


ROUTES: list[ControllerRouterHandler] = [SearchController]
