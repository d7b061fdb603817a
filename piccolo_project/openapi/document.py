"""The API's own description, and the page that shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import SwaggerRenderPlugin
from litestar.openapi.spec import Components, OpenAPI, Parameter, Reference, SecurityScheme
from litestar.types import ControllerRouterHandler

from apps.shared.http.controllers import ReadOnlyController
from apps.shared.version import VERSION
from piccolo_project.openapi.completion import describe
from piccolo_project.openapi.operation_ids import operation_id

DESCRIPTION = """\
One home for online video: sign in at POST /api/auth/login, then send
`Authorization: Bearer <token>`.

What a body may hold is told by its schema, and by its description where one value depends on
another. A reference must lead to a row, and no text may contain the NUL character (U+0000).
What breaks such a rule is answered with 422, what does not fit its type with 400, and what is there
already with 409; each names the fields."""


@dataclass
class Document(OpenAPI):
    def to_schema(self) -> dict[str, Any]:
        """Litestar asks once, when somebody first reads it."""
        return describe(super().to_schema())


@dataclass
class Documentation(OpenAPIConfig):
    routes: Sequence[ControllerRouterHandler] = ()

    def to_openapi_schema(self) -> OpenAPI:
        """Litestar asks when somebody first reads the document."""
        document = Document(**vars(super().to_openapi_schema()))
        assert document.components is not None
        document.components.parameters = collect_list_parameters(self.routes)
        return document


def openapi(routes: Sequence[ControllerRouterHandler]) -> OpenAPIConfig:
    files = "/schema/static"
    return Documentation(
        title="Reelbase",
        routes=routes,
        version=VERSION,
        description=DESCRIPTION,
        path="/schema",
        operation_id_creator=operation_id,
        security=[{"bearer": []}],
        components=Components(
            security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer")},
        ),
        render_plugins=[
            # Its files are served from here, so that no other host is asked.
            SwaggerRenderPlugin(
                path="/",
                js_url=f"{files}/swagger-ui-bundle.js",
                css_url=f"{files}/swagger-ui.css",
                standalone_preset_js_url=f"{files}/swagger-ui-standalone-preset.js",
                favicon=f"<link rel='icon' type='image/png' href='{files}/favicon-32x32.png'>",
            )
        ],
    )


def collect_list_parameters(
    routes: Sequence[ControllerRouterHandler],
) -> dict[str, Parameter | Reference]:
    parameters: dict[str, Parameter | Reference] = {}
    for route in routes:
        if isinstance(route, type) and issubclass(route, ReadOnlyController):
            parameters |= route.list_operation.describe_components()
    return parameters
