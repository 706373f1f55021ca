"""The details of a client, and of their terms with a provider, as people type them."""

from dataclasses import dataclass, fields

from billing_panel.accounts.access.guarded_fact_visibility import sees
from billing_panel.accounts.people.client_models import (
    Client,
    ClientKind,
    Membership,
)
from billing_panel.kernel.language.text import DEFAULT_LANGUAGE
from billing_panel.kernel.language.text_with_guarded_fact import Fact
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import Money
from permissions.panel_functions import PanelFunction


@dataclass(frozen=True)
class ClientDetails:
    """``login`` is settled when the client is entered: it is how they sign in.

    ``address``: its lines above the city; where ``delivery_*`` are empty, goods go there too.
    ``accounting_emails``: several addresses, by commas.
    """

    login: str
    name: str
    kind: ClientKind
    country: str
    vat_number: str = ""
    registration_number: str = ""
    tax_number: str = ""
    tax_registration_reason: str = ""
    phone: str = ""
    email: str = ""
    accounting_emails: str = ""
    address: str = ""
    post_code: str = ""
    city: str = ""
    region: str = ""
    delivery_address: str = ""
    delivery_post_code: str = ""
    delivery_city: str = ""
    delivery_region: str = ""
    delivery_country: str = ""
    language: str = DEFAULT_LANGUAGE


@dataclass(frozen=True)
class MembershipDetails:
    """``credit_limit`` in major units of the provider's currency, as typed.

    ``group``: a key, ``""`` for none. ``blocked_reason`` None: not blocked; it is for staff, and
    ``blocked_text`` is what the client reads. ``invoice_time``: one of ``InvoiceTime``, ``""``: as
    the provider has it.
    """

    group: str = ""
    credit_limit: str = "0"
    invoice_time: str = ""
    blocked_reason: str | None = None
    blocked_text: str = ""


# Which function of the matrix changes which field of a membership.
GUARDED = {
    "group": PanelFunction.GROUP_ASSIGN,
    "credit_limit": PanelFunction.CREDIT_LIMIT_CHANGE,
    "invoice_time": PanelFunction.CLIENT_CHANGE,
    "blocked_reason": PanelFunction.CLIENT_BLOCK,
    "blocked_text": PanelFunction.CLIENT_BLOCK,
}


# What is written about a client in somebody's own words: the log can forget it.
TYPED = frozenset({"blocked_reason", "blocked_text"})


# Which fields of a membership tell a fact that not everybody may know.
TELLING = {"credit_limit": Fact.CREDIT_LIMIT, "blocked_reason": Fact.BLOCK}


def client_details(client: Client) -> ClientDetails:
    """Read what a client is as people type it."""
    return ClientDetails(**{f.name: getattr(client, f.name) for f in fields(ClientDetails)})


def membership_details(membership: Membership) -> MembershipDetails:
    """Read the terms of a membership as people type them."""
    return MembershipDetails(
        group=membership.group.key if membership.group else "",
        credit_limit=str(Money(membership.credit_limit, membership.provider.currency)),
        invoice_time=membership.invoice_time.value if membership.invoice_time else "",
        blocked_reason=membership.blocked_reason,
        blocked_text=membership.blocked_text,
    )


def hidden_terms(actor: Actor) -> frozenset[str]:
    """Fields of a membership that ``actor`` may not see, nor so change."""
    return frozenset(name for name, fact in TELLING.items() if not sees(actor, fact))
