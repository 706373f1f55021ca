"""Adding and changing clients, and joining them to providers.

Requisites, group, credit limit and block are changed by different people, so each has a function
of its own in the matrix; what a person may not change must come as it was.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session

from billing_panel.accounts.access.client_search import index_client
from billing_panel.accounts.access.scope import find_client, find_provider
from billing_panel.accounts.people.client_models import (
    AccountCounter,
    Client,
    Membership,
    addresses_in,
)
from billing_panel.accounts.people.login_names import as_kept, as_settled, find_user
from billing_panel.accounts.people.user_models import ClientUser, User
from billing_panel.administration.clients.client_change_guards import (
    record_of_client,
    refuse_erased,
    refuse_shared,
)
from billing_panel.administration.clients.client_details import ClientDetails, client_details
from billing_panel.administration.details import validators
from billing_panel.administration.details.address_fields import tidied_address, wrong_address
from billing_panel.administration.details.concurrent_changes import differences, refuse_stale
from billing_panel.administration.details.keep_sign_in_email import kept_address
from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.kernel.database.unique_key_violations import refusing_taken
from billing_panel.kernel.input.invisible_characters import tidy
from billing_panel.kernel.language.errors import FieldError
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from permissions.panel_functions import PanelFunction

# they stand on documents
PRINTED = ("name", "phone", "email")


# bills are copied to no more addresses than these
MOST_ACCOUNTING = 10
SHORT = ("registration_number", "tax_number", "tax_registration_reason", "phone")


def create_client(
    session: Session,
    details: ClientDetails,
    *,
    provider: str,
    account_number: int | None = None,
    actor: Actor,
    clock: Clock,
) -> Client:
    """A client of ``provider`` (a key) and their user, who can't sign in before they have a link.

    ``account_number`` None: the next one. Raises FunctionNotHeld, NotFound, Invalid.
    """
    require(actor, PanelFunction.CLIENT_CREATE)
    first = find_provider(session, actor, provider)
    details = tidied_client(details, as_kept(details.login))
    validators.refuse_wrong([*wrong_client(details, None), *_taken(session, details.login)])
    now = clock.now()
    client = Client(
        **vars(details),
        account_number=account_number or _next_account(session),
        created_at=now,
        memberships=[Membership(provider=first, credit_limit=0)],
    )
    email = kept_address(details.email)
    user = User(login=details.login, language=details.language, email=email)
    with refusing_taken(session, TAKEN):
        session.add_all([client, user])
    session.add(ClientUser(user_id=user.id, client_id=client.id))
    index_client(session, client)
    record_of_client(session, "client.created", client, actor, now, provider_id=first.id)
    return client


def change_client(
    session: Session,
    client_id: int,
    details: ClientDetails,
    *,
    seen: str | None = None,
    actor: Actor,
    clock: Clock,
) -> Client:
    """Raises FunctionNotHeld, NotFound, Forbidden ``shared_client``, Invalid.

    And Conflict ``changed_meanwhile`` or ``client_erased``.
    """
    require(actor, PanelFunction.CLIENT_CHANGE)
    client = find_client(session, actor, client_id=client_id)
    lock_row(session, client)
    refuse_erased(client)
    now = client_details(client)
    refuse_stale(now, seen)
    details = tidied_client(details, as_settled(details.login, now.login))
    if differences(now, details):
        refuse_shared(client, actor)
    validators.refuse_wrong([*wrong_client(details, now), *_settled(details, now)])
    for name, value in vars(details).items():
        setattr(client, name, value)
    index_client(session, client)
    if changed := sorted(differences(now, details)):
        # personal data stays out of the log: it must be possible to forget it
        record_of_client(
            session, "client.changed", client, actor, clock.now(), facts={"fields": changed}
        )
    return client


def _next_account(session: Session) -> int:
    """One more than the last taken, and than any there is; the counter is locked until commit."""
    highest = select(func.coalesce(func.max(Client.account_number), 0)).scalar_subquery()
    last = AccountCounter.last
    more = update(AccountCounter).values(last=case((highest > last, highest), else_=last) + 1)
    return session.scalars(more.returning(last)).one()


LOGIN_TAKEN = FieldError("login", "taken", text("Someone else already has this login."))


TAKEN = {
    User.login: LOGIN_TAKEN,
    Client.login: LOGIN_TAKEN,
    Client.account_number: FieldError(
        "account_number", "taken", text("Another client already has this account number.")
    ),
}


def _taken(session: Session, login: str) -> Iterator[FieldError]:
    if find_user(session, login) is not None:
        yield LOGIN_TAKEN


def _settled(details: ClientDetails, now: ClientDetails) -> Iterator[FieldError]:
    if details.login != now.login:
        message = text("The login can’t be changed once the client is added.")
        yield FieldError("login", "settled", message)


def tidied_client(details: ClientDetails, login: str) -> ClientDetails:
    """As they are kept; ``login``: as it is."""
    return replace(
        details,
        login=login,
        name=tidy(details.name),
        **tidied_address(details),
        **tidied_address(details, "delivery_"),
        email=unicodedata.normalize("NFC", details.email),
        accounting_emails=", ".join(
            addresses_in(unicodedata.normalize("NFC", details.accounting_emails))
        ),
    )


def wrong_client(details: ClientDetails, now: ClientDetails | None) -> Iterator[FieldError]:
    """Yield what is wrong with them by themselves; ``now``: as they were, None: a new client."""
    yield from validators.login("login", details.login, before=[now.login] if now else ())
    yield from validators.filled("name", details.name)
    for name in SHORT:
        yield from validators.short(name, getattr(details, name))
    yield from validators.country("country", details.country)
    yield from wrong_address(details, now)
    yield from wrong_address(details, now, "delivery_")
    if details.delivery_country:
        yield from validators.country("delivery_country", details.delivery_country)
    for name in PRINTED:
        if now is None or getattr(now, name) != getattr(details, name):
            yield from validators.printable(name, getattr(details, name))
    yield from validators.vat_number("vat_number", details.vat_number, details.country)
    number = details.registration_number
    if now is None or (now.registration_number, now.country) != (number, details.country):
        yield from validators.registration_number("registration_number", number, details.country)
    # what was entered before it was looked at may stay until it is changed
    if now is None or (now.tax_number, now.country) != (details.tax_number, details.country):
        yield from validators.tax_number("tax_number", details.tax_number, details.country)
    reason = details.tax_registration_reason
    if now is None or (now.tax_registration_reason, now.country) != (reason, details.country):
        yield from validators.tax_registration_reason(
            "tax_registration_reason", reason, details.country
        )
    yield from validators.email("email", details.email)
    yield from validators.emails(
        "accounting_emails", addresses_in(details.accounting_emails), most=MOST_ACCOUNTING
    )
    yield from validators.language("language", details.language)
