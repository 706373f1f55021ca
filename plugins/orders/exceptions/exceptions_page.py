"""Exceptions: proposing one for a client, deciding on those of others, and all there were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.person_names import people as people_of
from billing_panel.accounts.access.scope import find_client, providers, seen_memberships, zone_of
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.accounts.signing_in.really_two_people import read_hands
from billing_panel.catalog.rules.eligibility import LIFTABLE
from billing_panel.catalog.rules.eligibility_facts import TariffFacts
from billing_panel.catalog.whole_catalogue import catalogue
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.bounded_parsing import decimal_number, whole_number
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.post_in_transaction import WITH_RIGHTS, change
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, may_open, needs
from plugins.orders.exceptions.decide_exception import DecideException, decide_exception
from plugins.orders.exceptions.exception_models import Decision, OrderException, State
from plugins.orders.exceptions.exception_rights import is_one_person
from plugins.orders.exceptions.find_exceptions import HANDS, find_exception, open_exceptions
from plugins.orders.exceptions.find_exceptions import exceptions as exceptions_in_scope
from plugins.orders.exceptions.propose_exception import ProposeException, propose_exception
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.models import number_of

SHOWN = 100
# Anything else that is typed as a percentage; the action says what is wrong with it.
NO_NUMBER = Decimal("NaN")
DISCOUNT = "discount"

exceptions = Blueprint("exceptions", "plugins.orders")
seeing = access(needs(*HANDS, for_staff=True))


@dataclass(frozen=True)
class ExceptionShown:
    """An exception with names, and what this person may do with it."""

    row: OrderException
    state: State
    proposed_by: str
    decided_by: str
    may_decide: bool
    may_approve: bool
    may_use: bool


@dataclass(frozen=True)
class ExceptionsPage:
    """``client`` None: those of every client. ``zone``: of its times.

    ``reasons``: what was typed, by the id of the exception.
    """

    client: Client | None
    zone: str
    exceptions: Sequence[ExceptionShown]
    may_propose: bool = False
    refusal: DomainError | None = None
    reasons: Mapping[int, str] = field(default_factory=dict)

    def number_of(self, order_id: int) -> str:
        return number_of(order_id)


@dataclass(frozen=True)
class ProposalPage:
    """``making``: the client's providers that make exceptions. ``provider`` None: not chosen yet.

    ``typed``: what was sent, or the address's own values: provider, tariff's id, restriction.
    """

    client: Client
    making: Sequence[Provider]
    provider: Provider | None
    tariffs: Sequence[TariffFacts]
    typed: Mapping[str, str]
    refusal: DomainError | None

    liftable: ClassVar = LIFTABLE
    discount: ClassVar = DISCOUNT

    @property
    def what(self) -> str:
        """The restriction to lift, or DISCOUNT."""
        return self.typed.get("what") or self.typed.get("restriction") or ""

    @property
    def wrong(self) -> Mapping[str, Text]:
        """What is said of each field."""
        return {error.field: error.message for error in self.refusal.errors} if self.refusal else {}


@exceptions.get("/exceptions")
@seeing
def index() -> ResponseReturnValue:
    """Those that wait for a decision, of every client in scope.

    Needs ``orders:exception:propose`` or ``orders:exception:approve``; staff alone.
    """
    actor, now = current_actor(), panel().clock.now()
    with panel().database.reading() as db:
        page = ExceptionsPage(
            client=None,
            zone=zone_of(providers(db, actor)),
            exceptions=_shown(db, actor, open_exceptions(actor, now), now),
        )
        return render_template("orders/exceptions.html", page=page)


@exceptions.get("/clients/<bigid:client_id>/exceptions")
@seeing
def of_client(client_id: int) -> ResponseReturnValue:
    """All there were for one client, newest first.

    Needs ``orders:exception:propose`` or ``orders:exception:approve``; staff alone.
    """
    return _list(client_id)


@exceptions.post("/clients/<bigid:client_id>/exceptions/<bigid:exception_id>")
@access(needs(OrdersFunction.EXCEPTION_APPROVE, for_staff=True))
def decide(client_id: int, exception_id: int) -> ResponseReturnValue:
    """Approve or refuse what somebody else proposed.

    Needs ``orders:exception:approve``; staff alone. Refuses one's own proposal, one that is decided
    or has expired, and a decision without a reason.
    """
    running, actor = panel(), current_actor()
    approved = request.form.get("decision") == Decision.APPROVED
    decision = Decision.APPROVED if approved else Decision.REFUSED
    command = DecideException(exception_id, decision, request.form.get("reason", ""))

    def act(db: Session) -> None:
        decide_exception(db, command, actor=actor, clock=running.clock)

    def refused(refusal: DomainError) -> ResponseReturnValue:
        return _list(client_id, refusal, exception_id)

    def done(_: None) -> ResponseReturnValue:
        flash(gettext("Approved.") if approved else gettext("Refused."), "ok")
        return redirect(url_for("exceptions.of_client", client_id=client_id), 303)

    return change(act, refused, done, WITH_RIGHTS)


@exceptions.route("/clients/<bigid:client_id>/exceptions/new", methods=["GET", "POST"])
@access(needs(OrdersFunction.EXCEPTION_PROPOSE, for_staff=True))
def propose(client_id: int) -> ResponseReturnValue:
    """Propose to lift one restriction once, or a discount, for one client and one tariff.

    Needs ``orders:exception:propose``; staff alone. Refuses fields that are missing or wrong, and a
    provider that makes no exceptions.
    """
    running, actor = panel(), current_actor()
    if request.method != "POST":
        return _form(client_id, request.args)
    command = _proposal(client_id)

    def act(db: Session) -> None:
        propose_exception(db, command, actor=actor, clock=running.clock)

    def refused(refusal: DomainError) -> ResponseReturnValue:
        return _form(client_id, request.form, refusal)

    def done(_: None) -> ResponseReturnValue:
        flash(gettext("Proposed. Someone else must approve it."), "ok")
        return redirect(url_for("exceptions.of_client", client_id=client_id), 303)

    return change(act, refused, done, WITH_RIGHTS)


def _proposal(client_id: int) -> ProposeException:
    form = request.form
    what = form.get("what", "")
    with_discount = what == DISCOUNT
    return ProposeException(
        client_id=client_id,
        provider=form.get("provider") or None,
        tariff=form.get("tariff", ""),
        reason=form.get("reason", ""),
        restriction=None if with_discount else what,
        percent=_percent(form.get("percent", "")) if with_discount else None,
        # 0, which the action refuses, for what is no number
        quantity=whole_number(form.get("quantity", "").strip()) or 0,
    )


def _list(
    client_id: int, refusal: DomainError | None = None, refused: int | None = None
) -> ResponseReturnValue:
    """``refused``: the exception of which ``refusal`` is. Raises NotFound."""
    actor, now = current_actor(), panel().clock.now()
    with panel().database.reading() as db:
        client = find_client(db, actor, client_id=client_id)
        if refused is not None:
            find_exception(db, actor, refused)
        found = exceptions_in_scope(actor).where(OrderException.client_id == client.id)
        page = ExceptionsPage(
            client=client,
            zone=zone_of([membership.provider for membership in seen_memberships(actor, client)]),
            exceptions=_shown(db, actor, found, now),
            may_propose=may_open("exceptions.propose") and bool(_making(actor, client)),
            refusal=refusal,
            reasons={} if refused is None else {refused: request.form.get("reason", "")},
        )
        drawn = render_template("orders/exceptions.html", page=page)
    return drawn, refusal.status if refusal else 200


def _form(
    client_id: int, typed: Mapping[str, str], refusal: DomainError | None = None
) -> ResponseReturnValue:
    """Raises NotFound."""
    actor = current_actor()
    with panel().database.reading() as db:
        client = find_client(db, actor, client_id=client_id)
        making = _making(actor, client)
        chosen = next((p for p in making if p.key == typed.get("provider")), None)
        provider = chosen or (making[0] if len(making) == 1 else None)
        tariffs = catalogue(db, provider).values() if provider else []
        page = ProposalPage(
            client=client,
            making=making,
            provider=provider,
            tariffs=[tariff for tariff in tariffs if not tariff.archived],
            typed=typed,
            refusal=refusal,
        )
        drawn = render_template("orders/propose_exception.html", page=page)
    return drawn, refusal.status if refusal else 200


def _making(actor: Actor, client: Client) -> list[Provider]:
    """Providers of the client in scope that make exceptions."""
    seen = seen_memberships(actor, client)
    return [m.provider for m in seen if m.provider.exceptions_allowed]


def _shown(
    db: Session, actor: Actor, found: Select[OrderException], now: datetime
) -> Sequence[ExceptionShown]:
    rows = db.scalars(found.limit(SHOWN)).all()
    hands = (user_id for row in rows for user_id in (row.proposed_by_id, row.decided_by_id))
    names = {user_id: person.name for user_id, person in people_of(db, hands, actor).items()}
    of_accounts = read_hands(db)
    may_decide, may_order = may_open("exceptions.decide"), may_open("new_order.page")
    return [
        ExceptionShown(
            row=row,
            state=row.state(now),
            proposed_by=names.get(row.proposed_by_id, ""),
            decided_by=names.get(row.decided_by_id or 0, ""),
            may_decide=may_decide
            and row.state(now) is State.OPEN
            and row.proposed_by_id != actor.user_id,
            may_approve=not is_one_person(of_accounts, row, actor.user_id),
            may_use=may_order and row.state(now) is State.APPROVED,
        )
        for row in rows
    ]


def _percent(written: str) -> Decimal:
    number = decimal_number(written.strip().replace(",", "."))
    return NO_NUMBER if number is None else number
