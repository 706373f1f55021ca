"""What the API says of a quote: totals over all the orders it would make, reasons line by line."""

from collections.abc import Iterator, Sequence

from pydantic import Field

from billing_panel.accounts.access.guarded_fact_visibility import sees
from billing_panel.api.answer_models import (
    Answer,
    Key,
    MoneyAnswer,
    Percent,
    PointsAnswer,
    ReasonAnswer,
    minor,
    reason_answers,
)
from billing_panel.catalog.rules.eligibility_facts import Choice, OptionValue, Tender
from billing_panel.catalog.rules.quote import Quote, QuotedLine
from billing_panel.kernel.language.text import say
from billing_panel.kernel.language.text_with_guarded_fact import Fact
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import POINTS
from billing_panel.tax.supply import TaxCategory
from plugins.orders.checkout.assess_basket import Judgement
from plugins.orders.checkout.checkout_context import Shopping


class QuoteLineAnswer(Answer):
    """A line with this client's price. ``amount`` after the discount."""

    tariff: str = Field(examples=["web-start"])
    title: str
    period: str = Field(examples=["1 month"])
    quantity: int
    options: dict[str, OptionValue] = Field(examples=[{"disk": 20}])
    pay_with: Tender
    unit_price: MoneyAnswer
    setup_fee: MoneyAnswer
    discount: MoneyAnswer
    amount: MoneyAnswer
    tax_percent: Percent
    tax_category: TaxCategory
    listed_tax_percent: Percent
    points: PointsAnswer
    orderable: bool
    reasons: list[ReasonAnswer]


class QuoteTaxAnswer(Answer):
    """``base`` without tax."""

    percent: Percent
    category: TaxCategory
    place: str = Field(examples=["BG"])
    base: MoneyAnswer
    tax: MoneyAnswer


class QuoteTotalsAnswer(Answer):
    """Sums of all the orders; ``goods`` before the discount, ``taxes`` order by order."""

    goods: MoneyAnswer
    delivery: MoneyAnswer
    discount: MoneyAnswer
    taxes: list[QuoteTaxAnswer]


class QuotePromoAnswer(Answer):
    """A promo code, and what it takes off all the orders; it is in the lines' discounts."""

    code: str = Field(examples=["WELCOME10"])
    discount: MoneyAnswer


class QuotedOrderAnswer(Answer):
    """An order it would make; ``lines``: places of its lines among those of the quote, from 0."""

    lines: list[int] = Field(examples=[[0]])
    total: MoneyAnswer
    total_points: PointsAnswer


class QuoteAnswer(Answer):
    """``balance_after`` and ``points_after`` are null where the caller may not see balances.

    ``promo`` is null where no promo code takes anything off.
    """

    provider: Key
    orderable: bool
    reasons: list[ReasonAnswer]
    lines: list[QuoteLineAnswer]
    totals: QuoteTotalsAnswer
    promo: QuotePromoAnswer | None
    total: MoneyAnswer
    total_points: PointsAnswer
    balance_after: MoneyAnswer | None
    points_after: PointsAnswer | None
    orders: list[QuotedOrderAnswer]


def quote_answer(
    judgement: Judgement, shopping: Shopping, actor: Actor, language: str
) -> QuoteAnswer:
    """Say the judgement of a basket, as far as ``actor`` may know it."""
    currency = shopping.seller.currency
    balance, points = _left_after(judgement, shopping, actor)
    return QuoteAnswer(
        provider=shopping.provider.key,
        orderable=judgement.orderable,
        reasons=reason_answers(judgement.basket_reasons, actor, language),
        lines=[*_lines(judgement, currency, actor, language)],
        totals=_totals(judgement.quotes, currency),
        promo=_promo(judgement, shopping),
        total=minor(judgement.total, currency),
        total_points=minor(judgement.points, POINTS),
        balance_after=balance,
        points_after=points,
        orders=[_order(judgement, quoted, currency) for quoted in judgement.quotes],
    )


def _promo(judgement: Judgement, shopping: Shopping) -> QuotePromoAnswer | None:
    promo = shopping.promo
    if promo is None or promo.facts is None or not judgement.promo:
        return None
    off = minor(judgement.promo, shopping.seller.currency)
    return QuotePromoAnswer(code=promo.facts.code, discount=off)


def _lines(
    judgement: Judgement, currency: str, actor: Actor, language: str
) -> Iterator[QuoteLineAnswer]:
    quoted = {id(line.choice): line for one in judgement.quotes for line in one.lines}
    for choice, reasons in zip(judgement.choices, judgement.reasons, strict=True):
        told = reason_answers(reasons, actor, language)
        yield _line(quoted[id(choice)], choice, told, currency, language, orderable=not reasons)


def _line(
    quoted: QuotedLine,
    choice: Choice,
    reasons: list[ReasonAnswer],
    currency: str,
    language: str,
    *,
    orderable: bool,
) -> QuoteLineAnswer:
    return QuoteLineAnswer(
        tariff=choice.tariff.key,
        title=say(choice.tariff.title, language),
        period=str(choice.period),
        quantity=choice.quantity,
        options=dict(choice.options),
        pay_with=choice.tender,
        unit_price=minor(quoted.unit_price, currency),
        setup_fee=minor(quoted.setup_fee, currency),
        discount=minor(quoted.discount, currency),
        amount=minor(quoted.amount, currency),
        tax_percent=str(quoted.levied.percent),
        tax_category=quoted.levied.category,
        listed_tax_percent=str(quoted.listed_percent),
        points=minor(quoted.points, POINTS),
        orderable=orderable,
        reasons=reasons,
    )


def _totals(quotes: Sequence[Quote], currency: str) -> QuoteTotalsAnswer:
    return QuoteTotalsAnswer(
        goods=minor(sum(one.goods for one in quotes), currency),
        delivery=minor(sum(one.delivery_amount for one in quotes), currency),
        discount=minor(sum(one.discount for one in quotes), currency),
        taxes=[
            QuoteTaxAnswer(
                percent=str(tax.levied.percent),
                category=tax.levied.category,
                place=tax.levied.place,
                base=minor(tax.base, currency),
                tax=minor(tax.tax, currency),
            )
            for one in quotes
            for tax in one.taxes
        ],
    )


def _order(judgement: Judgement, quoted: Quote, currency: str) -> QuotedOrderAnswer:
    return QuotedOrderAnswer(
        lines=[judgement.place_of(line.choice) for line in quoted.lines],
        total=minor(quoted.total, currency),
        total_points=minor(quoted.points, POINTS),
    )


def _left_after(
    judgement: Judgement, shopping: Shopping, actor: Actor
) -> tuple[MoneyAnswer | None, MoneyAnswer | None]:
    """Balance and points; None where the caller may not see them."""
    if not sees(actor, Fact.BALANCE):
        return None, None
    facts = shopping.facts
    return (
        minor(facts.balance - judgement.total, shopping.seller.currency),
        minor(facts.points - judgement.points, POINTS),
    )
