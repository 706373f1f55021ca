"""The API of tariffs: what is sold, its stock, and the categories of the shop."""

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictStr
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from billing_panel.accounts.access.scope import find_provider
from billing_panel.administration.catalog.change_stock import change_stock
from billing_panel.administration.catalog.change_tariff import change_tariff, create_tariff
from billing_panel.administration.catalog.find_tariffs import tariff_by_key, tariffs_in_scope
from billing_panel.administration.catalog.tariff_categories import (
    categories_details,
    save_categories,
)
from billing_panel.administration.catalog.tariff_details import (
    new_tariff,
    tariff_details,
    usual_supply,
)
from billing_panel.api.administration.details_bodies import WRONG_AMOUNT
from billing_panel.api.administration.tariff_bodies import (
    CategoriesAnswer,
    CategoriesBody,
    ChangeTariffBody,
    NewTariffBody,
    StockAnswer,
    StockBody,
    TariffDetailsAnswer,
    categories_answer,
    tariff_answer,
)
from billing_panel.api.answer_models import PageAnswer
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.known_filters import unknown
from billing_panel.api.query_parameters import PageQuery, chosen, page_by_id
from billing_panel.api.request_bodies import NoBody
from billing_panel.api.setup.seen_details import on_state
from billing_panel.catalog.models import GroupRule, Requirement, Tariff
from billing_panel.catalog.tariff_search import tariffs_found
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.find_search_entries import Page, scope_marks
from permissions.panel_functions import PanelFunction

TARIFFS = "/providers/<key>/tariffs"
TARIFF = f"{TARIFFS}/<tariff>"
CATEGORIES = "/providers/<key>/categories"
READING = (PanelFunction.TARIFF_READ, PanelFunction.TARIFF_CHANGE, PanelFunction.STOCK_CHANGE)
# all that an answer says, read at once
WHOLE = (
    selectinload(Tariff.options),
    selectinload(Tariff.components),
    selectinload(Tariff.group_rules).joinedload(GroupRule.group),
    selectinload(Tariff.country_rules),
    selectinload(Tariff.requirements).joinedload(Requirement.required),
)

api = Api("panel_tariff_api", "Tariffs")


NO_SUCH_CATEGORY = text("The provider has no tariffs of this category; leave it out to list all.")


class TariffsQuery(PageQuery):
    """``query``: words of a tariff’s title, key or category."""

    query: str | None = Field(default=None, examples=["web"])
    category: StrictStr | None = Field(default=None, examples=["Web hosting"])
    archived: Annotated[
        Literal["true", "false"] | None, BeforeValidator(chosen(["true", "false"], "archived"))
    ] = None


@api.get(TARIFFS, *READING)
def list_tariffs(call: Call[NoBody, TariffsQuery], key: str) -> PageAnswer[TariffDetailsAnswer]:
    """Lists what a provider sells, archived tariffs too, in the order they were added."""
    query, session = call.query, call.session
    provider = find_provider(session, call.actor, key)
    narrowed = [Tariff.provider_id == provider.id]
    if query.category is not None:
        narrowed.append(Tariff.category == query.category)
        if session.scalar(select(Tariff.id).where(*narrowed).limit(1)) is None:
            raise unknown("category", NO_SUCH_CATEGORY)
    if query.archived is not None:
        narrowed.append(Tariff.archived.is_(query.archived == "true"))
    page = tariffs_in_scope(call.actor).options(*WHOLE).where(*narrowed)
    if query.query:
        wanted = Page(query.limit + 1, after=query.cursor or 0)
        found = tariffs_found(session, query.query, scope_marks(call.actor), wanted, *narrowed)
        page = page.where(Tariff.id.in_(found))
    if query.cursor is not None:
        page = page.where(Tariff.id > query.cursor)
    read = session.scalars(page.order_by(Tariff.id).limit(query.limit + 1)).all()
    rows, cursor = page_by_id(read, query.limit)
    return PageAnswer(
        items=[tariff_answer(session, row, provider) for row in rows], next_cursor=cursor
    )


@api.post(
    TARIFFS,
    PanelFunction.TARIFF_CHANGE,
    status=201,
    example={
        "key": "web-small",
        "titles": {"en": "Web Small", "bg": "Уеб малък"},
        "kind": "service",
        "category": "Web hosting",
        "tax_class": "standard",
        "prices": [{"months": 1, "amount": "4.90"}, {"months": 12, "amount": "49.00"}],
        "options": [
            {
                "key": "ip",
                "titles": {"en": "IP addresses"},
                "maximum": 8,
                "price_per_unit_month": "1.00",
            }
        ],
    },
    errors=WRONG_AMOUNT,
)
def post_tariff(call: Call[NewTariffBody], key: str) -> TariffDetailsAnswer:
    """Adds a tariff."""
    provider = find_provider(call.session, call.actor, key)
    kind = call.body.kind
    blank = replace(new_tariff(kind), supply=usual_supply(kind))
    made = create_tariff(
        call.session,
        key,
        call.body.details(blank, provider.currency),
        actor=call.actor,
        clock=call.panel.clock,
    )
    return tariff_answer(call.session, made, provider)


@api.get(TARIFF, *READING)
def show_tariff(call: Call, key: str, tariff: str) -> TariffDetailsAnswer:
    """Shows a tariff with its prices, options and restrictions."""
    return _shown(call, key, tariff)


@api.patch(
    TARIFF,
    PanelFunction.TARIFF_CHANGE,
    example={"prices": [{"months": 1, "amount": "5.90", "points": 300}], "archived": False},
    errors=WRONG_AMOUNT,
)
def patch_tariff(call: Call[ChangeTariffBody], key: str, tariff: str) -> TariffDetailsAnswer:
    """Changes a tariff. Orders that were placed keep their prices; its kind can't be changed.

    Whether pieces are counted requires `catalog:stock:change` too.
    """
    row, provider = tariff_by_key(call.session, call.actor, key, tariff)
    now = tariff_details(call.session, row, provider.currency)
    with on_state(call, now, lambda: _shown(call, key, tariff)) as seen:
        change_tariff(
            call.session,
            row.id,
            call.body.details(now, provider.currency),
            seen=seen,
            actor=call.actor,
            clock=call.panel.clock,
        )
    return tariff_answer(call.session, row, provider)


@api.post(
    f"{TARIFF}/stock",
    PanelFunction.STOCK_CHANGE,
    example={"by": 10, "reason": "A delivery came"},
    errors={422: ("not_counted", "not_so_many")},
)
def post_stock(call: Call[StockBody], key: str, tariff: str) -> StockAnswer:
    """Puts pieces into stock, or takes them out; refuses more than there are."""
    row, _ = tariff_by_key(call.session, call.actor, key, tariff)
    left = change_stock(
        call.session,
        row.id,
        call.body.by,
        call.body.reason,
        actor=call.actor,
        clock=call.panel.clock,
    )
    return StockAnswer(tariff=row.key, stock=left)


@api.get(CATEGORIES, *READING)
def list_categories(call: Call, key: str) -> CategoriesAnswer:
    """Lists what the categories of a provider are called, in the order of its shop."""
    return _categories(call, key)


@api.put(
    CATEGORIES,
    PanelFunction.TARIFF_CHANGE,
    example={"categories": [{"name": "Web hosting", "titles": {"bg": "Уеб хостинг"}}]},
)
def put_categories(call: Call[CategoriesBody], key: str) -> CategoriesAnswer:
    """Sets what categories are called in the shop, and their order. Tariffs keep what they name."""
    provider = find_provider(call.session, call.actor, key)
    now = categories_details(call.session, provider)
    with on_state(call, now, lambda: _categories(call, key)) as seen:
        save_categories(
            call.session,
            key,
            call.body.details(),
            seen=seen,
            actor=call.actor,
            clock=call.panel.clock,
        )
    return _categories(call, key)


def _shown(call: AnyCall, key: str, tariff: str) -> TariffDetailsAnswer:
    """Raises NotFound."""
    row, provider = tariff_by_key(call.session, call.actor, key, tariff)
    return tariff_answer(call.session, row, provider)


def _categories(call: AnyCall, key: str) -> CategoriesAnswer:
    """Raises NotFound."""
    provider = find_provider(call.session, call.actor, key)
    return categories_answer(categories_details(call.session, provider))
