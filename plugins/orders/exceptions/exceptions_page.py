"""Exceptions: proposing one for a client, deciding on those of others, and all there were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select
from sqlalchemy.orm import Session

from billing_panel.accounts.clients import Client
from billing_panel.accounts.hands import read_hands
from billing_panel.accounts.providers import Provider
from billing_panel.accounts.queries import people as people_of
from billing_panel.accounts.scope import find_client, providers, seen_memberships, zone_of
from billing_panel.catalog.queries import catalogue
from billing_panel.catalog.rules.eligibility import LIFTABLE
from billing_panel.kernel.actor import Actor
from billing_panel.kernel.errors import DomainError
from billing_panel.kernel.reading import decimal_number, whole_number
from billing_panel.web.access import access, needs, staff_only
from billing_panel.web.context import current_actor, panel
from billing_panel.web.i18n import gettext
from permissions.guard import allows
from plugins.orders.exceptions.decide_exception import DecideException, decide_exception
from plugins.orders.exceptions.exception_rights import is_one_person
from plugins.orders.exceptions.exceptions import HANDS, find_exception, open_exceptions
from plugins.orders.exceptions.exceptions import exceptions as exceptions_in_scope
from plugins.orders.exceptions.order_exception import Decision, OrderException, State
from plugins.orders.exceptions.propose_exception import ProposeException, propose_exception
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.models import FIRST_NUMBER

SHOWN = 100
# Anything else that is typed as a percentage; the action says what is wrong with it.
NO_NUMBER = Decimal("NaN")
DISCOUNT = "discount"

exceptions = Blueprint("exceptions", "plugins.orders")
seeing = access(needs(*HANDS, for_staff=True))


@dataclass(frozen=True)
class Shown:
    """An exception with names, and what this person may do with it."""

    row: OrderException
    state: State
    proposed_by: str
    decided_by: str
    may_decide: bool
    may_approve: bool
    may_use: bool


@exceptions.get("/exceptions")
@seeing
def index() -> ResponseReturnValue:
    """Those that wait for a decision, of every client in scope."""
    actor, now = current_actor(), panel().clock.now()
    staff_only(actor)
    with panel().database.reading() as db:
        return render_template(
            "orders/exceptions.html",
            first_number=FIRST_NUMBER,
            client=None,
            zone=zone_of(providers(db, actor)),
            shown=_shown(db, actor, open_exceptions(actor, now), now),
            refusal=None,
            typed={},
            may_propose=False,
        )


@exceptions.get("/clients/<bigid:client_id>/exceptions")
@seeing
def of_client(client_id: int) -> ResponseReturnValue:
    return _list(client_id)


@exceptions.post("/clients/<bigid:client_id>/exceptions/<bigid:exception_id>")
@access(needs(OrdersFunction.EXCEPTION_APPROVE, for_staff=True))
def decide(client_id: int, exception_id: int) -> ResponseReturnValue:
    running, actor = panel(), current_actor()
    approved = request.form.get("decision") == Decision.APPROVED
    decision = Decision.APPROVED if approved else Decision.REFUSED
    command = DecideException(exception_id, decision, request.form.get("reason", ""))
    try:
        with running.database.writing() as db:
            decide_exception(db, command, actor=actor, clock=running.clock)
    except DomainError as refusal:
        if refusal.status not in {403, 409, 422}:
            raise
        return _list(client_id, refusal, exception_id)
    flash(gettext("Approved.") if approved else gettext("Refused."), "ok")
    return redirect(url_for("exceptions.of_client", client_id=client_id), 303)


@exceptions.route("/clients/<bigid:client_id>/exceptions/new", methods=["GET", "POST"])
@access(needs(OrdersFunction.EXCEPTION_PROPOSE, for_staff=True))
def propose(client_id: int) -> ResponseReturnValue:
    running, actor = panel(), current_actor()
    staff_only(actor)
    if request.method == "GET":
        return _form(client_id, request.args)
    form = request.form
    what = form.get("what", "")
    with_discount = what == DISCOUNT
    command = ProposeException(
        client_id=client_id,
        provider=form.get("provider") or None,
        tariff=form.get("tariff", ""),
        reason=form.get("reason", ""),
        restriction=None if with_discount else what,
        percent=_percent(form.get("percent", "")) if with_discount else None,
        # 0, which the action refuses, for what is no number
        quantity=whole_number(form.get("quantity", "").strip()) or 0,
    )
    try:
        with running.database.writing() as db:
            propose_exception(db, command, actor=actor, clock=running.clock)
    except DomainError as refusal:
        if refusal.status not in {403, 409, 422}:
            raise
        return _form(client_id, form, refusal)
    flash(gettext("Proposed. Someone else must approve it."), "ok")
    return redirect(url_for("exceptions.of_client", client_id=client_id), 303)


def _list(
    client_id: int, refusal: DomainError | None = None, refused: int | None = None
) -> ResponseReturnValue:
    actor, now = current_actor(), panel().clock.now()
    staff_only(actor)
    with panel().database.reading() as db:
        client = find_client(db, actor, client_id=client_id)
        if refused is not None:
            find_exception(db, actor, refused)
        found = exceptions_in_scope(actor).where(OrderException.client_id == client.id)
        return render_template(
            "orders/exceptions.html",
            first_number=FIRST_NUMBER,
            client=client,
            zone=zone_of([membership.provider for membership in seen_memberships(actor, client)]),
            shown=_shown(db, actor, found, now),
            refusal=refusal,
            typed={refused: request.form.get("reason", "")},
            may_propose=allows(actor, OrdersFunction.EXCEPTION_PROPOSE)
            and bool(_making(actor, client)),
        ), refusal.status if refusal else 200


def _form(
    client_id: int, typed: Mapping[str, str], refusal: DomainError | None = None
) -> ResponseReturnValue:
    """``typed``: what was sent, or the address's own values: provider, tariff's id, restriction."""
    actor = current_actor()
    with panel().database.reading() as db:
        client = find_client(db, actor, client_id=client_id)
        making = _making(actor, client)
        chosen = next((p for p in making if p.key == typed.get("provider")), None)
        provider = chosen or (making[0] if len(making) == 1 else None)
        tariffs = catalogue(db, provider).values() if provider else []
        return render_template(
            "orders/propose_exception.html",
            client=client,
            making=making,
            provider=provider,
            tariffs=[tariff for tariff in tariffs if not tariff.archived],
            liftable=LIFTABLE,
            discount=DISCOUNT,
            typed=typed,
            what=typed.get("what") or typed.get("restriction") or "",
            refusal=refusal,
            wrong={error.field: error.message for error in refusal.errors} if refusal else {},
        ), refusal.status if refusal else 200


def _making(actor: Actor, client: Client) -> list[Provider]:
    """Providers of the client in scope that make exceptions."""
    seen = seen_memberships(actor, client)
    return [m.provider for m in seen if m.provider.exceptions_allowed]


def _shown(
    db: Session, actor: Actor, found: Select[OrderException], now: datetime
) -> Sequence[Shown]:
    rows = db.scalars(found.limit(SHOWN)).all()
    hands = (user_id for row in rows for user_id in (row.proposed_by_id, row.decided_by_id))
    names = {user_id: person.name for user_id, person in people_of(db, hands, actor).items()}
    of_accounts = read_hands(db)
    may_approve = allows(actor, OrdersFunction.EXCEPTION_APPROVE)
    may_order = allows(actor, OrdersFunction.ORDER_CREATE, OrdersFunction.CART_CHECKOUT)
    return [
        Shown(
            row=row,
            state=row.state(now),
            proposed_by=names.get(row.proposed_by_id, ""),
            decided_by=names.get(row.decided_by_id or 0, ""),
            may_decide=may_approve
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
