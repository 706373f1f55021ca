"""Clients: entered, changed, and what holds between one of them and one provider.

Requisites, group, credit limit and block are changed by different people, so each has a function
of its own in the matrix; what a person may not change must come as it was.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session

from billing_panel.accounts.access.client_search import enter_client
from billing_panel.accounts.access.facts import sees
from billing_panel.accounts.access.scope import find_client, find_provider
from billing_panel.accounts.people.client_roles import ClientRole
from billing_panel.accounts.people.clients import (
    AccountCounter,
    Client,
    ClientGroup,
    ClientKind,
    Membership,
)
from billing_panel.accounts.people.logins import as_kept, as_settled, find_user
from billing_panel.accounts.people.users import ClientUser, User
from billing_panel.administration.details import validators
from billing_panel.administration.details.changes import differences, refuse_stale
from billing_panel.administration.details.credit_floors import move_floor
from billing_panel.kernel.database.locking import lock_row
from billing_panel.kernel.database.unique import refusing_taken
from billing_panel.kernel.input.visible import tidy
from billing_panel.kernel.language.errors import Conflict, FieldError, Forbidden, NotFound
from billing_panel.kernel.language.guarded import Fact
from billing_panel.kernel.language.text import DEFAULT_LANGUAGE, text
from billing_panel.kernel.tables.events import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.money import Money, parse
from permissions.functions import PanelFunction
from permissions.guard import require

# they stand on documents
PRINTED = ("name", "address", "delivery_address", "phone", "email")
SHORT = ("tax_number", "tax_registration_reason", "phone", "address", "delivery_address")


@dataclass(frozen=True)
class ClientDetails:
    """``login`` is settled when the client is entered: it is how they sign in."""

    login: str
    name: str
    kind: ClientKind
    country: str
    vat_number: str = ""
    tax_number: str = ""
    tax_registration_reason: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    delivery_address: str = ""
    language: str = DEFAULT_LANGUAGE


@dataclass(frozen=True)
class MembershipDetails:
    """``credit_limit`` in major units of the provider's currency, as typed.

    ``group``: a key, ``""`` for none. ``blocked_reason`` None: not blocked; it is for staff, and
    ``blocked_text`` is what the client reads.
    """

    group: str = ""
    credit_limit: str = "0"
    blocked_reason: str | None = None
    blocked_text: str = ""


# Which function of the matrix changes which field of a membership.
GUARDED = {
    "group": PanelFunction.GROUP_ASSIGN,
    "credit_limit": PanelFunction.CREDIT_LIMIT_CHANGE,
    "blocked_reason": PanelFunction.CLIENT_BLOCK,
    "blocked_text": PanelFunction.CLIENT_BLOCK,
}
# What is written about a client in somebody's own words: the log can forget it.
TYPED = frozenset({"blocked_reason", "blocked_text"})
# Which fields of a membership tell a fact that not everybody may know.
TELLING = {"credit_limit": Fact.CREDIT_LIMIT, "blocked_reason": Fact.BLOCK}


def client_details(client: Client) -> ClientDetails:
    return ClientDetails(**{f.name: getattr(client, f.name) for f in fields(ClientDetails)})


def membership_details(membership: Membership) -> MembershipDetails:
    return MembershipDetails(
        group=membership.group.key if membership.group else "",
        credit_limit=str(Money(membership.credit_limit, membership.provider.currency)),
        blocked_reason=membership.blocked_reason,
        blocked_text=membership.blocked_text,
    )


def hidden_terms(actor: Actor) -> frozenset[str]:
    """Fields of a membership that ``actor`` may not see, nor so change."""
    return frozenset(name for name, fact in TELLING.items() if not sees(actor, fact))


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
    details = _tidied(details, as_kept(details.login))
    validators.refuse_wrong([*_wrong(details, None), *_taken(session, details.login)])
    now = clock.now()
    client = Client(
        **vars(details),
        account_number=account_number or _next_account(session),
        created_at=now,
        memberships=[Membership(provider=first, credit_limit=0)],
    )
    user = User(login=details.login, language=details.language)
    with refusing_taken(session, TAKEN):
        session.add_all([client, user])
    session.add(ClientUser(user_id=user.id, client_id=client.id))
    enter_client(session, client)
    _record(session, "client.created", client, actor, now, provider_id=first.id)
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
    details = _tidied(details, as_settled(details.login, now.login))
    if differences(now, details):
        refuse_shared(client, actor)
    validators.refuse_wrong([*_wrong(details, now), *_settled(details, now)])
    for name, value in vars(details).items():
        setattr(client, name, value)
    enter_client(session, client)
    if changed := sorted(differences(now, details)):
        # personal data stays out of the log: it must be possible to forget it
        _record(session, "client.changed", client, actor, clock.now(), facts={"fields": changed})
    return client


def join_provider(
    session: Session, client_id: int, provider: str, *, actor: Actor, clock: Clock
) -> Membership:
    """Make the client one of ``provider`` too.

    Raises FunctionNotHeld, NotFound, Invalid, Conflict ``client_erased``.
    """
    require(actor, PanelFunction.CLIENT_CREATE)
    client = find_client(session, actor, client_id=client_id)
    lock_row(session, client)
    refuse_erased(client)
    joined = find_provider(session, actor, provider)
    if joined.id in {membership.provider_id for membership in client.memberships}:
        message = text("This person is already a client of this provider.")
        validators.refuse_wrong(validators.wrong("provider", message, "taken"))
    membership = Membership(provider=joined, credit_limit=0)
    client.memberships.append(membership)
    session.flush()
    _record(session, "client.joined", client, actor, clock.now(), provider_id=joined.id)
    return membership


def change_membership(
    session: Session,
    client_id: int,
    provider: str,
    details: MembershipDetails,
    *,
    seen: str | None = None,
    actor: Actor,
    clock: Clock,
) -> Membership:
    """Raises FunctionNotHeld, naming the function of the field that the actor may not change.

    And NotFound, Invalid (``below_floor``: the balance stands lower than the new limit allows),
    Conflict ``changed_meanwhile`` or ``client_erased``.
    """
    require(actor, *GUARDED.values())
    client = find_client(session, actor, client_id=client_id)
    of_provider = find_provider(session, actor, provider)
    # whether balances may go below zero stays as it is meanwhile
    lock_row(session, of_provider, read=True)
    membership = _membership(session, client, of_provider.id)
    refuse_erased(client)
    now = membership_details(membership)
    refuse_stale(now, seen, hidden_terms(actor))
    group = session.scalar(select(ClientGroup).filter_by(key=details.group))
    validators.refuse_wrong(_wrong_membership(details, group, of_provider.currency))
    limit = parse(details.credit_limit, of_provider.currency)
    changes = differences(now, replace(details, credit_limit=str(limit)))
    for name in changes:
        require(actor, GUARDED[name])
    at = clock.now()
    membership.group = group
    if limit.minor != membership.credit_limit:
        move_floor(session, membership, limit.minor)
    membership.credit_limit = limit.minor
    if details.blocked_reason != now.blocked_reason:
        membership.blocked_at = None if details.blocked_reason is None else at
    membership.blocked_reason = details.blocked_reason
    membership.blocked_text = details.blocked_text.strip()
    if changes:
        _record(
            session,
            "client.terms_changed",
            client,
            actor,
            at,
            provider_id=membership.provider_id,
            facts={"changes": _plain_terms(changes)},
            words={name: changes[name] for name in TYPED & changes.keys()},
        )
    return membership


def user_to_invite(session: Session, client_id: int, *, actor: Actor, clock: Clock) -> User:
    """The first of those who sign in for the client as its owner, to be given a sign-in link.

    Raises FunctionNotHeld, NotFound, Forbidden ``shared_client``, Conflict ``client_erased``.
    It is written down, because whoever holds the link can act as the client.
    """
    require(actor, PanelFunction.CLIENT_INVITE)
    client = find_client(session, actor, client_id=client_id)
    lock_row(session, client)
    refuse_erased(client)
    refuse_shared(client, actor)
    user = session.scalars(
        select(User)
        .join(ClientUser, ClientUser.user_id == User.id)
        .where(
            ClientUser.client_id == client.id,
            ClientUser.role == ClientRole.OWNER,
            User.disabled_at.is_(None),
        )
        .order_by(User.id)
    ).first()
    if user is None:
        raise NotFound(text("No one signs in for this client."))
    _record(session, "client.invited", client, actor, clock.now())
    return user


def signs_in(session: Session, client_id: int) -> bool:
    """Whether somebody has chosen a password for the client."""
    users = select(User.id).join(ClientUser, ClientUser.user_id == User.id)
    found = users.where(ClientUser.client_id == client_id, User.password_hash.is_not(None))
    return session.scalar(found.limit(1)) is not None


def refuse_erased(client: Client) -> None:
    """Raise Conflict ``client_erased``: of somebody forgotten nothing is written any more."""
    if client.erased_at is not None:
        raise Conflict(text("This client’s personal data was erased."), code="client_erased")


def refuse_shared(client: Client, actor: Actor) -> None:
    """Raise Forbidden ``shared_client``: a client is the same for all of their providers."""
    own = actor.provider_ids
    if own is not None and not {m.provider_id for m in client.memberships} <= own:
        raise Forbidden(
            text("They are also a client of providers you don’t work for; ask an owner."),
            code="shared_client",
        )


def _plain_terms(changes: Mapping[str, Any]) -> dict[str, object]:
    """The changes without what somebody typed; of a block, whether there was one and is one."""
    plain = {name: change for name, change in changes.items() if name not in TYPED}
    if "blocked_reason" in changes:
        plain["blocked"] = [reason is not None for reason in changes["blocked_reason"]]
    return plain


def _membership(session: Session, client: Client, provider_id: int) -> Membership:
    """Locked, as every action on the pair locks it. Raises NotFound."""
    membership = next((m for m in client.memberships if m.provider_id == provider_id), None)
    if membership is None:
        raise NotFound(text("This client has no account with this provider."))
    lock_row(session, membership)
    return membership


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


def _tidied(details: ClientDetails, login: str) -> ClientDetails:
    return replace(
        details,
        login=login,
        name=tidy(details.name),
        email=unicodedata.normalize("NFC", details.email),
    )


def _wrong(details: ClientDetails, now: ClientDetails | None) -> Iterator[FieldError]:
    yield from validators.login("login", details.login, before=[now.login] if now else ())
    yield from validators.filled("name", details.name)
    for name in SHORT:
        yield from validators.short(name, getattr(details, name))
    yield from validators.country("country", details.country)
    for name in PRINTED:
        if now is None or getattr(now, name) != getattr(details, name):
            yield from validators.printable(name, getattr(details, name))
    yield from validators.vat_number("vat_number", details.vat_number, details.country)
    # what was entered before it was looked at may stay until it is changed
    if now is None or (now.tax_number, now.country) != (details.tax_number, details.country):
        yield from validators.tax_number("tax_number", details.tax_number, details.country)
    reason = details.tax_registration_reason
    if now is None or (now.tax_registration_reason, now.country) != (reason, details.country):
        yield from validators.tax_registration_reason(
            "tax_registration_reason", reason, details.country
        )
    yield from validators.email("email", details.email)
    yield from validators.language("language", details.language)


def _wrong_membership(
    details: MembershipDetails, group: ClientGroup | None, currency: str
) -> Iterator[FieldError]:
    if details.group and group is None:
        yield FieldError("group", "unknown_group", text("There is no such client group."))
    yield from validators.amount("credit_limit", details.credit_limit, currency)
    if details.blocked_reason is not None:
        yield from validators.filled("blocked_reason", details.blocked_reason)
    yield from validators.short("blocked_text", details.blocked_text)


def _record(
    session: Session,
    kind: str,
    client: Client,
    actor: Actor,
    at: datetime,
    *,
    provider_id: int | None = None,
    facts: dict[str, object] | None = None,
    words: Mapping[str, object] | None = None,
) -> None:
    record(
        session,
        kind,
        actor=actor,
        at=at,
        subject=("client", client.id),
        provider_id=provider_id,
        client_id=client.id,
        facts=facts,
        words=words,
    )
