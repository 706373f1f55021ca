"""The API of a provider's shop window: list prices, without a token."""

from flask import Blueprint, Response
from pydantic import Field

from billing_panel.api.answer_models import Answer, Key, MoneyAnswer, PointsAnswer, minor
from billing_panel.api.endpoint_declaration import JSON, Endpoint, describe
from billing_panel.api.endpoint_dispatch import PREFIX
from billing_panel.api.query_parameters import NoQuery, read_query
from billing_panel.api.request_bodies import NoBody, read_body
from billing_panel.catalog.load_eligibility_facts import seller_facts
from billing_panel.catalog.rules.eligibility_facts import Availability, TariffKind
from billing_panel.kernel.language.text import say
from billing_panel.kernel.values.money import POINTS
from billing_panel.web.shell.request_context import language, panel
from billing_panel.web.shell.route_access import PUBLIC, access
from plugins.shop.shelf.shop_catalogue import Card, Price, Shelf, Wish, open_shelf
from plugins.shop.shop_access import window

RULE = "/shop/<key>"

window_api = Blueprint("shop_window_api", "plugins.shop", url_prefix=PREFIX)


class ListedPriceAnswer(Answer):
    """``price`` for one, as the price list has it. ``points`` null: not for points."""

    period: str = Field(examples=["1 month"])
    price: MoneyAnswer
    points: PointsAnswer | None


class ListedTariffAnswer(Answer):
    """A tariff that everybody may order, with its list price for each period."""

    key: str = Field(examples=["web-start"])
    title: str
    kind: TariffKind
    category: str
    category_title: str
    availability: Availability
    lead_time_days: int | None
    hours: int | None
    setup_fee: MoneyAnswer
    prices: list[ListedPriceAnswer]


class WindowAnswer(Answer):
    """What the provider shows to everybody; ``prices_include_tax``: as its price list is."""

    provider: Key
    title: str
    currency: str = Field(examples=["EUR"])
    prices_include_tax: bool
    items: list[ListedTariffAnswer]


@window_api.get(RULE)
@describe(
    Endpoint("GET", RULE, "Shop", answer=WindowAnswer, errors={422: ("invalid",)}, token=False)
)
@access(PUBLIC)
def show_window(key: str) -> Response:
    """Lists what a provider sells to everybody, at list prices.

    Only tariffs without a restriction by group or country. 404 where the provider has no window.
    """
    read_body(NoBody)
    read_query(NoQuery)
    with panel().database.reading() as db:
        provider = window(db, key)
        shelf = open_shelf(db, provider, seller_facts(db, provider), Wish())
        answer = WindowAnswer(
            provider=provider.key,
            title=provider.name,
            currency=shelf.currency,
            prices_include_tax=provider.prices_include_tax,
            items=[_tariff(card, shelf) for card in shelf.cards],
        )
    return Response(answer.model_dump_json(), content_type=JSON)


def _tariff(card: Card, shelf: Shelf) -> ListedTariffAnswer:
    tariff, currency = card.tariff, shelf.currency
    return ListedTariffAnswer(
        key=tariff.key,
        title=say(tariff.title, language()),
        kind=tariff.kind,
        category=tariff.category,
        category_title=say(shelf.categories[tariff.category], language()),
        availability=tariff.availability,
        lead_time_days=tariff.lead_time_days,
        hours=tariff.hours,
        setup_fee=minor(tariff.setup_fee, currency),
        prices=[_price(price, currency) for price in card.prices],
    )


def _price(price: Price, currency: str) -> ListedPriceAnswer:
    return ListedPriceAnswer(
        period=str(price.period),
        price=minor(price.amount, currency),
        points=None if price.points is None else minor(price.points, POINTS),
    )
