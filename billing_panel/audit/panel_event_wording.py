"""The wording of the panel's own events, and a plain one for unknown kinds."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.guarded_fact_visibility import sees
from billing_panel.accounts.access.scope import own_providers
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client, ClientGroup
from billing_panel.accounts.people.client_roles import ROLE_TITLES
from billing_panel.accounts.people.staff_models import Department, Staff
from billing_panel.accounts.people.user_models import User
from billing_panel.audit.live_audience import SIGHTS
from billing_panel.catalog.models import Tariff
from billing_panel.kernel.extension.hooks import (
    FUNCTION_TITLES,
    Detail,
    EventReader,
    EventWords,
    Subject,
)
from billing_panel.kernel.language.text import LANGUAGES, Text, Titles, text
from billing_panel.kernel.language.text_with_guarded_fact import Fact
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from permissions.panel_functions import PanelFunction

NOTHING = "—"
YES, NO = text("Yes"), text("No")

KINDS: Mapping[str, Text] = {
    "address.changed": text("E-mail address changed"),
    "client.created": text("Client added"),
    "client.changed": text("Client’s requisites changed"),
    "client.joined": text("Client now also of another provider"),
    "client.terms_changed": text("Client’s terms changed"),
    "client.vat_checked": text("VAT number looked up in the register"),
    "client.invited": text("Sign-in link created for the client"),
    "client.exported": text("Everything about the client, saved as a file"),
    "client.erased": text("Client’s personal data erased"),
    "client.user_created": text("User of the client added"),
    "client.user_changed": text("User of the client changed"),
    "client.user_invited": text("Sign-in link created for a user of the client"),
    "client_group.created": text("Client group added"),
    "client_group.changed": text("Client group changed"),
    "demo.loaded": text("Demo data loaded"),
    "department.created": text("Department added"),
    "department.changed": text("Department changed"),
    "provider.created": text("Provider added"),
    "provider.changed": text("Provider changed"),
    "department.functions_changed": text("Department functions switched"),
    "identity.bound": text("External account connected"),
    "identity.unbound": text("External account disconnected"),
    "password.changed": text("Password changed"),
    "recovery_codes.made": text("Recovery codes replaced"),
    "rights.seen_as": text("Panel viewed with other rights"),
    "rights.seen_enough": text("Stopped viewing the panel with other rights"),
    "second_factor.removed": text("Second factor removed"),
    "second_factor.set": text("Second factor set up"),
    "sessions.ended": text("Sessions ended"),
    "sign_in.refused": text("Sign-in refused"),
    "staff.functions_changed": text("A person’s own functions switched"),
    "token.made": text("Token created"),
    "token.revoked": text("Token revoked"),
    "user.signed_in": text("Signed in"),
    "user.signed_out": text("Signed out"),
    "staff.created": text("Member of staff added"),
    "staff.changed": text("Member of staff changed"),
    "staff.invited": text("Sign-in link created for a member of staff"),
    "tariff.created": text("Tariff added"),
    "tariff.changed": text("Tariff changed"),
    "tariff.stock_changed": text("Stock changed"),
    "provider.method_off": text("Payment method switched off"),
    "provider.method_on": text("Payment method switched on"),
    "provider.categories_changed": text("Categories changed"),
}

# What the fields of forms are called; another one stands under its own name.
FIELDS: Mapping[str, Text] = {
    "accounting_emails": text("Accounting e-mail"),
    "address": text("Address"),
    "post_code": text("Post code"),
    "city": text("City"),
    "region": text("Region"),
    "allowed_groups": text("Only for these groups"),
    "archived": text("Archived"),
    "availability": text("Availability"),
    "bank_account": text("Account number"),
    "bank_bic": text("BIC"),
    "bank_bik": text("BIK"),
    "bank_correspondent": text("Correspondent account"),
    "bank_iban": text("IBAN"),
    "bank_name": text("Bank"),
    "blocked": text("Blocked"),
    "blocked_reason": text("Reason for the block"),
    "blocked_text": text("What the client can read about it"),
    "answer": text("Answer"),
    "by": text("Added or taken out"),
    "clients_may_order": text("Clients may order for themselves"),
    "code": text("Second step"),
    "category": text("Category"),
    "client_titles": text("Title for clients"),
    "components": text("Parts of a bundle"),
    "browser": text("Browser"),
    "country": text("Country"),
    "credit_limit": text("Credit limit"),
    "days": text("Days"),
    "delivery_address": text("Delivery address"),
    "delivery_post_code": text("Post code of delivery"),
    "delivery_city": text("City of delivery"),
    "delivery_region": text("Region of delivery"),
    "delivery_country": text("Country of delivery"),
    "delivery_services": text("Delivery services"),
    "departments": text("Departments"),
    "disabled": text("Can’t sign in"),
    "discount_percent": text("Discount"),
    "email": text("E-mail"),
    "fields": text("Fields"),
    "forbidden_groups": text("Not for these groups"),
    "forbidden_methods": text("Can’t pay by"),
    "functions": text("Functions"),
    "group": text("Group"),
    "hours": text("Hours in a time package"),
    "how": text("How"),
    "key": text("Key"),
    "kind": text("Kind"),
    "language": text("Language"),
    "lead_time_days": text("Lead time in days"),
    "left": text("Left"),
    "legal_name": text("Legal name"),
    "login": text("Login"),
    "logo": text("Logo"),
    "signature": text("Signature"),
    "stamp": text("Stamp"),
    "name": text("Name"),
    "needs_delivery": text("Delivered to an address"),
    "off": text("Switched off"),
    "on": text("Switched on"),
    "options": text("Options"),
    "payment_methods": text("Payment methods"),
    "payment_terms_days": text("Days to pay"),
    "per_client_limit": text("At most per client"),
    "phone": text("Phone"),
    "prices": text("Prices"),
    "providers": text("Providers"),
    "reason": text("Reason"),
    "registration_number": text("Registration number"),
    "role": text("Role"),
    "requires_one_of": text("Needs one of these with it"),
    "series_fiscal": text("Numbers of invoices and credit notes"),
    "series_proforma": text("Numbers of pro-formas"),
    "series_credit_note": text("Numbers of credit notes"),
    "first_credit_note": text("First number of credit notes"),
    "series_receipt": text("Numbers of receipts"),
    "first_receipt": text("First number of receipts"),
    "invoices_since": text("Issue invoices from"),
    "invoice_time": text("When an invoice is issued"),
    "first_fiscal": text("First number of invoices and credit notes"),
    "first_proforma": text("First number of pro-formas"),
    "setup_fee": text("Set-up fee"),
    "switches": text("Functions"),
    "tax_class": text("Tax class"),
    "tax_number": text("Tax number"),
    "tax_rates": text("Tax rates"),
    "tax_registration_reason": text("KPP"),
    "timezone": text("Time zone"),
    "titles": text("Title"),
    "user": text("User"),
    "vat_number": text("VAT number"),
    "what": text("What was wrong"),
}
# What some fields hold, where it is a word of the panel's.
CHOICES: Mapping[str, Mapping[str, Text]] = {
    "browser": {"new": text("New")},
    "code": {"app": text("Code from the app"), "recovery": text("Recovery code")},
    "how": {
        "link": text("Sign-in link"),
        "not_allowed": text("No longer allowed"),
        "session_over": text("Session expired"),
        "signed_out": text("Signed out"),
        "went_back": text("Return to own rights"),
    },
    "role": {role.value: title for role, title in ROLE_TITLES.items()},
    "what": {
        "code": text("Second step"),
        "openid": text("External account"),
        "password": text("Password"),
    },
}


# What somebody typed stands beside the changes, so that the log can forget it.
# what of an event names functions
OF_FUNCTIONS = frozenset({"on", "off", "functions"})
TYPED_CHANGES = ("blocked_reason", "blocked_text", "email")
# Which fields tell which fact.
GUARDED: Mapping[str, Fact] = {
    "blocked_reason": Fact.BLOCK,
    "credit_limit": Fact.CREDIT_LIMIT,
    "email": Fact.CONTACTS,
}


def title_of(name: str) -> Text | str:
    """Look up what a field of a form is called; one without words keeps its own name."""
    return FIELDS.get(name, name)


def facts_seen(
    told: Mapping[str, Any], actor: Actor, own_providers: Collection[str] | None = None
) -> Mapping[str, Any]:
    """What an event knows, with nothing in the place of what ``actor`` may not see.

    ``own_providers``: keys of those they work for, None: all; others are not named.
    """
    hidden = {name for name, fact in GUARDED.items() if not sees(actor, fact)}
    seen = {name: [None, None] if name in hidden else value for name, value in told.items()}
    if "changes" in told:
        changes = {n: [None, None] if n in hidden else c for n, c in told["changes"].items()}
        seen["changes"] = _within(changes, own_providers)
    return seen


def _within(changes: Mapping[str, Any], own: Collection[str] | None) -> Mapping[str, Any]:
    if own is None or "providers" not in changes:
        return changes
    kept = [[key for key in keys if key in own] for keys in changes["providers"]]
    return {**changes, "providers": kept}


def details_of(told: Mapping[str, Any]) -> Iterator[Detail]:
    """What an event knows, line by line; ``changes`` as from → to (administration.changes)."""
    for name, value in told.items():
        if name == "changes":
            for field, (before, now) in value.items():
                yield _change(title_of(field), _chosen(field, before), _chosen(field, now))
        elif name in TYPED_CHANGES:
            yield _change(title_of(name), *value)
        elif name == "switches" and isinstance(value, dict):
            for function, (before, now) in value.items():
                yield _change(function, before, now)
        elif name == "fields" and isinstance(value, list):
            yield Detail(title_of(name), [title_of(field) for field in value])
        else:
            yield Detail(title_of(name), plain(_chosen(name, value)))


def _with_titles(told: Mapping[str, Any], titles: Mapping[str, Text]) -> Mapping[str, Any]:
    """With the titles of functions in place of their names."""

    def titled(name: str, value: Any) -> Any:
        if name in OF_FUNCTIONS and isinstance(value, list):
            return [titles.get(one, one) for one in value]
        if name == "switches" and isinstance(value, dict):
            return {titles.get(one, one): pair for one, pair in value.items()}
        return value

    return {name: titled(name, value) for name, value in told.items()}


def _chosen(field: str, value: Any) -> Any:
    return CHOICES.get(field, {}).get(value, value) if isinstance(value, str) else value


def _change(what: Text | str, before: Any, now: Any) -> Detail:
    """Of lists the rows that went and the rows that came."""
    if isinstance(before, list) and isinstance(now, list):
        gone = [row for row in before if row not in now]
        before, now = gone, [row for row in now if row not in before]
    return Detail(what, plain(now), plain(before))


def plain(value: Any) -> object:
    """A value of the log as people read it."""
    match value:
        case None | "" | [] | {}:
            return NOTHING
        case bool():
            return YES if value else NO
        case dict() if value.keys() <= set(LANGUAGES):
            return Titles(value)
        case dict():
            return [plain(inside) for inside in value.values() if inside not in (None, "")]
        case list():
            return [plain(inside) for inside in value]
        case _:
            return value if isinstance(value, Text) else str(value)


@dataclass(frozen=True)
class _Noun:
    """How the subjects of one noun are found: their name, their page and who may open it."""

    model: Any
    name: str
    endpoint: str
    argument: str
    needs: PanelFunction
    key: str = "id"


NOUNS: Mapping[str, _Noun] = {
    "client": _Noun(Client, "name", "clients.profile", "client_id", PanelFunction.CLIENT_READ),
    "client_group": _Noun(
        ClientGroup, "title", "groups.change", "group_id", PanelFunction.GROUP_CHANGE
    ),
    "department": _Noun(
        Department, "title", "departments.change", "department_id", PanelFunction.RIGHTS_CHANGE
    ),
    "provider": _Noun(
        Provider, "name", "providers.change", "key", PanelFunction.PROVIDER_CHANGE, key="key"
    ),
    "staff": _Noun(Staff, "name", "staff.change", "staff_id", PanelFunction.STAFF_READ),
    "user": _Noun(User, "login", "audit.index", "query", PanelFunction.AUDIT_READ, key="login"),
    "tariff": _Noun(Tariff, "title", "tariffs.change", "tariff_id", PanelFunction.TARIFF_READ),
}


def subjects_of(session: Session, events: Sequence[Event]) -> Mapping[tuple[str, int], Subject]:
    """What the events happened to, by (noun, id); one query for each noun."""
    found: dict[tuple[str, int], Subject] = {}
    for name, noun in NOUNS.items():
        ids = {event.subject_id for event in events if event.subject_kind == name}
        rows = session.scalars(select(noun.model).where(noun.model.id.in_(ids))) if ids else ()
        for row in rows:
            values = {noun.argument: getattr(row, noun.key)}
            found[name, row.id] = Subject(
                getattr(row, noun.name), noun.endpoint, values, noun.needs
            )
    return found


def _words(session: Session, events: Sequence[Event], actor: Actor) -> Mapping[int, EventWords]:
    logins, titles = _logins(session, events), session.info.get(FUNCTION_TITLES, {})
    own = _own_provider_keys(session, actor)
    seen = {event.id: facts_seen(event.told, actor, own) for event in events}
    return {
        event.id: EventWords(
            KINDS[event.kind],
            seen[event.id],
            tuple(details_of(_with_titles(_named(seen[event.id], logins), titles))),
        )
        for event in events
    }


def _own_provider_keys(session: Session, actor: Actor) -> frozenset[str] | None:
    """None: they work for every provider."""
    if actor.provider_ids is None:
        return None
    return frozenset(session.scalars(select(Provider.key).where(own_providers(actor))))


def _logins(session: Session, events: Sequence[Event]) -> Mapping[int, str]:
    """Of the users that events are about beside their subjects."""
    ids = {event.facts["user_id"] for event in events if "user_id" in event.facts}
    if not ids:
        return {}
    rows = session.execute(select(User.id, User.login).where(User.id.in_(ids)))
    return {row.id: row.login for row in rows}


def _named(told: Mapping[str, Any], logins: Mapping[int, str]) -> Mapping[str, Any]:
    """With the login of the user it is about, in place of their number."""
    if "user_id" not in told:
        return told
    others = {name: value for name, value in told.items() if name != "user_id"}
    return {"user": logins.get(told["user_id"], told["user_id"]), **others}


def _numbered(session: Session, number: str) -> Sequence[tuple[str, int]]:
    """A tariff by its key; clients and people are found by their logins."""
    tariffs = session.scalars(select(Tariff.id).filter_by(key=number))
    return [("tariff", tariff_id) for tariff_id in tariffs]


PANEL_EVENTS = EventReader(KINDS, _words, _numbered, SIGHTS)
