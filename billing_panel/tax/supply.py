"""A supply as VAT sees it: who sells what to whom, where, and on which day. Pure.

The words are those of Council Directive 2006/112/EC ("the Directive"); categories are those of
UNCL5305, as EN 16931 uses them (BT-151).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class SupplyKind(StrEnum):
    """What is supplied. Hosting is an electronic service (Annex II of the Directive)."""

    ELECTRONIC = "electronic_service"
    SERVICE = "service"
    GOODS = "goods"


class Standing(StrEnum):
    """Who the buyer is for VAT. A person in business counts as a business.

    ``CONFIRMED``: a business in the EU whose VAT number the register confirmed (Article 18 of
    Implementing Regulation 282/2011).
    """

    PRIVATE = "private"
    BUSINESS = "business"
    CONFIRMED = "confirmed"


class TaxCategory(StrEnum):
    """UNCL5305, those of its codes that a seller of this panel needs."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    INTRA_COMMUNITY = "K"
    EXPORT = "G"
    OUT_OF_SCOPE = "O"


@dataclass(frozen=True)
class DatedRate:
    """The law's percentage from ``since`` on, until a later one begins."""

    since: date
    percent: Decimal


# by tax class, in any order
Rates = Mapping[str, Sequence[DatedRate]]


@dataclass(frozen=True)
class TaxSeller:
    """``territory``: whose VAT they are under (``vat_territory``); ``rates``: those at home.

    ``registered``: they charge tax at all. ``one_stop_shop``: they declare what consumers in other
    member states buy there (Articles 369a ff. of the Directive).
    """

    territory: str
    rates: Rates
    registered: bool = True
    one_stop_shop: bool = False


@dataclass(frozen=True)
class TaxBuyer:
    """``territory``: whose VAT they are under; a confirmed VAT number is of the same one."""

    territory: str
    standing: Standing = Standing.PRIVATE


@dataclass(frozen=True)
class Supply:
    """``sent_to``: the territory where goods arrive; None: where the buyer is.

    ``day``: that of the tax event, where the seller is.
    """

    kind: SupplyKind
    tax_class: str
    day: date
    sent_to: str | None = None


@dataclass(frozen=True, order=True)
class SupplyTax:
    """The tax a supply carries. ``place``: the territory whose tax it is, or would be."""

    category: TaxCategory
    percent: Decimal
    place: str


@dataclass(frozen=True)
class Ruling:
    """``article``: the law it follows from."""

    tax: SupplyTax
    article: str
