"""The forms of a client: what they are, and on which terms they buy."""

from collections.abc import Collection
from dataclasses import asdict, fields
from typing import ClassVar

from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import BooleanField, SelectField, StringField

from billing_panel.accounts.companies.provider_models import INVOICE_TIME_TITLES, Provider
from billing_panel.accounts.people.client_models import ClientKind
from billing_panel.administration.clients.client_details import (
    GUARDED,
    ClientDetails,
    MembershipDetails,
)
from billing_panel.administration.clients.client_groups import groups
from billing_panel.administration.details.concurrent_changes import state_of
from billing_panel.kernel.language.text import OWN_NAMES, say, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.forms.country_currency_zone_fields import ListedField, countries
from billing_panel.web.forms.details_form import DetailsForm, Section
from billing_panel.web.forms.typed_fields import AmountField, address_lines
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.request_context import language
from permissions.guard import allows

KINDS = {ClientKind.COMPANY: text("Company"), ClientKind.PERSON: text("Person")}


class ClientForm(DetailsForm):
    """What a client is called, how they are reached, and what invoices say of them."""

    login = StringField(text("Login"), description=text("It can’t be changed later."))
    name = StringField(text("Name"), description=text("As printed on invoices."))
    kind = SelectField(text("Kind"))
    language = SelectField(text("Language"), choices=OWN_NAMES)
    email = StringField(text("E-mail"))
    accounting_emails = StringField(
        text("Accounting e-mail"),
        description=text("Copies of bills go here; separate several addresses with commas."),
    )
    phone = StringField(text("Phone"))
    country = ListedField(
        text("Country"), countries, description=text("Its name, or two letters such as BG.")
    )
    address = address_lines(text("Address"))
    post_code = StringField(text("Post code"))
    city = StringField(text("City"))
    region = StringField(text("Region"))
    delivery_address = address_lines(
        text("Delivery address"), text("Empty: goods go to the address above.")
    )
    delivery_post_code = StringField(text("Post code"))
    delivery_city = StringField(text("City"))
    delivery_region = StringField(text("Region"))
    delivery_country = ListedField(
        text("Country"), countries, description=text("Empty: the same country as above.")
    )
    vat_number = StringField(text("VAT number"))
    registration_number = StringField(
        text("Registration number"),
        description=text("A company’s: EIK, OGRN, HRB and the like."),
    )
    tax_number = StringField(text("Tax number"))
    tax_registration_reason = StringField(
        text("KPP"), description=text("Russian companies have one.")
    )

    REQUIRED = ("login", "name", "country")
    SECTIONS: ClassVar[tuple[Section, ...]] = (
        Section(
            text("Client"),
            ("login", "name", "kind", "language", "email", "phone", "accounting_emails"),
        ),
        Section(
            text("Requisites"),
            (
                "country",
                "address",
                "post_code",
                "city",
                "region",
                "registration_number",
                "vat_number",
                "tax_number",
                "tax_registration_reason",
            ),
            text("The country and VAT number decide which tax the client pays."),
        ),
        Section(
            text("Delivery"),
            (
                "delivery_address",
                "delivery_post_code",
                "delivery_city",
                "delivery_region",
                "delivery_country",
            ),
            folded=True,
        ),
    )

    def __init__(self, details: ClientDetails, *, sent: bool | None = None) -> None:
        super().__init__({**asdict(details), "seen": state_of(details)}, sent=sent)
        self.kind.choices = {kind.value: say(said, language()) for kind, said in KINDS.items()}

    def details(self) -> ClientDetails:
        typed = self.values()
        names = [field.name for field in fields(ClientDetails)]
        plain = {name: typed[name] for name in names}
        return ClientDetails(**{**plain, "kind": ClientKind(typed["kind"])})


class NewClientForm(ClientForm):
    """A client who is entered, and the provider whose client they become."""

    provider = SelectField(text("Provider"))

    SECTIONS: ClassVar[tuple[Section, ...]] = (
        Section(text("Whose client"), ("provider",)),
        *ClientForm.SECTIONS,
    )


class TermsForm(DetailsForm):
    """What holds between the client and one provider.

    ``hidden``: fields of the details a person may not see; ``fixed``: those they may not change.
    """

    group = SelectField(text("Group"))
    credit_limit = AmountField(text("Credit limit"))
    invoice_time = SelectField(text("When an invoice is issued"))
    blocked = BooleanField(text("Blocked"), description=text("Nothing can be ordered for them."))
    blocked_reason = StringField(
        text("Reason for the block"), description=text("For staff; clients can’t see it.")
    )
    blocked_text = StringField(
        text("What the client can read about it"),
        description=text("Empty: clients see only that orders are closed for now."),
    )

    def __init__(
        self,
        db: Session,
        details: MembershipDetails,
        key: str,
        *,
        hidden: frozenset[str],
        fixed: Collection[str] = (),
        sent: bool = False,
    ) -> None:
        seen = {name: value for name, value in asdict(details).items() if name not in hidden}
        filled = {
            **seen,
            "blocked": details.blocked_reason is not None,
            "seen": state_of(details, hidden),
        }
        super().__init__(filled, sent=sent, prefix=f"{key}-")
        self.amounts_in(db.scalar(select(Provider.currency).filter_by(key=key)) or "")
        self.key = key
        self.hidden, self.fixed = hidden, fixed
        of_groups = {row.key: say(row.title, language()) for row in groups(db)}
        self.group.choices = {"": gettext("none"), **of_groups}
        times = {time.value: say(said, language()) for time, said in INVOICE_TIME_TITLES.items()}
        self.invoice_time.choices = {"": gettext("as the provider has it"), **times}
        of_block = ("blocked",) if "blocked_reason" in fixed else ()
        # what is hidden is no matter of the form's
        self.fix(*(name for name in (*fixed, *of_block) if name not in hidden))

    def details(self, now: MembershipDetails, actor: Actor) -> MembershipDetails:
        """As typed, where the actor may change it; the rest of a form is not sent at all."""
        typed = self.values()
        typed["blocked_reason"] = typed["blocked_reason"] if typed.pop("blocked") else None
        sent = {name: typed[name] for name, needed in GUARDED.items() if allows(actor, needed)}
        return MembershipDetails(**{**asdict(now), **sent})
