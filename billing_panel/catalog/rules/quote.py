"""What a basket costs a client. Pure; every rounding is in ``kernel.values.money``.

1. A line's unit price is the list price of its period plus its options for that many months.
2. The group's discount, or a larger one granted for the line, is taken from that, not from the
   set-up fee and not from points.
3. Where prices include tax and none is due (reverse charge, abroad), it is first taken out of the
   unit price and of the set-up fee.
4. Where prices include tax, the gross is exact: tax per rate = gross · r / (100 + r) on the summed
   gross of that rate. Where they don't: each line net is whole, tax once per rate on the summed net
   (EN 16931, BR-CO-10 ff.).
5. A line for points costs its price in points and no money; points prices are final.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from billing_panel.catalog.rules.facts import (
    Choice,
    ClientFacts,
    SellerFacts,
    Tender,
)
from billing_panel.catalog.rules.tax import TaxTreatment, percent_on, treatment_of
from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.guarded_text import Fact, guarded
from billing_panel.kernel.language.text import Titles, text
from billing_panel.kernel.values.money import POINTS, Money, part_in_gross, percent_of


@dataclass(frozen=True)
class DeliveryFacts:
    """A delivery service of the provider; ``price`` as its prices are, with tax inside or not."""

    key: str
    title: Titles
    price: int
    tax_class: str


@dataclass(frozen=True)
class QuotedLine:
    """``unit_price`` and ``setup_fee`` are for one; ``amount`` is after ``discount``.

    ``promo``: what of the discount a promo code takes off.

    Amounts are gross where the seller's prices include tax and tax is due, else net.
    """

    choice: Choice
    unit_price: int
    setup_fee: int
    discount: int
    amount: int
    tax_percent: Decimal
    points: int
    discount_percent: Decimal = Decimal(0)
    promo: int = 0

    @property
    def before_discount(self) -> int:
        return self.amount + self.discount

    @property
    def tender(self) -> Tender:
        return self.choice.tender


@dataclass(frozen=True)
class QuotedDelivery:
    """Delivery in a quote: what it costs, in minor units, and the rate of its tax."""

    service: DeliveryFacts
    amount: int
    tax_percent: Decimal


@dataclass(frozen=True)
class TaxTotal:
    """One rate: ``base`` is what it is taken of, without the tax itself."""

    percent: Decimal
    base: int
    tax: int


@dataclass(frozen=True)
class Quote:
    """``total`` = Σ base + Σ tax, what is to be paid in money; ``points`` beside it."""

    currency: str
    treatment: TaxTreatment
    taxes_inside: bool
    lines: tuple[QuotedLine, ...]
    delivery: QuotedDelivery | None
    taxes: tuple[TaxTotal, ...]

    @property
    def goods(self) -> int:
        """Lines before discount, set-up fees with them, delivery not (P3)."""
        return sum(line.before_discount for line in self.lines)

    @property
    def discount(self) -> int:
        return sum(line.discount for line in self.lines)

    @property
    def promo(self) -> int:
        """What of the discount a promo code takes off."""
        return sum(line.promo for line in self.lines)

    @property
    def delivery_amount(self) -> int:
        return self.delivery.amount if self.delivery else 0

    @property
    def net(self) -> int:
        return sum(tax.base for tax in self.taxes)

    @property
    def tax(self) -> int:
        return sum(tax.tax for tax in self.taxes)

    @property
    def total(self) -> int:
        return self.net + self.tax

    @property
    def points(self) -> int:
        return sum(line.points for line in self.lines)


def quote(
    choices: Sequence[Choice],
    *,
    seller: SellerFacts,
    client: ClientFacts,
    day: date,
    delivery: DeliveryFacts | None = None,
) -> Quote:
    """Price ``choices`` on ``day`` (the seller's calendar). Raises tax.NoRate."""
    treatment = treatment_of(seller.territory, client.territory, vat_company=client.vat_company)
    pricing = _Pricing(seller, treatment, day, client, choices)
    lines = tuple(pricing.line(choice) for choice in choices)
    delivered = pricing.delivery(delivery) if delivery else None
    return Quote(
        currency=seller.currency,
        treatment=treatment,
        taxes_inside=pricing.taxes_inside,
        lines=lines,
        delivery=delivered,
        taxes=pricing.taxes(lines, delivered),
    )


def points_reasons(points: int, client: ClientFacts) -> tuple[Reason, ...]:
    """The reason why the client can't have lines for ``points`` in all, if they have too few."""
    if points <= client.points:
        return ()
    return (
        Reason(
            "insufficient_points",
            guarded(
                Fact.BALANCE,
                text(
                    "The order needs %(needed)s points; the client has %(has)s.",
                    needed=Money(points, POINTS),
                    has=Money(client.points, POINTS),
                ),
                plain=text(
                    "The order needs more points than there are: %(needed)s.",
                    needed=Money(points, POINTS),
                ),
            ),
            text("Pay some of the lines in money."),
        ),
    )


@dataclass(frozen=True)
class LineSums:
    """What a line comes to: ``amount`` is after ``discount``."""

    discount: int
    amount: int


def line_sums(unit_price: int, setup_fee: int, quantity: int, percent: Decimal) -> LineSums:
    """Of a line in money; ``percent`` of discount is taken from the price, not from the fee."""
    discount = percent_of(unit_price * quantity, percent)
    return LineSums(discount, (unit_price + setup_fee) * quantity - discount)


class Priced(Protocol):
    """A line as it is taxed: what it costs, in money where ``tender`` says so."""

    @property
    def tender(self) -> Tender: ...
    @property
    def tax_percent(self) -> Decimal: ...
    @property
    def amount(self) -> int: ...


def taxes_of(
    lines: Iterable[Priced], delivery: tuple[Decimal, int] | None, *, taxes_inside: bool
) -> tuple[TaxTotal, ...]:
    """Of an order, one for each rate, the highest first; ``delivery``: its percent and amount."""
    amounts = [(line.tax_percent, line.amount) for line in lines if line.tender is Tender.MONEY]
    if delivery is not None:
        amounts.append(delivery)
    return tax_totals(amounts, taxes_inside=taxes_inside)


def tax_totals(
    amounts: Iterable[tuple[Decimal, int]], *, taxes_inside: bool
) -> tuple[TaxTotal, ...]:
    """One for each rate among ``amounts`` (percent, sum), the highest first."""
    sums: dict[Decimal, int] = {}
    for percent, amount in amounts:
        sums[percent] = sums.get(percent, 0) + amount
    return tuple(
        _tax_total(percent, sums[percent], taxes_inside=taxes_inside)
        for percent in sorted(sums, reverse=True)
    )


def _tax_total(percent: Decimal, amount: int, *, taxes_inside: bool) -> TaxTotal:
    if taxes_inside:
        tax = part_in_gross(amount, percent)
        return TaxTotal(percent, amount - tax, tax)
    return TaxTotal(percent, amount, percent_of(amount, percent))


@dataclass(frozen=True)
class _Pricing:
    seller: SellerFacts
    treatment: TaxTreatment
    day: date
    client: ClientFacts
    choices: Sequence[Choice]

    @property
    def taxes_inside(self) -> bool:
        return self.seller.prices_include_tax and self.treatment is TaxTreatment.DOMESTIC

    def line(self, choice: Choice) -> QuotedLine:
        domestic = percent_on(self.seller.rates, choice.tariff.tax_class, self.day)
        if choice.tender is Tender.POINTS:
            points = choice.tariff.prices[choice.period].points or 0
            return QuotedLine(choice, 0, 0, 0, 0, Decimal(0), points * choice.quantity)
        unit_price = self._due(unit_price_of(choice), domestic)
        setup_fee = self._due(choice.tariff.setup_fee, domestic)
        percent = self._discount(choice)
        sums = line_sums(unit_price, setup_fee, choice.quantity, percent)
        return QuotedLine(
            choice=choice,
            unit_price=unit_price,
            setup_fee=setup_fee,
            discount=sums.discount,
            amount=sums.amount,
            tax_percent=self._percent(domestic),
            points=0,
            discount_percent=percent,
        )

    def _discount(self, choice: Choice) -> Decimal:
        covering = (g for g in self.client.granted if g.covers(choice, self.choices))
        return max((g.discount_percent for g in covering), default=Decimal(0)).max(
            self.client.discount_percent
        )

    def delivery(self, service: DeliveryFacts) -> QuotedDelivery:
        domestic = percent_on(self.seller.rates, service.tax_class, self.day)
        return QuotedDelivery(service, self._due(service.price, domestic), self._percent(domestic))

    def taxes(
        self, lines: Sequence[QuotedLine], delivery: QuotedDelivery | None
    ) -> tuple[TaxTotal, ...]:
        sent = None if delivery is None else (delivery.tax_percent, delivery.amount)
        return taxes_of(lines, sent, taxes_inside=self.taxes_inside)

    def _percent(self, domestic: Decimal) -> Decimal:
        return domestic if self.treatment is TaxTreatment.DOMESTIC else Decimal(0)

    def _due(self, listed: int, domestic: Decimal) -> int:
        if self.seller.prices_include_tax and not self.taxes_inside:
            return listed - part_in_gross(listed, domestic)
        return listed


def unit_price_of(choice: Choice) -> int:
    """The list price of one, its options included, as the seller's price list has it."""
    months = max(1, choice.period.months)
    price = choice.tariff.prices[choice.period].amount
    for option in choice.tariff.options:
        value = choice.options.get(option.key, option.included)
        if isinstance(value, int):
            price += (value - option.included) * option.price_per_unit_month * months
    return price
