"""The kinds of letters about accounts."""

from collections.abc import Mapping
from functools import partial

from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import clients
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client, Membership
from billing_panel.kernel.extension.mail_kinds import EXAMPLE_URL, MailKind, Sample
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.actor import Actor
from permissions.guard import allows
from permissions.panel_functions import PanelFunction

ACCOUNTS = text("Signing in")

PLACES: Mapping[str, Text] = {
    "name": text("The person’s name, or the client’s"),
    "login": text("Their login"),
    "firm": text("Who writes: the provider’s name, or the panel’s"),
    "link": text("The one-time link; only the recipient can see it"),
    "when": text("When it happened, with the time zone"),
    "address": text("From which network address"),
    "browser": text("In which browser"),
    "email": text("The new e-mail address"),
    "account": text("The address of the page My account"),
    "forgotten": text("The address of the page for forgotten passwords"),
}
EXAMPLE: Mapping[str, str] = {
    "name": "Elena Stoyanova",
    "login": "stoyanova",
    "firm": "Nordvik Hosting",
    "link": f"{EXAMPLE_URL}/choose-password/…",
    "when": "22.11.2026 12:40 (Europe/Sofia)",
    "address": "203.0.113.7",
    "browser": "Firefox, Linux",
    "email": "elena@stoyanova.example",
    "account": f"{EXAMPLE_URL}/account",
    "forgotten": f"{EXAMPLE_URL}/forgot-password",
}


def _of_a_client(
    session: Session, actor: Actor, provider_id: int, _language: str, *, places: tuple[str, ...]
) -> Sample | None:
    """The newest client of the provider, for whoever may see clients."""
    if not allows(actor, PanelFunction.CLIENT_READ):
        return None
    found = clients(actor).join(Membership, Membership.client_id == Client.id)
    found = found.where(Membership.provider_id == provider_id, Client.erased_at.is_(None))
    client = session.scalar(found.order_by(Client.id.desc()).limit(1))
    provider = session.get(Provider, provider_id)
    if client is None or provider is None:
        return None
    values = {"name": client.name, "login": client.login, "firm": provider.name}
    return Sample(
        {name: value for name, value in values.items() if name in places},
        text("the client %(name)s", name=client.name),
    )


def _kind(key: str, title: Text, *places: str) -> MailKind:
    return MailKind(
        key=key,
        section=ACCOUNTS,
        title=title,
        placeholders={name: PLACES[name] for name in places},
        example={name: EXAMPLE[name] for name in places},
        samples=partial(_of_a_client, places=places),
        secrets=frozenset({"link"} & {*places}),
    )


WHO = ("name", "login", "firm")
HAPPENED = (*WHO, "when", "account", "forgotten")

ADDED = _kind("account.added", text("New user"), *WHO, "link")
LINK_GIVEN = _kind("account.link_given", text("Sign-in link"), *WHO, "link")
FORGOTTEN = _kind("account.password_forgotten", text("Forgotten password"), *WHO, "link")
SIGNED_IN = _kind(
    "account.signed_in", text("Sign-in from a new browser"), *HAPPENED, "address", "browser"
)
PASSWORD_CHANGED = _kind("account.password_changed", text("Password changed"), *HAPPENED, "address")
FACTOR_SET = _kind("account.factor_set", text("Second factor set up"), *HAPPENED)
FACTOR_REMOVED = _kind("account.factor_removed", text("Second factor removed"), *HAPPENED)
ADDRESS_CHANGED = _kind(
    "account.address_changed", text("E-mail address changed"), *WHO, "when", "email"
)

ACCOUNT_KINDS = (
    ADDED,
    LINK_GIVEN,
    FORGOTTEN,
    SIGNED_IN,
    PASSWORD_CHANGED,
    FACTOR_SET,
    FACTOR_REMOVED,
    ADDRESS_CHANGED,
)
