"""What the rules know of a catalogue and of a client: frozen values. Pure.

Amounts are whole minor units of the provider's currency; points are whole.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from typing_extensions import override

from billing_panel.kernel.language.text import Text, Titles
from billing_panel.tax.supply import (
    Rates,
    Standing,
    SupplyKind,
    SupplyTax,
    TaxBuyer,
    TaxSeller,
)


class TariffKind(StrEnum):
    """What is sold: a service, goods, a package of hours, or several tariffs together."""

    SERVICE = "service"
    GOODS = "goods"
    TIME_PACKAGE = "time_package"
    BUNDLE = "bundle"


# what the client holds from when it is delivered
HELD_KINDS = (TariffKind.SERVICE, TariffKind.TIME_PACKAGE)


class Availability(StrEnum):
    """Whether what is sold is there, or has to be got first."""

    IN_STOCK = "in_stock"
    ON_ORDER = "on_order"


class Tender(StrEnum):
    """What a line is paid with; chosen line by line (D5)."""

    MONEY = "money"
    POINTS = "points"


@dataclass(frozen=True, order=True)
class Period:
    """A billing period in whole months; 0 is a thing sold once. Written ``"12 months"``."""

    months: int

    @classmethod
    def parse(cls, written: str) -> "Period":
        """Raises ValueError on anything but ``once``, ``1 month`` or ``N months``."""
        if written == "once":
            return cls(0)
        match = re.fullmatch(r"([1-9][0-9]{0,2}) months?", written, re.ASCII)
        if match is None or str(cls(int(match[1]))) != written:
            raise ValueError(f"{written!r} is not a period: write once, 1 month or 12 months")
        return cls(int(match[1]))

    @override
    def __str__(self) -> str:
        match self.months:
            case 0:
                return "once"
            case 1:
                return "1 month"
            case months:
                return f"{months} months"


@dataclass(frozen=True)
class PriceFacts:
    """``points`` is the price in points where the tariff may be had for points."""

    amount: int
    points: int | None = None


@dataclass(frozen=True)
class OptionFacts:
    """A number of units (``included`` free, in ``step``s up to ``maximum``), or ``choices``."""

    key: str
    title: Titles
    unit: str = ""
    included: int = 0
    step: int = 1
    maximum: int = 0
    price_per_unit_month: int = 0
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class GroupFacts:
    """A client group as a tariff's restriction names it. ``title`` is for staff.

    Clients read ``client_title``, if there is one, and ``only_for``.
    """

    key: str
    title: Titles
    only_for: Titles | None = None
    client_title: Titles | None = None


@dataclass(frozen=True)
class Component:
    """A part of a bundle; one each."""

    tariff: "TariffFacts"
    period: Period


@dataclass(frozen=True)
class Named:
    """Another tariff, by key, with the title to show."""

    key: str
    title: Titles


@dataclass(frozen=True)
class TariffFacts:
    """``stock`` None: without end. Empty restrictions restrict nothing."""

    id: int
    key: str
    provider: str
    title: Titles
    kind: TariffKind
    category: str
    availability: Availability
    tax_class: str
    prices: Mapping[Period, PriceFacts]
    lead_time_days: int | None = None
    stock: int | None = None
    setup_fee: int = 0
    per_client_limit: int | None = None
    archived: bool = False
    self_service: bool = True
    needs_delivery: bool = False
    hours: int | None = None
    options: tuple[OptionFacts, ...] = ()
    components: tuple[Component, ...] = ()
    supply: SupplyKind = SupplyKind.ELECTRONIC
    allowed_groups: tuple[GroupFacts, ...] = ()
    forbidden_groups: tuple[GroupFacts, ...] = ()
    countries: frozenset[str] = frozenset()
    requires_one_of: tuple[Named, ...] = ()

    def with_components(self) -> "Iterator[TariffFacts]":
        yield self
        for component in self.components:
            yield component.tariff


OptionValue = int | str


@dataclass(frozen=True)
class LinePrice:
    """What a line is priced at: ``unit_price`` and ``setup_fee`` for one, ``points`` too.

    ``listed_percent``: of the tax inside the two; none where they are without.
    """

    unit_price: int
    setup_fee: int
    discount_percent: Decimal
    levied: SupplyTax
    listed_percent: Decimal
    points: int = 0

    @property
    def has_tax_inside(self) -> bool:
        """It can stand as it is where prices include tax."""
        return self.listed_percent == self.levied.percent


@dataclass(frozen=True)
class Choice:
    """A line that makes sense: the period is offered, every option has an allowed value.

    ``placed``: what it is priced at as a line of an order that stands as it was placed, whatever
    the price list says by now; None: at today's price.
    """

    tariff: TariffFacts
    period: Period
    quantity: int = 1
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    tender: Tender = Tender.MONEY
    note: str = ""
    placed: LinePrice | None = None


@dataclass(frozen=True)
class MethodFacts:
    """A payment method of the provider."""

    key: str
    title: Text


@dataclass(frozen=True)
class Basket:
    """All that is being ordered together, and how it is to be paid (None: not said yet)."""

    choices: Sequence[Choice]
    method: MethodFacts | None = None

    def demand(self) -> Counter[str]:
        """Tariff key → how many, the parts of bundles counted too."""
        wanted: Counter[str] = Counter()
        for choice in self.choices:
            for tariff in choice.tariff.with_components():
                wanted[tariff.key] += choice.quantity
        return wanted


@dataclass(frozen=True)
class SellerFacts:
    """``territory``: whose VAT the seller is under (``vat_territory``).

    ``registered`` and ``one_stop_shop`` are those of ``TaxSeller``.
    """

    territory: str
    currency: str
    prices_include_tax: bool
    rates: Rates
    registered: bool = True
    one_stop_shop: bool = False

    @property
    def for_tax(self) -> TaxSeller:
        """The seller as the rules of tax see them."""
        return TaxSeller(self.territory, self.rates, self.registered, self.one_stop_shop)


@dataclass(frozen=True)
class Granted:
    """An exception granted to the client for a tariff, when no more than ``quantity`` is ordered.

    ``lifted``: the code of the one restriction it lifts. ``discount_percent``: in place of their
    group's, where that is less.
    """

    tariff: str
    quantity: int = 1
    lifted: str | None = None
    discount_percent: Decimal = Decimal(0)

    def covers(self, choice: Choice, choices: Sequence[Choice]) -> bool:
        """Whether it is for ``choice``, all lines of that tariff among ``choices`` together."""
        ordered = sum(c.quantity for c in choices if c.tariff.key == self.tariff)
        return choice.tariff.key == self.tariff and ordered <= self.quantity


@dataclass(frozen=True)
class ClientFacts:
    """One client as one provider sees them. Nothing here tells who is asking (H2).

    ``held``: services by tariff key; ``open_lines``: ordered and not delivered yet;
    ``paid_open``: keys of tariffs on paid open orders; ``debt`` is what they owe, not negative;
    ``points`` are those not promised to open orders. ``granted``: exceptions that two of the staff
    have made for them and that this order uses. ``territory``: whose VAT they are under;
    ``ships_to``: that of the place where goods arrive, None: the same. ``number_unconfirmed``:
    they have a VAT number that the register was not heard of yet.
    ``blocked_reason`` is for staff, ``blocked_text`` for the client.
    """

    provider: str
    is_client: bool
    country: str
    territory: str
    tax_standing: Standing = Standing.PRIVATE
    number_unconfirmed: bool = False
    ships_to: str | None = None
    group: GroupFacts | None = None
    discount_percent: Decimal = Decimal(0)
    ignores_service_limits: bool = False
    forbidden_methods: frozenset[str] = frozenset()
    blocked_reason: str | None = None
    blocked_text: str = ""
    currency: str = "EUR"
    balance: int = 0
    points: int = 0
    debt: int = 0
    credit_limit: int = 0
    held: Mapping[str, int] = field(default_factory=dict)
    open_lines: Mapping[str, int] = field(default_factory=dict)
    paid_open: frozenset[str] = frozenset()
    granted: tuple[Granted, ...] = ()

    @property
    def for_tax(self) -> TaxBuyer:
        """The client as the rules of tax see them."""
        return TaxBuyer(self.territory, self.tax_standing)

    @property
    def lent(self) -> int:
        """Debts, and what the balance is below zero: one sum, which the credit limit is for."""
        return self.debt + max(-self.balance, 0)
