"""The form of a provider: who sells, under which law, for which money, paid how."""

from collections.abc import Mapping
from typing import Any

from wtforms import BooleanField, DateField, SelectField, StringField
from wtforms.validators import Optional

from billing_panel.accounts.firms.providers import MethodKind
from billing_panel.administration.providers.provider_details import (
    DeliveryDetails,
    MethodDetails,
    ProviderDetails,
    RateDetails,
)
from billing_panel.kernel.language.text import say, text
from billing_panel.web.forms.form_frame import (
    AmountField,
    CheckListField,
    DetailsForm,
    NumberField,
    PercentField,
    RowForm,
    RowsField,
    Section,
    TitlesField,
    address_lines,
    method_titles,
)
from billing_panel.web.shell.i18n import OWN_NAMES, gettext
from billing_panel.web.shell.request_context import language, panel


class RateRow(RowForm):
    """The rate of a tax class, and the day from which it holds."""

    REQUIRED = ("tax_class", "since", "percent")

    tax_class = StringField(text("Tax class"))
    since = DateField(text("From"), validators=[Optional()])
    percent = PercentField(text("Percent"))


class ServiceRow(RowForm):
    """A delivery service, its price, and whether it is offered."""

    PRESET = ("offered",)
    REQUIRED = ("key", "titles", "price", "tax_class")

    key = StringField(text("Key"))
    titles = TitlesField(text("Title"))
    price = AmountField(text("Price"))
    tax_class = StringField(text("Tax class"))
    offered = BooleanField(text("Offered"), default=True)
    tracking_url = StringField(
        text("Where parcels are followed"),
        description=text("An address with {code} in place of the tracking code."),
    )


class ProviderForm(DetailsForm):
    """A provider: requisites, bank, documents, balances, rates, ways to pay and to deliver."""

    key = StringField(
        text("Key"),
        description=text(
            "Identifies the provider in addresses and commands; it can’t be changed later."
        ),
    )
    name = StringField(text("Name"))
    legal_name = StringField(text("Legal name"))
    country = StringField(text("Country"), description=text("Two letters, such as BG."))
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
    timezone = StringField(text("Time zone"), description=text("For example, Europe/Sofia."))
    currency = StringField(
        text("Currency"), description=text("Three letters, such as EUR; can’t be changed later.")
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
        description=text("Written down with each order, and when the client accepted it."),
    )
    clients_may_order = BooleanField(
        text("Clients may order for themselves"),
        description=text("Off: no shop and no cart for them; staff still order on their behalf."),
    )
    shop_window_open = BooleanField(
        text("Show the shop without sign-in"),
        description=text("List prices of what anyone may order, for whoever has the link."),
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
                "payment_terms_days",
                "series_proforma",
                "first_proforma",
                "series_fiscal",
                "first_fiscal",
            ),
        ),
        Section(
            text("Balances and points"),
            ("balance_may_go_below", "credit_covers_debt", "points_for", "points_last_days"),
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
        Section(text("Delivery services"), ("delivery_services",)),
        Section(text("Ordering by clients"), ("clients_may_order", "shop_window_open")),
        Section(
            text("Terms of sale"),
            ("terms_titles", "terms_url", "terms_version"),
            text("Clients who order for themselves accept them. Left empty: nothing is asked."),
        ),
        Section(
            text("Exceptions"),
            ("exceptions_allowed",),
            text(
                "When switched off, staff can order for a client only what the"
                " client may order themselves."
            ),
        ),
    )

    def __init__(self, filled: Mapping[str, Any], *, sent: bool | None = None) -> None:
        super().__init__(filled, sent=sent)
        self.amounts_in((self.currency.data or "").strip())
        self.payment_gateway.choices = _gateways(filled["payment_gateway"])

    def details(self) -> ProviderDetails:
        typed = self.values()
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
        return ProviderDetails(**typed, **lists)


def _gateways(chosen: str) -> dict[str, str]:
    """Choices: none, those there are keys for, and the one that was chosen before."""
    there = {key: say(one.title, language()) for key, one in panel().gateways.items()}
    gone = {chosen: gettext("%(key)s (no keys)", key=chosen)} if chosen not in there else {}
    return {"": gettext("None"), **(gone if chosen else {}), **there}
