"""The form of a provider: who sells, under which law, in which currency, paid how."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from wtforms import BooleanField, DateField, SelectField, StringField
from wtforms.validators import Optional

from billing_panel.accounts.companies.e_invoicing_modes import E_INVOICING_TITLES, EInvoicing
from billing_panel.accounts.companies.provider_models import (
    INVOICE_TIME_TITLES,
    InvoiceTime,
    MethodKind,
)
from billing_panel.accounts.people.client_models import ClientGroup
from billing_panel.administration.details.concurrent_changes import state_of
from billing_panel.administration.providers.provider_details import (
    DeliveryDetails,
    MethodDetails,
    ProviderDetails,
    RateDetails,
)
from billing_panel.kernel.language.text import OWN_NAMES, say, text
from billing_panel.web.administration.providers.gateway_choices import gateway_choices
from billing_panel.web.administration.providers.provider_form_rows import (
    RateRow,
    ServiceRow,
    choices_of,
)
from billing_panel.web.forms.country_currency_zone_fields import (
    ListedField,
    countries,
    currencies,
    time_zones,
)
from billing_panel.web.forms.details_form import DetailsForm, RowsField, Section
from billing_panel.web.forms.typed_fields import (
    AmountField,
    CheckListField,
    NumberField,
    TitlesField,
    address_lines,
    method_titles,
)
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.request_context import language

NEW = ProviderDetails(
    key="",
    name="",
    legal_name="",
    country="",
    address="",
    currency="EUR",
    payment_methods=[MethodDetails(MethodKind.BANK_TRANSFER)],
)


class ProviderForm(DetailsForm):
    """A provider: requisites, bank, documents, balances, rates, ways to pay and to deliver."""

    key = StringField(
        text("Key"),
        description=text(
            "Identifies the provider in addresses and commands; it can’t be changed later."
        ),
    )
    name = StringField(text("Provider’s name"))
    legal_name = StringField(text("Legal name"))
    country = ListedField(
        text("Country"), countries, description=text("Its name, or two letters such as BG.")
    )
    address = address_lines(text("Address"))
    post_code = StringField(text("Post code"))
    city = StringField(text("City"))
    region = StringField(text("Region"))
    registration_number = StringField(text("Registration number"))
    vat_number = StringField(text("VAT number"))
    tax_number = StringField(text("Tax number"))
    tax_registration_reason = StringField(
        text("KPP"), description=text("Russian companies have one.")
    )
    email = StringField(text("E-mail"))
    phone = StringField(text("Phone"))
    language = SelectField(text("Language"), choices=OWN_NAMES)
    timezone = ListedField(
        text("Time zone"), time_zones, description=text("For example, Europe/Sofia.")
    )
    currency = ListedField(
        text("Currency"),
        currencies,
        description=text("Three letters, such as EUR; can’t be changed later."),
    )
    charges_tax = BooleanField(
        text("Charges VAT or sales tax"),
        description=text("Off: the provider isn’t registered for it, and no document shows any."),
    )
    one_stop_shop = BooleanField(
        text("Uses the EU’s One Stop Shop"),
        description=text(
            "Consumers in other EU countries then pay the VAT of their country on electronic"
            " services and goods."
        ),
    )
    prices_include_tax = BooleanField(
        text("Prices include tax"), description=text("It can’t be changed later.")
    )
    payment_terms_days = NumberField(
        text("Days to pay"),
        description=text(
            "If the order’s status has a deadline after which it is lost, the"
            " bill is due by that day instead."
        ),
    )
    series_proforma = StringField(
        text("Numbers of pro-formas"),
        description=text("Text with {number} in it, and {year} if numbering restarts each year."),
    )
    series_fiscal = StringField(text("Numbers of invoices and credit notes"))
    first_proforma = NumberField(
        text("First number of pro-formas"),
        description=text("Where numbering starts; once one is issued, it continues from there."),
    )
    first_fiscal = NumberField(
        text("First number of invoices and credit notes"),
        description=text("Follows the last one you issued elsewhere."),
    )
    e_invoicing = SelectField(
        text("E-invoices"),
        description=text(
            "For what is issued from now on (EN 16931); an invalid one isn’t issued, and "
            "you are told why."
        ),
    )
    series_credit_note = StringField(
        text("Numbers of credit notes"),
        description=text("Empty: they are numbered with invoices, as in Bulgaria."),
    )
    first_credit_note = NumberField(text("First number of credit notes"))
    series_receipt = StringField(
        text("Numbers of receipts"),
        description=text("For cash and cards at the desk; empty: no receipts are issued."),
    )
    first_receipt = NumberField(text("First number of receipts"))
    invoices_since = DateField(
        text("Issue invoices from"),
        validators=[Optional()],
        description=text(
            "For what is paid or delivered from that day on; empty: only pro-formas are issued."
        ),
    )
    invoice_time = SelectField(text("When an invoice is issued"))
    bank_name = StringField(text("Bank"))
    bank_iban = StringField(text("IBAN"))
    bank_bic = StringField(text("BIC"))
    bank_account = StringField(text("Account number"))
    bank_correspondent = StringField(text("Correspondent account"))
    bank_bik = StringField(
        text("BIK or bank code"),
        description=text("What banks use outside Russia: routing number, sort code."),
    )
    balance_may_go_below = BooleanField(
        text("Balances may go negative"),
        description=text("Down to the client’s credit limit and no further."),
    )
    credit_covers_debt = BooleanField(
        text("An incoming credit covers the oldest debt first"),
        description=text(
            "An overpayment or a refund to the balance also pays it; the rest stays there."
        ),
    )
    points_for = AmountField(
        text("Money per point"),
        description=text("Amount that earns one point when the order is paid; empty: no points."),
    )
    points_last_days = NumberField(
        text("Days until points expire"),
        description=text("Points not spent by then expire; empty: never."),
    )
    exceptions_allowed = BooleanField(
        text("Exceptions are possible"),
        description=text(
            "One member of staff proposes, another approves, for one order; it"
            " stays in the order’s history."
        ),
    )
    terms_titles = TitlesField(text("What the terms are called"))
    terms_url = StringField(text("Address of the terms"))
    terms_version = StringField(
        text("Version of the terms"),
        description=text("Recorded with each order, along with the time the client accepted it."),
    )
    clients_may_order = BooleanField(
        text("Clients may order for themselves"),
        description=text("Off: no shop and no cart for them; staff still order on their behalf."),
    )
    shop_window_open = BooleanField(
        text("Show the shop without sign-in"),
        description=text("List prices of what anyone may order, for whoever has the link."),
    )
    registration_open = BooleanField(
        text("Let people register"),
        description=text(
            "Whoever confirms their e-mail address becomes a client. Mail has to be set up."
        ),
    )
    registration_group = SelectField(
        text("Group of those who register"), description=text("Its prices and limits are theirs.")
    )
    tax_rates = RowsField(RateRow, text("Tax rates"))
    for_clients = CheckListField(text("Clients may choose"), choices=method_titles)
    for_staff = CheckListField(text("Staff can take"), choices=method_titles)
    payment_gateway = SelectField(
        text("Payment system of “Card online”"),
        choices=(),
        description=text(
            "Only those with keys in the environment; see docs/payments.md."
            " Without one, “Card online” is not offered."
        ),
    )
    delivery_services = RowsField(ServiceRow, text("Delivery services"), spare=1)

    REQUIRED = (
        "key",
        "name",
        "legal_name",
        "country",
        "address",
        "city",
        "timezone",
        "currency",
        "payment_terms_days",
        "series_proforma",
        "series_fiscal",
        "first_proforma",
        "first_fiscal",
        "first_credit_note",
        "first_receipt",
    )
    SECTIONS = (
        Section(text("Provider"), ("key", "name", "language", "timezone", "email", "phone")),
        Section(
            text("Requisites"),
            (
                "legal_name",
                "address",
                "post_code",
                "city",
                "region",
                "country",
                "registration_number",
                "vat_number",
                "tax_number",
                "tax_registration_reason",
            ),
            text("They appear on every document, as the law requires."),
        ),
        Section(
            text("Bank account"),
            (
                "bank_name",
                "bank_iban",
                "bank_bic",
                "bank_account",
                "bank_correspondent",
                "bank_bik",
            ),
            text(
                "An IBAN and BIC; in Russia the account with its correspondent"
                " account and BIK; elsewhere the account number with BIC and bank"
                " code. Without an account, bank transfer is not offered."
            ),
        ),
        Section(
            text("Money and documents"),
            (
                "currency",
                "prices_include_tax",
                "charges_tax",
                "one_stop_shop",
                "payment_terms_days",
                "series_proforma",
                "first_proforma",
                "invoices_since",
                "invoice_time",
                "series_fiscal",
                "first_fiscal",
                "series_credit_note",
                "first_credit_note",
                "series_receipt",
                "first_receipt",
                "e_invoicing",
            ),
        ),
        Section(
            text("Balances and points"),
            ("balance_may_go_below", "credit_covers_debt", "points_for", "points_last_days"),
            folded=True,
        ),
        Section(
            text("Tax rates"),
            ("tax_rates",),
            text(
                "A class is a name you choose, such as standard or reduced; tariffs"
                " refer to it. The rate that applies is the latest one in force on"
                " that day."
            ),
        ),
        Section(
            text("Payment methods"),
            ("for_clients", "for_staff", "payment_gateway"),
            text(
                "What clients can choose when ordering, and how staff can take the"
                " money, are separate."
            ),
        ),
        Section(text("Delivery services"), ("delivery_services",), folded=True),
        Section(
            text("Ordering by clients"),
            (
                "clients_may_order",
                "shop_window_open",
                "registration_open",
                "registration_group",
            ),
            folded=True,
        ),
        Section(
            text("Terms of sale"),
            ("terms_titles", "terms_url", "terms_version"),
            text(
                "Clients who order for themselves have to accept them. Leave empty "
                "to ask for nothing."
            ),
            folded=True,
        ),
        Section(
            text("Exceptions"),
            ("exceptions_allowed",),
            text(
                "When switched off, staff can order for a client only what the"
                " client may order themselves."
            ),
            folded=True,
        ),
    )

    def __init__(
        self,
        details: ProviderDetails,
        *,
        groups: Sequence[ClientGroup] = (),
        sent: bool | None = None,
    ) -> None:
        filled = _filled(details)
        self.blank = _filled(NEW)
        super().__init__({**filled, "seen": state_of(details)}, sent=sent)
        self.registration_group.choices = [
            ("", gettext("No group")),
            *((group.key, say(group.title, language())) for group in groups),
        ]
        self.e_invoicing.choices = choices_of(E_INVOICING_TITLES)
        self.invoice_time.choices = choices_of(INVOICE_TIME_TITLES)
        self.amounts_in((self.currency.data or "").strip())
        self.payment_gateway.choices = gateway_choices(filled["payment_gateway"])

    def details(self) -> ProviderDetails:
        typed = self.values()
        typed["e_invoicing"] = EInvoicing(typed["e_invoicing"])
        gateway = typed.pop("payment_gateway") or None
        for_clients, for_staff = set(typed.pop("for_clients")), set(typed.pop("for_staff"))
        lists: dict[str, Any] = {
            "tax_rates": [RateDetails(**row) for row in typed.pop("tax_rates")],
            "payment_methods": [
                MethodDetails(
                    kind,
                    kind in for_clients,
                    kind in for_staff,
                    gateway if kind is MethodKind.CARD_GATEWAY else None,
                )
                for kind in MethodKind
                if kind in for_clients | for_staff
            ],
            "delivery_services": [DeliveryDetails(**row) for row in typed.pop("delivery_services")],
        }
        time = InvoiceTime(typed.pop("invoice_time"))
        return ProviderDetails(**typed, **lists, invoice_time=time)


def _filled(details: ProviderDetails) -> Mapping[str, Any]:
    methods = details.payment_methods
    return {
        **asdict(details),
        "for_clients": [method.kind.value for method in methods if method.client_may_choose],
        "for_staff": [method.kind.value for method in methods if method.staff_may_take],
        "payment_gateway": next((method.gateway for method in methods if method.gateway), ""),
    }
