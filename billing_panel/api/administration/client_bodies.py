"""What the API takes of clients, their terms and their users."""

from dataclasses import replace
from typing import Any

from pydantic import Field, StrictBool, StrictStr

from billing_panel.accounts.people.client_models import ClientKind
from billing_panel.accounts.people.client_roles import ClientRole
from billing_panel.administration.clients.client_details import ClientDetails, MembershipDetails
from billing_panel.administration.clients.client_users import ClientUserDetails
from billing_panel.api.administration.details_bodies import DetailsBody, SeenBody
from billing_panel.api.request_bodies import AmountBody, Name, amount_in

MOST_ADDRESSES = 20
NOBODY = ClientDetails(login="", name="", kind=ClientKind.COMPANY, country="")


class ClientBody(DetailsBody):
    """``address``: its lines above the city. Where ``delivery_*`` are empty, goods go there too.

    ``accounting_emails``: where bills are copied to.
    """

    login: StrictStr = Field(default="", examples=["new.client"])
    name: StrictStr = ""
    kind: ClientKind = ClientKind.COMPANY
    country: StrictStr = Field(default="", examples=["BG"])
    vat_number: StrictStr = ""
    registration_number: StrictStr = ""
    tax_number: StrictStr = ""
    tax_registration_reason: StrictStr = ""
    phone: StrictStr = ""
    email: StrictStr = ""
    accounting_emails: list[Name] = Field(default_factory=list, max_length=MOST_ADDRESSES)
    address: StrictStr = ""
    post_code: StrictStr = ""
    city: StrictStr = ""
    region: StrictStr = ""
    delivery_address: StrictStr = ""
    delivery_post_code: StrictStr = ""
    delivery_city: StrictStr = ""
    delivery_region: StrictStr = ""
    delivery_country: StrictStr = Field(default="", examples=["BG"])
    language: StrictStr = Field(default="en", examples=["bg"])

    def details(self, now: ClientDetails) -> ClientDetails:
        """``now`` with what was sent."""
        sent = {**self.sent()}
        sent.pop("provider", None)
        if "accounting_emails" in sent:
            sent["accounting_emails"] = ", ".join(self.accounting_emails)
        return replace(now, **sent)


class NewClientBody(ClientBody):
    """A client of ``provider``, and their first user, who is their owner."""

    provider: StrictStr = Field(examples=["nordvik"])
    login: StrictStr = Field(examples=["new.client"])
    name: StrictStr
    kind: ClientKind
    country: StrictStr = Field(examples=["BG"])


class ChangeClientBody(ClientBody, SeenBody):
    """What of a client shall be otherwise; what is absent stays. The login can't be changed."""


class JoinBody(DetailsBody):
    """``provider``: the key of the provider whose client they become too."""

    provider: StrictStr = Field(examples=["nordvik"])


class TermsBody(SeenBody):
    """What of the terms shall be otherwise; each field requires a function of its own.

    ``group``: a key, null for none. ``blocked_reason``: why they are blocked, for staff; null: they
    are not. ``blocked_text``: what the client reads about it. ``invoice_time``: when their
    invoices are issued; null: as the provider has it.
    """

    group: StrictStr | None = Field(default=None, examples=["vip"])
    credit_limit: AmountBody = "0"
    blocked_reason: StrictStr | None = None
    blocked_text: StrictStr = ""
    invoice_time: StrictStr | None = Field(default=None, examples=["monthly"])

    def details(self, now: MembershipDetails, currency: str) -> MembershipDetails:
        """``now`` with what was sent. Raises Invalid ``invalid_amount``."""
        own: dict[str, Any] = {
            "group": lambda: self.group or "",
            "invoice_time": lambda: self.invoice_time or "",
            "credit_limit": lambda: amount_in(currency, self.credit_limit, "credit_limit"),
        }
        sent = self.sent()
        return replace(now, **{n: own[n]() if n in own else sent[n] for n in sent})


class ClientUserBody(DetailsBody):
    """Somebody who signs in for a client. ``disabled``: they can't."""

    login: StrictStr = Field(default="", examples=["accounts.stoyanova"])
    role: ClientRole = ClientRole.VIEWER
    language: StrictStr = Field(default="en", examples=["bg"])
    email: StrictStr = ""
    disabled: StrictBool = False

    def details(self, now: ClientUserDetails) -> ClientUserDetails:
        """``now`` with what was sent."""
        return replace(now, **self.sent())


class NewClientUserBody(ClientUserBody):
    """A user of the client, who can't sign in before they have a link."""

    login: StrictStr = Field(examples=["accounts.stoyanova"])


class ChangeClientUserBody(ClientUserBody, SeenBody):
    """What of a user shall be otherwise; what is absent stays. The login can't be changed."""
