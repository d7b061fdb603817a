"""The OpenAPI document, and the page that shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import SwaggerRenderPlugin
from litestar.openapi.spec import Components, OpenAPI, Parameter, Reference, SecurityScheme
from litestar.types import ControllerRouterHandler

from apps.shared.http.controllers import ReadOnlyController
from apps.shared.version import VERSION
from piccolo_project.openapi.completion import complete_document
from piccolo_project.openapi.operation_ids import create_operation_id

DESCRIPTION = """\
Sign in with POST /api/auth/login, then send `Authorization: Bearer <token>`.

A body must match its schema, and the rules in its description if values depend on each other.
References must lead to existing rows, and text must not contain the NUL character (U+0000). A value
that breaks a rule is answered with 422, one of the wrong type with 400, and a duplicate with 409.
Each error names the fields."""


@dataclass
class Document(OpenAPI):
    def to_schema(self) -> dict[str, Any]:
        """Litestar calls it once, when somebody first reads the document."""
        return complete_document(super().to_schema())


@dataclass
class Documentation(OpenAPIConfig):
    routes: Sequence[ControllerRouterHandler] = ()

    def to_openapi_schema(self) -> OpenAPI:
        """Litestar asks when somebody first reads the document."""
        document = Document(**vars(super().to_openapi_schema()))
        assert document.components is not None
        document.components.parameters = collect_list_parameters(self.routes)
        return document


def create_openapi_config(routes: Sequence[ControllerRouterHandler]) -> OpenAPIConfig:
    files = "/schema/static"
    return Documentation(
        title="Reelbase",
        routes=routes,
        version=VERSION,
        description=DESCRIPTION,
        path="/schema",
        operation_id_creator=create_operation_id,
        security=[{"bearer": []}],
        components=Components(
            security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer")},
        ),
        render_plugins=[
            # Its files are served locally rather than from a CDN.
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
