"""A provider's catalogue as its shop shows it: to one of its clients, or to any visitor.

Prices and reasons are those of ``shopping``, which staff order by too; nothing is decided here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.catalog.load_eligibility_facts import category_titles
from billing_panel.catalog.rules.eligibility_facts import (
    Choice,
    Period,
    SellerFacts,
    TariffFacts,
)
from billing_panel.catalog.rules.quote import Quote, unit_price_of
from billing_panel.catalog.whole_catalogue import catalogue
from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import Text, Titles, text
from billing_panel.tax.sale_tax_summary import TaxTreatment
from plugins.orders.checkout.assess_basket import Judgement
from plugins.orders.checkout.checkout_context import Shopping
from plugins.orders.lifecycle.use_hours import hours_left

# what may still come into the same cart
CURABLE = frozenset({"prerequisite_missing"})

PRICES_WITH_TAX = text("Prices include VAT.")
PRICES_WITHOUT_TAX = text("Prices are without VAT; it is added in the cart.")
PRICES_AS_SOLD = text("Prices are without VAT; which VAT is added depends on the item.")
NO_TAX = text("The provider charges no VAT.")
TAXES: Mapping[TaxTreatment, Text] = {
    TaxTreatment.REVERSE_CHARGE: text("Prices are without VAT: you account for it yourselves."),
    TaxTreatment.EXPORT: text("Prices are without VAT: none is charged in your country."),
}


@dataclass(frozen=True)
class Price:
    """What one costs for a period, minor units. ``listed``: before the client's discount.

    ``points`` None: it can't be had for points.
    """

    period: Period
    amount: int
    listed: int
    points: int | None


@dataclass(frozen=True)
class Card:
    """A tariff in the shop. ``shown``: the price for the period that was asked for, or its first.

    ``hours``: of a time package. ``held``: how many of its services the client has, and
    ``left``: minutes of the hours they have; None: none. ``in_cart``: how many of it.
    ``reasons``: why they can't have it.
    """

    tariff: TariffFacts
    prices: Sequence[Price]
    shown: Price
    reasons: Sequence[Reason] = ()
    held: int = 0
    left: int | None = None
    in_cart: int = 0

    @property
    def is_closed(self) -> bool:
        return any(reason.code not in CURABLE for reason in self.reasons)


@dataclass(frozen=True)
class Shelf:
    """``cards``: what can be had, by category; ``closed``: what the client can't have.

    ``categories``, by the names tariffs have, and ``periods``: what there is to choose from,
    whatever is chosen now. ``tax``: what is to be said of it once.
    """

    currency: str
    tax: Text
    cards: Sequence[Card]
    closed: Sequence[Card]
    categories: Mapping[str, Titles | str]
    periods: Sequence[Period]
    tariffs: Mapping[str, TariffFacts] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not self.cards and not self.closed


@dataclass(frozen=True)
class Wish:
    """What the shelf is narrowed to. ``category`` empty: all. ``months`` None: each its first."""

    category: str = ""
    months: int | None = None


def own_shelf(
    session: Session, shopping: Shopping, wish: Wish, in_cart: Mapping[str, int]
) -> Shelf:
    """The shelf of the client who shops; ``in_cart``: how many of each tariff, by key."""
    tariffs = catalogue(session, shopping.provider)
    sold = [tariff for tariff in tariffs.values() if not tariff.archived]
    left = hours_left(session, shopping.client.id, shopping.provider.id)
    cards = [
        replace(_own_card(shopping, tariff, wish, in_cart), left=left.get(tariff.key))
        for tariff in sold
    ]
    return _shelf(session, shopping.provider, cards, wish, _tax(shopping, sold), tariffs)


def open_shelf(session: Session, provider: Provider, seller: SellerFacts, wish: Wish) -> Shelf:
    """List prices of what is sold to everybody, whatever their group and country."""
    tariffs = catalogue(session, provider)
    sold = [tariff for tariff in tariffs.values() if is_for_everybody(tariff)]
    cards = [_listed_card(tariff, wish) for tariff in sold]
    tax = PRICES_WITH_TAX if seller.prices_include_tax else PRICES_WITHOUT_TAX
    return _shelf(session, provider, cards, wish, tax, {t.key: t for t in sold})


def is_for_everybody(tariff: TariffFacts) -> bool:
    """Nothing of it is restricted by group or country, and clients order it themselves."""
    return all(
        one.self_service
        and not one.archived
        and not one.allowed_groups
        and not one.forbidden_groups
        and not one.countries
        for one in tariff.with_components()
    )


def price_of(judgement: Judgement) -> Price:
    """The price of the only line that was judged."""
    (line,) = judgement.quotes[0].lines
    return _price(line.choice, line.price, line.price + line.discount)


def _own_card(
    shopping: Shopping, tariff: TariffFacts, wish: Wish, in_cart: Mapping[str, int]
) -> Card:
    judged = {period: shopping.judge([Choice(tariff, period)]) for period in tariff.prices}
    prices = [price_of(judgement) for judgement in judged.values()]
    shown = _shown(prices, wish)
    return Card(
        tariff=tariff,
        prices=prices,
        shown=shown,
        reasons=judged[shown.period].reasons[0],
        held=shopping.facts.held.get(tariff.key, 0),
        in_cart=in_cart.get(tariff.key, 0),
    )


def _listed_card(tariff: TariffFacts, wish: Wish) -> Card:
    prices = [listed_price(Choice(tariff, period)) for period in tariff.prices]
    return Card(tariff=tariff, prices=prices, shown=_shown(prices, wish))


def listed_price(choice: Choice) -> Price:
    """The price as the price list has it."""
    amount = unit_price_of(choice)
    return _price(choice, amount, amount)


def _price(choice: Choice, amount: int, listed: int) -> Price:
    return Price(choice.period, amount, listed, choice.tariff.prices[choice.period].points)


def _shown(prices: Sequence[Price], wish: Wish) -> Price:
    return next((one for one in prices if one.period.months == wish.months), prices[0])


def _tax(shopping: Shopping, sold: Iterable[TariffFacts]) -> Text:
    """What holds for this client, as a quote of anything says it."""
    if not shopping.seller.registered:
        return NO_TAX
    some = {tariff.supply: tariff for tariff in sold if tariff.prices}
    if not some:
        return PRICES_WITH_TAX if shopping.seller.prices_include_tax else PRICES_WITHOUT_TAX
    each = [Choice(tariff, next(iter(tariff.prices))) for tariff in some.values()]
    said = {_tax_of(quoted) for one in each for quoted in shopping.judge([one]).quotes}
    return said.pop() if len(said) == 1 else PRICES_AS_SOLD


def _tax_of(quoted: Quote) -> Text:
    if quoted.treatment is not TaxTreatment.DOMESTIC:
        return TAXES[quoted.treatment]
    return PRICES_WITH_TAX if quoted.taxes_inside else PRICES_WITHOUT_TAX


def _shelf(
    session: Session,
    provider: Provider,
    cards: Sequence[Card],
    wish: Wish,
    tax: Text,
    tariffs: Mapping[str, TariffFacts],
) -> Shelf:
    titles = category_titles(session, provider.id)
    there = {card.tariff.category for card in cards}
    named = [name for name in titles if name in there]
    others = dict.fromkeys(
        card.tariff.category for card in cards if card.tariff.category not in titles
    )
    categories = {name: titles.get(name, name) for name in (*named, *others)}
    places = {name: place for place, name in enumerate(categories)}
    chosen = [card for card in cards if wish.category in {"", card.tariff.category}]
    chosen.sort(key=lambda card: places[card.tariff.category])
    return Shelf(
        currency=provider.currency,
        tax=tax,
        cards=[card for card in chosen if not card.is_closed],
        closed=[card for card in chosen if card.is_closed],
        categories=categories,
        periods=sorted({p.period for card in cards for p in card.prices if p.period.months}),
        tariffs=tariffs,
    )
