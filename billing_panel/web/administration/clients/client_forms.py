"""The forms of a client: what they are, and on which terms they buy."""

from dataclasses import asdict, fields
from typing import ClassVar

from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import BooleanField, SelectField, StringField

from billing_panel.accounts.firms.providers import Provider
from billing_panel.accounts.people.clients import ClientKind
from billing_panel.administration.clients.client_details import (
    GUARDED,
    ClientDetails,
    MembershipDetails,
)
from billing_panel.administration.clients.client_groups import groups
from billing_panel.administration.details.detail_changes import state_of
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.forms.form_frame import AmountField, DetailsForm, Section, address_lines
from billing_panel.web.shell.i18n import OWN_NAMES, gettext
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
        text("E-mail of accounting"),
        description=text("Copies of bills go there; several addresses by commas."),
    )
    phone = StringField(text("Phone"))
    country = StringField(text("Country"), description=text("Two letters, such as BG."))
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
    delivery_country = StringField(
        text("Country"), description=text("Empty: the same country as above.")
    )
    vat_number = StringField(text("VAT number"))
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
    """What holds between the client and one provider; fields a person may not change are fixed."""

    group = SelectField(text("Group"))
    credit_limit = AmountField(text("Credit limit"))
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
        self.hidden = hidden
        of_groups = {row.key: say(row.title, language()) for row in groups(db)}
        self.group.choices = {"": gettext("none"), **of_groups}

    def details(self, now: MembershipDetails, actor: Actor) -> MembershipDetails:
        """As typed, where the actor may change it; the rest of a form is not sent at all."""
        typed = self.values()
        typed["blocked_reason"] = typed["blocked_reason"] if typed.pop("blocked") else None
        sent = {name: typed[name] for name, needed in GUARDED.items() if allows(actor, needed)}
        return MembershipDetails(**{**asdict(now), **sent})
