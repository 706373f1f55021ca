"""The details of a provider as people type them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from billing_panel.accounts.companies.e_invoicing_modes import EInvoicing
from billing_panel.accounts.companies.provider_models import (
    InvoiceTime,
    MethodKind,
    Provider,
)
from billing_panel.kernel.language.text import DEFAULT_LANGUAGE
from billing_panel.kernel.values.money import Money

SERIES = ("series_proforma", "series_fiscal")
# empty: credit notes are numbered with invoices, and no receipts are issued
OWN_SERIES = ("series_credit_note", "series_receipt")


FIRST = ("first_proforma", "first_fiscal", "first_credit_note", "first_receipt")


@dataclass(frozen=True)
class RateDetails:
    """A tax rate of a class, in force from ``since``, as typed. None: not filled in."""

    tax_class: str
    since: date | None
    percent: Decimal | None


@dataclass(frozen=True)
class MethodDetails:
    """``gateway``: the key of the payment system behind ``card_gateway``."""

    kind: MethodKind
    client_may_choose: bool = True
    staff_may_take: bool = True
    gateway: str | None = None

    @property
    def is_offered(self) -> bool:
        return self.client_may_choose or self.staff_may_take


@dataclass(frozen=True)
class DeliveryDetails:
    """``price`` in major units, as typed."""

    key: str
    titles: Mapping[str, str]
    price: str
    tax_class: str
    offered: bool = True
    tracking_url: str = ""


@dataclass(frozen=True)
class ProviderDetails:
    """Key, currency and whether prices include tax are settled when the provider is entered.

    ``address``: its lines above the city.
    ``registration_group``: the key of a client group, ``""`` for none.
    ``points_for``: the money that earns one point, in major units as typed; empty: none does.
    """

    key: str
    name: str
    legal_name: str
    country: str
    address: str
    currency: str
    post_code: str = ""
    city: str = ""
    region: str = ""
    registration_number: str = ""
    vat_number: str = ""
    tax_number: str = ""
    tax_registration_reason: str = ""
    email: str = ""
    phone: str = ""
    language: str = DEFAULT_LANGUAGE
    timezone: str = "UTC"
    prices_include_tax: bool = False
    charges_tax: bool = True
    one_stop_shop: bool = False
    e_invoicing: EInvoicing = EInvoicing.OFF
    payment_terms_days: int | None = 14
    series_proforma: str = "PF-{year}-{number:06}"
    series_fiscal: str = "{number:010}"
    first_proforma: int | None = 1
    first_fiscal: int | None = 1
    series_credit_note: str = ""
    first_credit_note: int | None = 1
    series_receipt: str = ""
    first_receipt: int | None = 1
    invoices_since: date | None = None
    invoice_time: InvoiceTime = InvoiceTime.PAYMENT
    bank_name: str = ""
    bank_iban: str = ""
    bank_bic: str = ""
    bank_account: str = ""
    bank_correspondent: str = ""
    bank_bik: str = ""
    balance_may_go_below: bool = False
    credit_covers_debt: bool = False
    points_for: str = ""
    points_last_days: int | None = None
    exceptions_allowed: bool = False
    terms_titles: Mapping[str, str] = field(default_factory=dict)
    terms_url: str = ""
    terms_version: str = ""
    clients_may_order: bool = True
    shop_window_open: bool = False
    registration_open: bool = False
    registration_group: str = ""
    tax_rates: Sequence[RateDetails] = field(default_factory=list)
    payment_methods: Sequence[MethodDetails] = field(default_factory=list)
    delivery_services: Sequence[DeliveryDetails] = field(default_factory=list)


SETTLED = ("key", "currency", "prices_include_tax")


LISTS = ("tax_rates", "payment_methods", "delivery_services")


PLAIN = tuple(
    name
    for name in ProviderDetails.__dataclass_fields__
    if name not in {*LISTS, "points_for", "registration_group"}
)


def provider_details(provider: Provider) -> ProviderDetails:
    """Read a provider as people type it, with those payment methods that anybody may use."""
    return ProviderDetails(
        **{name: getattr(provider, name) for name in PLAIN},
        points_for=str(Money(provider.points_for, provider.currency))
        if provider.points_for
        else "",
        registration_group=provider.registration_group or "",
        tax_rates=[
            RateDetails(rate.tax_class, rate.since, rate.percent) for rate in provider.tax_rates
        ],
        payment_methods=[
            MethodDetails(
                method.kind, method.client_may_choose, method.staff_may_take, method.gateway
            )
            for method in provider.payment_methods
            if method.client_may_choose or method.staff_may_take
        ],
        delivery_services=[
            DeliveryDetails(
                key=service.key,
                titles=service.titles,
                price=str(Money(service.price, provider.currency)),
                tax_class=service.tax_class,
                offered=service.offered,
                tracking_url=service.tracking_url,
            )
            for service in provider.delivery_services
        ],
    )
