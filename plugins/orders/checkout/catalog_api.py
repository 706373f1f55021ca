"""The API of the catalogue, as one client may order from it."""

from collections.abc import Sequence

from pydantic import Field

from billing_panel.api.answer_models import (
    Answer,
    Key,
    MoneyAnswer,
    PageAnswer,
    PointsAnswer,
    ReasonAnswer,
    minor,
    reason_answers,
)
from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.api.known_filters import unknown
from billing_panel.api.query_parameters import ProviderPageQuery, page_by_place
from billing_panel.api.request_bodies import NoBody
from billing_panel.catalog.rules.eligibility_facts import (
    Availability,
    Choice,
    Component,
    OptionFacts,
    Period,
    PriceFacts,
    TariffFacts,
    TariffKind,
)
from billing_panel.catalog.whole_catalogue import catalogue
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import POINTS
from plugins.orders.checkout.assess_basket import Judgement
from plugins.orders.checkout.checkout_context import Shopping, start_shopping
from plugins.orders.functions import OrdersFunction

NO_SUCH_CATEGORY = text("The provider has no tariffs of this category; leave it out to list all.")

api = Api("orders_catalog_api", "Checkout")


class CatalogueQuery(ProviderPageQuery):
    """``category``: tariffs of it alone."""

    category: str | None = Field(default=None, examples=["hosting"])


class OptionAnswer(Answer):
    """Units above ``included``, in steps of ``step`` up to ``max``; or one of ``choices``."""

    key: str = Field(examples=["disk"])
    title: str
    unit: str
    included: int
    step: int
    max: int
    price_per_unit_month: MoneyAnswer
    choices: list[str]


class ComponentAnswer(Answer):
    """A part of a bundle, one each."""

    tariff: str = Field(examples=["web-start"])
    period: str = Field(examples=["1 month"])


class PriceAnswer(Answer):
    """``price`` for this client, without a set-up fee. ``points`` null: not for points."""

    period: str = Field(examples=["1 month"])
    list_price: MoneyAnswer
    price: MoneyAnswer
    total_with_tax: MoneyAnswer
    points: PointsAnswer | None


class TariffAnswer(Answer):
    """A tariff with this client's price for each period. ``stock`` null: without end."""

    key: str = Field(examples=["web-start"])
    title: str
    kind: TariffKind
    category: str
    availability: Availability
    lead_time_days: int | None
    stock: int | None
    setup_fee: MoneyAnswer
    self_service: bool
    archived: bool
    needs_delivery: bool
    options: list[OptionAnswer]
    components: list[ComponentAnswer]
    orderable: bool
    reasons: list[ReasonAnswer]
    prices: list[PriceAnswer]


class CatalogueAnswer(PageAnswer[TariffAnswer]):
    """A page of the provider's tariffs, for one client."""

    provider: Key


@api.get(
    "/clients/<bigid:client_id>/catalog",
    OrdersFunction.ORDER_CREATE,
    OrdersFunction.CART_CHANGE,
    errors={422: ("provider_needed",)},
)
def show_catalogue(call: Call[NoBody, CatalogueQuery], client_id: int) -> CatalogueAnswer:
    """Lists every tariff with this client's prices, and why they can't order it."""
    now, query = call.panel.clock.now(), call.query
    shopping = start_shopping(call.session, call.actor, client_id, query.provider, at=now)
    tariffs = catalogue(call.session, shopping.provider).values()
    if query.category not in {None, *(tariff.category for tariff in tariffs)}:
        raise unknown("category", NO_SUCH_CATEGORY)
    of_category = [t for t in tariffs if query.category in {None, t.category}]
    page, cursor = page_by_place(query, of_category)
    items = [_tariff(tariff, shopping, call.actor, call.language) for tariff in page]
    return CatalogueAnswer(provider=shopping.provider.key, items=items, next_cursor=cursor)


def _tariff(tariff: TariffFacts, shopping: Shopping, actor: Actor, language: str) -> TariffAnswer:
    """As its first period is judged; each period has its own price."""
    currency = shopping.seller.currency
    judged = {period: shopping.judge([Choice(tariff, period)]) for period in tariff.prices}
    first = next(iter(judged.values()))
    reasons = (*first.reasons[0], *first.basket_reasons)
    return TariffAnswer(
        key=tariff.key,
        title=say(tariff.title, language),
        kind=tariff.kind,
        category=tariff.category,
        availability=tariff.availability,
        lead_time_days=tariff.lead_time_days,
        stock=tariff.stock,
        setup_fee=minor(tariff.setup_fee, currency),
        self_service=tariff.self_service,
        archived=tariff.archived,
        needs_delivery=tariff.needs_delivery,
        options=[_option(option, currency, language) for option in tariff.options],
        components=_components(tariff.components),
        orderable=not reasons,
        reasons=reason_answers(reasons, actor, language),
        prices=[
            _price(period, tariff.prices[period], judgement, currency)
            for period, judgement in judged.items()
        ],
    )


def _price(period: Period, price: PriceFacts, judgement: Judgement, currency: str) -> PriceAnswer:
    (line,) = judgement.quotes[0].lines
    return PriceAnswer(
        period=str(period),
        list_price=minor(price.amount, currency),
        price=minor(line.price, currency),
        total_with_tax=minor(judgement.total, currency),
        points=None if price.points is None else minor(price.points, POINTS),
    )


def _option(option: OptionFacts, currency: str, language: str) -> OptionAnswer:
    return OptionAnswer(
        key=option.key,
        title=say(option.title, language),
        unit=option.unit,
        included=option.included,
        step=option.step,
        max=option.maximum,
        price_per_unit_month=minor(option.price_per_unit_month, currency),
        choices=list(option.choices),
    )


def _components(components: Sequence[Component]) -> list[ComponentAnswer]:
    return [ComponentAnswer(tariff=one.tariff.key, period=str(one.period)) for one in components]
