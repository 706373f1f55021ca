"""The search API: anything people might quote, in one request."""

from typing import Annotated, Any

from flask import url_for
from pydantic import BeforeValidator, Field, ValidationInfo

from billing_panel.api.answer_models import Answer
from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.api.query_parameters import Limit, Query
from billing_panel.api.request_bodies import NoBody
from billing_panel.core.search_results import best_hits, hits_by_kind
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.tables.find_search_entries import MAX_QUERY

api = Api("search_api", "Search")

DEFAULT_LIMIT = 20


def _words(written: Any, known: ValidationInfo) -> Any:
    """Raises Invalid ``length``."""
    if 0 < len(str(written)) <= MAX_QUERY:
        return written
    message = text("Enter what to search for, in at most %(most)s characters.", most=MAX_QUERY)
    raise Invalid([FieldError(known.field_name or "", "length", message)])


class SearchQuery(Query):
    """``query``: words as people type them; no more than ``limit`` are answered."""

    query: Annotated[str, BeforeValidator(_words)] = Field(
        json_schema_extra={"minLength": 1, "maxLength": MAX_QUERY},
        examples=["№ 10017"],
    )
    limit: Limit = DEFAULT_LIMIT


class HitAnswer(Answer):
    """``title`` and ``note`` are in the reader's language; ``address`` is that of a page."""

    kind: str = Field(examples=["order"])
    id: int
    title: str = Field(examples=["№ 10017 · Web Start"])
    note: str = Field(examples=["Elena Stoyanova · Active"])
    address: str = Field(examples=["/orders/17"])


class SearchAnswer(Answer):
    """First what the whole query names, then the newest of each kind."""

    items: list[HitAnswer]


@api.get("/search")
def search(call: Call[NoBody, SearchQuery]) -> SearchAnswer:
    """Finds orders, clients, documents and tariffs by what people quote, as far as one may see."""
    kinds = [kind for kind in call.panel.searched_kinds if not kind.is_action]
    query, limit = call.query.query, call.query.limit
    found = hits_by_kind(call.session, kinds, query, call.actor, limit)
    return SearchAnswer(
        items=[
            HitAnswer(
                kind=kind.kind,
                id=hit.id,
                title=say(hit.title, call.language),
                note=say(hit.note, call.language),
                address=url_for(hit.endpoint, **hit.values),
            )
            for kind, hit in best_hits(found, limit)
        ]
    )
