"""Providers: who sells, under which law, in which currency and by which payment methods."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing_panel.accounts.companies.bank_profiles import BankAccount, profile_of
from billing_panel.accounts.companies.e_invoicing_modes import EInvoicing
from billing_panel.kernel.database.column_types import (
    Base,
    BigId,
    Json,
    Percent,
    UtcDateTime,
    one_of,
)
from billing_panel.kernel.language.text import Text, Titles, text
from billing_panel.kernel.values.postal_address import Address

# stands for the tracking code in the address of a carrier's page
CODE = "{code}"


class MethodKind(StrEnum):
    """How something is paid: by bank transfer, from balance or points, by card, or in cash."""

    BANK_TRANSFER = "bank_transfer"
    BALANCE = "balance"
    POINTS = "points"
    CARD_GATEWAY = "card_gateway"
    CARD_AT_DESK = "card_at_desk"
    CASH = "cash"
    CASH_ON_DELIVERY = "cash_on_delivery"


METHOD_TITLES: Mapping[MethodKind, Text] = {
    MethodKind.BANK_TRANSFER: text("Bank transfer"),
    MethodKind.BALANCE: text("Balance"),
    MethodKind.POINTS: text("Points"),
    MethodKind.CARD_GATEWAY: text("Card online"),
    MethodKind.CARD_AT_DESK: text("Card at the desk"),
    MethodKind.CASH: text("Cash"),
    MethodKind.CASH_ON_DELIVERY: text("Cash on delivery"),
}
# why a method that clients may choose is not offered yet
METHOD_NEEDS: Mapping[MethodKind, Text] = {
    MethodKind.BANK_TRANSFER: text(
        "Bank transfer is not offered: enter the provider’s bank account first."
    ),
    MethodKind.CARD_GATEWAY: text(
        "Card online is not offered: choose the provider’s payment system first."
    ),
}


class InvoiceTime(StrEnum):
    """When an order's invoice is issued: once it is paid, once it is delivered, or by the worker.

    The worker issues it on the fourth day after the tax event, within the five that the law gives
    (чл. 113, ал. 4 ЗДДС); or, ``monthly``, for all orders of a client together (Directive
    2006/112/EC, Art. 223). ``advance``: money that comes before the delivery is invoiced when it
    comes, and the invoice at delivery settles it.
    """

    PAYMENT = "payment"
    DELIVERY = "delivery"
    WITHIN_FIVE_DAYS = "within_five_days"
    MONTHLY = "monthly"
    ADVANCE = "advance"


INVOICE_TIME_TITLES: Mapping[InvoiceTime, Text] = {
    InvoiceTime.PAYMENT: text("When the order is paid"),
    InvoiceTime.DELIVERY: text("When the order is delivered"),
    InvoiceTime.WITHIN_FIVE_DAYS: text("On the fourth day after payment or delivery"),
    InvoiceTime.MONTHLY: text("One invoice for all orders of a month"),
    InvoiceTime.ADVANCE: text("Advance invoices for payments, and the invoice at delivery"),
}


class Provider(Base):
    """``series_*`` are formats of document numbers with ``{year}`` and ``{number}``.

    ``address``: its lines above the city. ``first_*``: what counting in the series begins with.

    ``logo``, ``signature`` and ``stamp`` are digests of a ``Logo``, for documents.
    ``balance_may_go_below``: down to minus the credit limit.
    ``credit_covers_debt``: what comes in on a balance pays the oldest debts first. ``points_for``:
    minor units of money paid that earn one point, None: none do; ``points_last_days``: after so
    many days what was not spent expires. ``clients_may_order``: the ordering module is on (D1);
    ``shop_window_open``: and list prices are shown without sign-in. ``registration_open``: and
    people become clients by themselves, in the group of the key ``registration_group``.
    ``terms_*``: what clients accept with an order; without a version they accept nothing.
    ``charges_tax``: they are registered for it; ``one_stop_shop``: and declare what consumers
    elsewhere in the EU buy. ``invoices_since``: tax documents are issued for what happens from that
    day on, None: none are; ``invoice_time``: when. ``series_credit_note`` empty: credit notes are
    numbered with invoices; ``series_receipt`` empty: no receipts are issued. ``e_invoicing``: what
    is issued from now on. ``books_closed_on``: the last day of its closed months, on which nothing
    more is entered into the books; ``books_closed_at``: when they were closed last.
    ``revenue_released_on``: the last day of the last month whose deferred revenue was released.
    """

    __tablename__ = "provider"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str]
    legal_name: Mapped[str]
    country: Mapped[str] = mapped_column(String(2))
    address: Mapped[str]
    post_code: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    region: Mapped[str] = mapped_column(default="")
    registration_number: Mapped[str] = mapped_column(default="")
    vat_number: Mapped[str] = mapped_column(default="")
    tax_number: Mapped[str] = mapped_column(default="")
    tax_registration_reason: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    currency: Mapped[str] = mapped_column(String(3))
    language: Mapped[str] = mapped_column(String(8))
    timezone: Mapped[str]
    prices_include_tax: Mapped[bool]
    charges_tax: Mapped[bool] = mapped_column(default=True)
    one_stop_shop: Mapped[bool] = mapped_column(default=False)
    e_invoicing: Mapped[EInvoicing] = mapped_column(one_of(EInvoicing), default=EInvoicing.OFF)
    payment_terms_days: Mapped[int] = mapped_column(default=14)
    series_proforma: Mapped[str]
    series_fiscal: Mapped[str]
    first_proforma: Mapped[int] = mapped_column(BigId, default=1)
    first_fiscal: Mapped[int] = mapped_column(BigId, default=1)
    series_credit_note: Mapped[str] = mapped_column(default="")
    first_credit_note: Mapped[int] = mapped_column(BigId, default=1)
    series_receipt: Mapped[str] = mapped_column(default="")
    first_receipt: Mapped[int] = mapped_column(BigId, default=1)
    invoices_since: Mapped[date | None]
    books_closed_on: Mapped[date | None]
    revenue_released_on: Mapped[date | None]
    books_closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    invoice_time: Mapped[InvoiceTime] = mapped_column(
        one_of(InvoiceTime), default=InvoiceTime.PAYMENT
    )
    bank_name: Mapped[str] = mapped_column(default="")
    bank_iban: Mapped[str] = mapped_column(default="")
    bank_bic: Mapped[str] = mapped_column(default="")
    bank_account: Mapped[str] = mapped_column(default="")
    bank_correspondent: Mapped[str] = mapped_column(default="")
    bank_bik: Mapped[str] = mapped_column(default="")
    logo: Mapped[str | None] = mapped_column(String(64), ForeignKey("logo.digest"))
    signature: Mapped[str | None] = mapped_column(String(64), ForeignKey("logo.digest"))
    stamp: Mapped[str | None] = mapped_column(String(64), ForeignKey("logo.digest"))
    balance_may_go_below: Mapped[bool] = mapped_column(default=False)
    credit_covers_debt: Mapped[bool] = mapped_column(default=False)
    exceptions_allowed: Mapped[bool] = mapped_column(default=False)
    clients_may_order: Mapped[bool] = mapped_column(default=True)
    shop_window_open: Mapped[bool] = mapped_column(default=False)
    registration_open: Mapped[bool] = mapped_column(default=False)
    registration_group: Mapped[str | None] = mapped_column(
        String(64), ForeignKey("client_group.key", onupdate="CASCADE")
    )
    points_for: Mapped[int | None] = mapped_column(BigId)
    points_last_days: Mapped[int | None]
    terms_titles: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    terms_url: Mapped[str] = mapped_column(default="")
    terms_version: Mapped[str] = mapped_column(String(64), default="")

    @property
    def terms_title(self) -> Titles:
        """What the terms are called that clients accept with an order."""
        return Titles(self.terms_titles)

    @property
    def postal_address(self) -> Address:
        return Address(self.address, self.post_code, self.city, self.region, self.country)

    @property
    def has_bank_account(self) -> bool:
        """A bill can say where money is transferred to, in all that the country's banks need."""
        account = BankAccount(
            self.bank_iban,
            self.bank_bic,
            self.bank_account,
            self.bank_correspondent,
            self.bank_bik,
        )
        return profile_of(self.country, account) is not None

    def can_take_by(self, method: "PaymentMethod") -> bool:
        """There is somewhere to pay to by it: an account, or a payment system."""
        match method.kind:
            case MethodKind.BANK_TRANSFER:
                return self.has_bank_account
            case MethodKind.CARD_GATEWAY:
                return method.gateway is not None
            case _:
                return True

    tax_rates: Mapped[list["TaxRate"]] = relationship(
        order_by="TaxRate.since, TaxRate.id", cascade="all, delete-orphan"
    )
    payment_methods: Mapped[list["PaymentMethod"]] = relationship(
        order_by="PaymentMethod.position", cascade="all, delete-orphan"
    )
    delivery_services: Mapped[list["DeliveryService"]] = relationship(
        order_by="DeliveryService.id", cascade="all, delete-orphan"
    )


class Logo(Base):
    """A picture for documents, a PNG by the SHA-256 of its bytes; issued documents name it too."""

    __tablename__ = "logo"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    png: Mapped[bytes] = mapped_column(LargeBinary)


class TaxRate(Base):
    """What the law says from ``since`` on; the rate of a day is the last one begun by then."""

    __tablename__ = "tax_rate"
    __table_args__ = (UniqueConstraint("provider_id", "tax_class", "since"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    tax_class: Mapped[str] = mapped_column(String(32))
    since: Mapped[date]
    percent: Mapped[Decimal] = mapped_column(Percent)


class PaymentMethod(Base):
    """A way to pay this provider; what clients may choose and what staff may take differ (D3).

    ``gateway``: the payment system behind ``card_gateway``, by its key. ``off_until``: it is
    switched off until then, and comes back by itself (D13); ``off_for_clients``: why, as clients
    read it, ``off_for_staff`` as staff do; None and empty: it is on.
    """

    __tablename__ = "payment_method"
    __table_args__ = (UniqueConstraint("provider_id", "key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    key: Mapped[str] = mapped_column(String(32))
    kind: Mapped[MethodKind] = mapped_column(one_of(MethodKind))
    position: Mapped[int]
    client_may_choose: Mapped[bool] = mapped_column(default=True)
    staff_may_take: Mapped[bool] = mapped_column(default=True)
    gateway: Mapped[str | None] = mapped_column(String(32))
    off_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    off_for_clients: Mapped[str] = mapped_column(default="")
    off_for_staff: Mapped[str] = mapped_column(default="")

    @property
    def title(self) -> Text:
        return METHOD_TITLES[self.kind]

    def is_off(self, at: datetime) -> bool:
        """Nobody can choose it or pay by it at that moment."""
        return self.off_until is not None and at < self.off_until

    def why_off(self, at: datetime, timezone: str, *, for_staff: bool) -> Text | None:
        """What whoever wants to pay by it is told; None: it is on. Times are in ``timezone``."""
        if self.off_until is None or at >= self.off_until:
            return None
        when = f"{self.off_until.astimezone(ZoneInfo(timezone)):%d.%m.%Y %H:%M}"
        reason = (self.off_for_staff if for_staff else "") or self.off_for_clients
        if not reason:
            return text("Not possible until %(when)s.", when=when)
        return text("Not possible until %(when)s: %(reason)s", when=when, reason=reason)


class DeliveryService(Base):
    """``price`` in minor units of the provider's currency, tax inside where its prices have it.

    Orders name it by key, so it is never taken away: it stops being ``offered``. ``tracking_url``:
    where a parcel can be followed, with CODE in place of its tracking code (M8).
    """

    __tablename__ = "delivery_service"
    __table_args__ = (UniqueConstraint("provider_id", "key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    key: Mapped[str] = mapped_column(String(64))
    titles: Mapped[dict[str, str]] = mapped_column(Json)
    price: Mapped[int] = mapped_column(BigId)
    tax_class: Mapped[str] = mapped_column(String(32))
    offered: Mapped[bool] = mapped_column(default=True)
    tracking_url: Mapped[str] = mapped_column(default="")

    @property
    def title(self) -> Titles:
        return Titles(self.titles)

    def address_of(self, tracking_code: str) -> str:
        """Where the parcel can be followed; empty: its carrier has no such page."""
        if not self.tracking_url or not tracking_code:
            return ""
        return self.tracking_url.replace(CODE, quote(tracking_code, safe=""))
