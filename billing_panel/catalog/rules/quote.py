"""What a basket costs a client. Pure; every rounding is in ``kernel.values.money``.

1. A line's unit price is the list price of its period plus its options for that many months.
2. The group's discount, or a larger one granted for the line, is taken from that, not from the
   set-up fee and not from points.
3. Which tax each line carries is ruled on by ``billing_panel.tax``.
4. Where prices include tax and every line is taxed at home, the gross is exact: tax per rate =
   gross · r / (100 + r) on the summed gross of that rate.
5. Else each line net is whole, tax once per tax on the summed net (EN 16931, BR-CO-10 ff.). Where
   prices include tax, that of home is taken out of the line once; its unit price may then be finer
   than the currency (BT-146).
6. A line for points costs its price in points and no money; points prices are final.
7. A line of an order that stands as it was placed keeps its price, discount and tax (``placed``).
"""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, replace
from datetime import date
from decimal import Decimal

from billing_panel.catalog.rules.eligibility_facts import (
    Choice,
    ClientFacts,
    LinePrice,
    SellerFacts,
    Tender,
)
from billing_panel.catalog.rules.line_sums import TaxTotal, line_sums, taxes_of, without
from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import Titles, text
from billing_panel.kernel.language.text_with_guarded_fact import Fact, guarded
from billing_panel.kernel.values.money import POINTS, Money
from billing_panel.tax.rates import NoRateAbroad, percent_on
from billing_panel.tax.sale_tax_summary import TaxTreatment, treatment_of
from billing_panel.tax.supply import Supply, SupplyKind, SupplyTax, TaxBuyer, TaxCategory
from billing_panel.tax.tax_ruling import TAXED, rule_on


@dataclass(frozen=True)
class DeliveryFacts:
    """A delivery service of the provider; ``price`` as its prices are, with tax inside or not.

    ``placed``: what delivery of an order that stands as it was placed is priced at.
    """

    key: str
    title: Titles
    price: int
    tax_class: str
    placed: LinePrice | None = None


@dataclass(frozen=True)
class QuotedLine:
    """``unit_price`` and ``setup_fee`` are for one, as the price list has them.

    ``listed_percent``: of the tax in them that ``amount`` is without; mostly none. ``amount`` is
    after ``discount``: gross where the quote's ``taxes_inside``, else net. ``promo``: what of the
    discount a promo code takes off. ``untaxable``: why it can't be ordered: nobody knows its rate;
    it is quoted as if it were sold at home.
    """

    choice: Choice
    unit_price: int
    setup_fee: int
    discount: int
    amount: int
    levied: SupplyTax
    points: int
    discount_percent: Decimal = Decimal(0)
    promo: int = 0
    listed_percent: Decimal = Decimal(0)
    untaxable: Reason | None = None

    @property
    def before_discount(self) -> int:
        return self.amount + self.discount

    @property
    def tender(self) -> Tender:
        return self.choice.tender

    @property
    def fee(self) -> int:
        """The set-up fee of one, as it is paid."""
        return without(self.setup_fee, self.listed_percent)

    @property
    def fees(self) -> int:
        """What of the amount is set-up fees, which no discount is taken of."""
        return without(self.setup_fee * self.choice.quantity, self.listed_percent)

    @property
    def price(self) -> int:
        """The amount without the fees."""
        return self.amount - self.fees


@dataclass(frozen=True)
class QuotedDelivery:
    """Delivery in a quote: what it costs, minor units, and its tax; ``untaxable`` as of lines."""

    service: DeliveryFacts
    amount: int
    levied: SupplyTax
    untaxable: Reason | None = None


@dataclass(frozen=True)
class Quote:
    """``total`` = Σ base + Σ tax, what is to be paid in money; ``points`` beside it."""

    currency: str
    taxes_inside: bool
    lines: tuple[QuotedLine, ...]
    delivery: QuotedDelivery | None
    taxes: tuple[TaxTotal, ...]

    @property
    def treatment(self) -> TaxTreatment:
        """Why it carries the tax it does."""
        return treatment_of(total.levied.category for total in self.taxes)

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
    """Price ``choices`` on ``day`` (the seller's calendar). Raises NoRate."""
    supplies = _Supplies(seller, client, day)
    lines = [supplies.of_line(choice) for choice in choices]
    sent = supplies.of_delivery(delivery) if delivery else None
    at_home = all(
        levied.place == seller.territory and levied.category in TAXED
        for levied in (taxed.levied for taxed in (*lines, *([sent] if sent else [])))
        if levied is not None
    )
    stands = [c.placed for c in choices if c.tender is Tender.MONEY]
    stands.append(delivery.placed if delivery else None)
    inside = (
        seller.prices_include_tax
        and at_home
        and all(placed.has_tax_inside for placed in stands if placed)
    )
    pricing = _Pricing(seller, client, day, choices, inside=inside)
    quoted = tuple(
        pricing.line(choice, taxed) for choice, taxed in zip(choices, lines, strict=True)
    )
    delivered = pricing.delivery(delivery, sent) if delivery and sent else None
    taxes = taxes_of(
        quoted,
        (delivered.levied, delivered.amount) if delivered else None,
        taxes_inside=inside,
    )
    return Quote(seller.currency, inside, quoted, delivered, taxes)


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
class _Taxed:
    """``levied`` None: a line for points carries none."""

    levied: SupplyTax | None
    untaxable: Reason | None = None


@dataclass(frozen=True)
class _Supplies:
    """Which tax lines and delivery carry."""

    seller: SellerFacts
    client: ClientFacts
    day: date

    def of_line(self, choice: Choice) -> _Taxed:
        if choice.tender is Tender.POINTS:
            return _Taxed(None)
        if choice.placed is not None:
            return _Taxed(choice.placed.levied)
        tariff = choice.tariff
        place = self.client.ships_to if tariff.needs_delivery else None
        return self._taxed(tariff.supply, tariff.tax_class, place)

    def of_delivery(self, service: DeliveryFacts) -> _Taxed:
        """It goes with goods."""
        if service.placed is not None:
            return _Taxed(service.placed.levied)
        return self._taxed(SupplyKind.GOODS, service.tax_class, self.client.ships_to)

    def _taxed(self, kind: SupplyKind, tax_class: str, place: str | None) -> _Taxed:
        """``place``: where it is sent; None: nowhere, whatever address somebody typed."""
        supply = Supply(kind, tax_class, self.day, place)
        try:
            return _Taxed(self._tax(supply, self.client.for_tax))
        except NoRateAbroad as unknown:
            reason = Reason(unknown.code, unknown.message, text("Ask the provider."))
            at_home = TaxBuyer(self.seller.territory)
            return _Taxed(self._tax(replace(supply, sent_to=None), at_home), reason)

    def _tax(self, supply: Supply, buyer: TaxBuyer) -> SupplyTax:
        return rule_on(supply, seller=self.seller.for_tax, buyer=buyer).tax


@dataclass(frozen=True)
class _Pricing:
    seller: SellerFacts
    client: ClientFacts
    day: date
    choices: Sequence[Choice]
    _: KW_ONLY
    inside: bool

    def line(self, choice: Choice, taxed: _Taxed) -> QuotedLine:
        if taxed.levied is None:
            points = self._points(choice)
            untaxed = SupplyTax(TaxCategory.OUT_OF_SCOPE, Decimal(0), self.seller.territory)
            return QuotedLine(choice, 0, 0, 0, 0, untaxed, points * choice.quantity)
        price = choice.placed or self._today(choice, taxed.levied)
        listed = Decimal(0) if self.inside else price.listed_percent
        sums = line_sums(
            price.unit_price,
            price.setup_fee,
            choice.quantity,
            price.discount_percent,
            listed_percent=listed,
        )
        return QuotedLine(
            choice=choice,
            unit_price=price.unit_price,
            setup_fee=price.setup_fee,
            discount=sums.discount,
            amount=sums.amount,
            levied=taxed.levied,
            points=0,
            discount_percent=price.discount_percent,
            listed_percent=listed,
            untaxable=taxed.untaxable,
        )

    def _today(self, choice: Choice, levied: SupplyTax) -> LinePrice:
        return LinePrice(
            unit_price=unit_price_of(choice),
            setup_fee=choice.tariff.setup_fee,
            discount_percent=self._discount(choice),
            levied=levied,
            listed_percent=self._listed(choice.tariff.tax_class),
        )

    def _points(self, choice: Choice) -> int:
        """For one."""
        if choice.placed is not None:
            return choice.placed.points
        return choice.tariff.prices[choice.period].points or 0

    def delivery(self, service: DeliveryFacts, taxed: _Taxed) -> QuotedDelivery | None:
        if taxed.levied is None:
            return None
        if service.placed is not None:
            listed = Decimal(0) if self.inside else service.placed.listed_percent
            return QuotedDelivery(
                service, without(service.placed.unit_price, listed), service.placed.levied
            )
        amount = without(service.price, self._listed(service.tax_class))
        return QuotedDelivery(service, amount, taxed.levied, taxed.untaxable)

    def _discount(self, choice: Choice) -> Decimal:
        covering = (g for g in self.client.granted if g.covers(choice, self.choices))
        return max((g.discount_percent for g in covering), default=Decimal(0)).max(
            self.client.discount_percent
        )

    def _listed(self, tax_class: str) -> Decimal:
        """The tax in listed prices that has to be taken out of them first."""
        if self.inside or not self.seller.prices_include_tax or not self.seller.registered:
            return Decimal(0)
        return percent_on(self.seller.rates, tax_class, self.day)


def unit_price_of(choice: Choice) -> int:
    """The list price of one, its options included, as the seller's price list has it."""
    months = max(1, choice.period.months)
    price = choice.tariff.prices[choice.period].amount
    for option in choice.tariff.options:
        value = choice.options.get(option.key, option.included)
        if isinstance(value, int):
            price += (value - option.included) * option.price_per_unit_month * months
    return price
