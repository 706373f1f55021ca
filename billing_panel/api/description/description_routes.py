"""Where the API describes itself, to programs and to people; no token is needed."""

import json
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from flask import Blueprint, Response, current_app, render_template
from pydantic import ConfigDict

from billing_panel.api.answer_models import Answer
from billing_panel.api.description.description_page import models_shown, subjects_shown
from billing_panel.api.description.openapi import describe_api
from billing_panel.api.endpoint_declaration import JSON, Endpoint, describe, endpoints
from billing_panel.api.endpoint_dispatch import PREFIX
from billing_panel.api.query_parameters import NoQuery, read_query
from billing_panel.api.request_bodies import NoBody, read_body
from billing_panel.web.shell.route_access import PUBLIC, access

HTML = "text/html"
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


@description.get("/openapi.json")
@describe(
    Endpoint(
        "GET",
        "/openapi.json",
        "Description",
        answer=DescriptionAnswer,
        errors=REFUSALS,
        token=False,
    )
)
@access(PUBLIC)
def show_description() -> Response:
    """Describes this API: every endpoint, what it takes and answers, and its examples."""
    _take_nothing()
    return Response(_kept(JSON, _json), content_type=JSON)


@description.get("/docs")
@describe(Endpoint("GET", "/docs", "Description", media=HTML, errors=REFUSALS, token=False))
@access(PUBLIC)
def show_description_page() -> Response:
    """Shows the description of this API as a page to read."""
    _take_nothing()
    return Response(_kept(HTML, _page), content_type=f"{HTML}; charset=utf-8")


def _take_nothing() -> None:
    read_body(NoBody)
    read_query(NoQuery)


def _kept(what: str, make: Callable[[], str]) -> str:
    """What was made at the first request, for all that follow."""
    made: dict[str, str] = current_app.extensions.setdefault(MADE, {})
    if what not in made:
        made[what] = make()
    return made[what]


def _json() -> str:
    told = describe_api(endpoints(current_app), prefix=PREFIX, version=version("billing-panel"))
    return DescriptionAnswer(**told).model_dump_json()


def _page() -> str:
    told = json.loads(_kept(JSON, _json))
    return render_template(
        "api/reference.html",
        info=told["info"],
        subjects=subjects_shown(told),
        models=models_shown(told),
    )
