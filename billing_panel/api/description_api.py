"""Where the API describes itself; no token is needed."""

from importlib.metadata import version
from typing import Any

from flask import Blueprint, Response, current_app
from pydantic import ConfigDict

from billing_panel.api.answer_models import Answer
from billing_panel.api.endpoint_declaration import JSON, Endpoint, describe, endpoints
from billing_panel.api.openapi import describe_api
from billing_panel.api.request_bodies import NoBody, read_body
from billing_panel.api.routes import PREFIX
from billing_panel.web.shell.route_access import PUBLIC, access

RULE = "/openapi.json"
MADE = "panel_api_description"
# of a body, which nothing takes
REFUSALS = {413: ("too_large",), 415: ("unsupported_media_type",), 422: ("invalid",)}

description = Blueprint("api_description", __name__, url_prefix=PREFIX)


class DescriptionAnswer(Answer):
    """A description in OpenAPI 3.1."""

    model_config = ConfigDict(extra="allow")

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]
    components: dict[str, Any]


@description.get(RULE)
@describe(
    Endpoint("GET", RULE, "Description", answer=DescriptionAnswer, errors=REFUSALS, token=False)
)
@access(PUBLIC)
def show_description() -> Response:
    """Describes this API: every endpoint, what it takes and answers, and its examples."""
    read_body(NoBody)
    made = current_app.extensions.get(MADE)
    if made is None:
        made = current_app.extensions[MADE] = _made().model_dump_json()
    return Response(made, content_type=JSON)


def _made() -> DescriptionAnswer:
    told = describe_api(endpoints(current_app), prefix=PREFIX, version=version("billing-panel"))
    return DescriptionAnswer(**told)
