"""The page of a client's top-ups, for the client and for the staff who look after them.

The browser's return from a payment system proves nothing: the list says what its messages told.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from billing_panel.accounts.access.scope import find_client, seen_memberships
from billing_panel.accounts.companies.provider_models import PaymentMethod, Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.secret_fingerprints import new_secret
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.paging import page_start
from billing_panel.web.shell.parse_typed_amounts import in_plain
from billing_panel.web.shell.post_in_transaction import answer
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs
from permissions.guard import allows
from permissions.panel_functions import PanelFunction
from plugins.orders.store.top_up import STATE_TITLES, TopUp, TopUpState
from plugins.orders.top_ups.ask_top_up import (
    ASKING,
    AskTopUp,
    ask_top_up,
    cancel_top_up,
    may_ask,
    offered_methods,
)
from plugins.orders.top_ups.begin_top_up_payment import begin_top_up
from plugins.orders.top_ups.find_top_ups import find_top_up, newest_top_ups
from plugins.orders.top_ups.receive_top_up import record_top_up

PAGE = 50
RULE = "/clients/<bigid:client_id>/top-ups"
ONE = "/top-ups/<bigid:top_up_id>"

top_ups = Blueprint("top_ups", "plugins.orders")
asking = access(needs(*ASKING))


@dataclass(frozen=True)
class Offer:
    """By what a balance with one provider may be topped up."""

    provider: Provider
    methods: Sequence[PaymentMethod]


@dataclass(frozen=True)
class TopUpsPage:
    """``typed``: what was sent and refused. ``next_page``: where the next page goes on."""

    client: Client
    offers: Sequence[Offer]
    rows: Sequence[TopUp]
    next_page: int | None
    staff: bool
    refusal: DomainError | None = None
    typed: "MultiDict[str, str]" = field(default_factory=MultiDict)
    request_key: str = field(default_factory=new_secret)
    titles = STATE_TITLES

    def wrong(self, name: str) -> object | None:
        """What is said of a field."""
        errors = self.refusal.errors if self.refusal else ()
        return next((error.message for error in errors if error.field == name), None)

    @property
    def has_waiting(self) -> bool:
        return any(row.state is TopUpState.WAITING for row in self.rows)


@top_ups.get(RULE)
@access(needs(PanelFunction.BALANCE_READ))
def of_client(client_id: int) -> ResponseReturnValue:
    """The client's top-ups, newest first, and the form that asks for one.

    Needs ``balance:balance:read``.
    """
    return _page(client_id)


@top_ups.post(RULE)
@asking
def ask(client_id: int) -> ResponseReturnValue:
    """Ask for a top-up; at a payment system it leads on to its page.

    Needs ``orders:order:pay`` of a client, ``balance:balance:credit`` of staff. Refuses a sum too
    small or too large, and a method that is not offered.
    """
    return answer(partial(_ask, client_id), partial(_page, client_id))


@top_ups.post(f"{ONE}/cancel")
@asking
def cancel(top_up_id: int) -> ResponseReturnValue:
    """Cancel a top-up that waits.

    Needs ``orders:order:pay`` of a client, ``balance:balance:credit`` of staff. Refuses one that
    does not wait any more.
    """
    return _act(top_up_id, cancel_top_up, gettext("Cancelled."))


@top_ups.post(f"{ONE}/record")
@access(needs(PanelFunction.BALANCE_CREDIT, for_staff=True))
def record(top_up_id: int) -> ResponseReturnValue:
    """Record that the money has come, which credits the balance.

    Needs ``balance:balance:credit``. Refuses one that does not wait any more, one that a payment
    system tells of, and a day that is to come or of a closed month.
    """
    act = partial(record_top_up, received_on=request.form.get("received_on", ""))
    return _act(top_up_id, act, gettext("The balance is topped up."))


@top_ups.post(f"{ONE}/pay")
@asking
def pay(top_up_id: int) -> ResponseReturnValue:
    """Lead the client on to the payment system.

    Needs ``orders:order:pay`` of a client. Refuses staff (H3), and a top-up that does not wait.
    """
    client_id = _client_of(top_up_id)
    return answer(partial(_leave, top_up_id, client_id), partial(_page, client_id))


@top_ups.get(f"{ONE}/leave")
@asking
def leave(top_up_id: int) -> ResponseReturnValue:
    """The page between: the content policy lets no form end at another address.

    Needs ``orders:order:pay`` of a client. Whoever has nothing to pay is led back.
    """
    with panel().database.reading() as db:
        top_up = find_top_up(db, current_actor(), top_up_id)
        is_own = current_actor().client_id is not None
        if top_up.page and is_own and top_up.state is TopUpState.WAITING:
            page = render_template("orders/leave_top_up.html", top_up=top_up)
            return page, {"Refresh": f"0; url={top_up.page}"}
    return redirect(url_for("top_ups.of_client", client_id=top_up.client_id), 303)


def _ask(client_id: int) -> ResponseReturnValue:
    running, actor, form = panel(), current_actor(), request.form
    with running.database.writing() as db:
        client = find_client(db, actor, client_id=client_id)
        key = form.get("provider", "")
        own = (m.provider for m in seen_memberships(actor, client) if m.provider.key == key)
        currency = next((provider.currency for provider in own), "")
        command = AskTopUp(
            client_id,
            in_plain(form.get("amount", ""), currency),
            form.get("method", ""),
            key,
            form.get("request_key") or None,
        )
        asked = ask_top_up(db, command, actor=actor, clock=running.clock)
        top_up_id, leaves = asked.id, asked.gateway is not None
    if leaves:
        return _leave(top_up_id, client_id)
    flash(gettext("Top-up asked for: the balance changes once the money is here."), "ok")
    return redirect(url_for("top_ups.of_client", client_id=client_id), 303)


def _leave(top_up_id: int, client_id: int) -> ResponseReturnValue:
    running = panel()
    back = f"{running.config.public_url}{url_for('top_ups.of_client', client_id=client_id)}"
    begin_top_up(
        running.database,
        running.gateways,
        top_up_id,
        back,
        actor=current_actor(),
        clock=running.clock,
    )
    return redirect(url_for("top_ups.leave", top_up_id=top_up_id), 303)


def _act(top_up_id: int, act: Callable[..., TopUp], said: str) -> ResponseReturnValue:
    running, client_id = panel(), _client_of(top_up_id)

    def done() -> ResponseReturnValue:
        with running.database.writing() as db:
            act(db, top_up_id, actor=current_actor(), clock=running.clock)
        flash(said, "ok")
        return redirect(url_for("top_ups.of_client", client_id=client_id), 303)

    return answer(done, partial(_page, client_id))


def _client_of(top_up_id: int) -> int:
    """Raises NotFound."""
    with panel().database.reading() as db:
        return find_top_up(db, current_actor(), top_up_id).client_id


def _page(client_id: int, refusal: DomainError | None = None) -> ResponseReturnValue:
    actor = current_actor()
    with panel().database.reading() as db:
        client = find_client(db, actor, client_id=client_id)
        found = _found(db, actor, client_id)
        page = TopUpsPage(
            client=client,
            offers=_offers(db, client) if may_ask(actor) else (),
            rows=found[:PAGE],
            next_page=found[PAGE - 1].id if len(found) > PAGE else None,
            staff=actor.client_id is None,
            refusal=refusal,
            typed=request.form,
        )
        drawn = render_template("orders/top_ups.html", page=page)
    return drawn, refusal.status if refusal else 200


def _found(db: Session, actor: Actor, client_id: int) -> Sequence[TopUp]:
    """Whoever asks for top-ups alone, and is refused, is not told of the others."""
    if not allows(actor, PanelFunction.BALANCE_READ):
        return ()
    return newest_top_ups(db, actor, client_id, before=page_start() or None, limit=PAGE + 1)


def _offers(db: Session, client: Client) -> list[Offer]:
    actor, gateways, at = current_actor(), panel().gateways, panel().clock.now()
    return [
        Offer(
            membership.provider,
            [
                method
                for method in offered_methods(db, client.id, membership.provider, actor, at)
                if method.gateway is None or method.gateway in gateways
            ],
        )
        for membership in seen_memberships(actor, client)
    ]
