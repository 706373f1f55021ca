"""What was delivered to a webhook: each delivery with its tries, and sending it again."""

import json
from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell import post_in_transaction
from billing_panel.web.shell.i18n import gettext, ngettext, said
from billing_panel.web.shell.paging import page_start
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs
from plugins.webhooks.delivering.delivery_problem_sentences import PROBLEMS
from plugins.webhooks.delivering.event_payload import (
    TEST,
    is_told,
    payload_of,
    payload_of_test,
    read_happened,
)
from plugins.webhooks.delivering.replay_deliveries import replay, replay_all, send_test
from plugins.webhooks.endpoints.event_kinds import kinds_chosen
from plugins.webhooks.functions import WebhooksFunction
from plugins.webhooks.store.find_deliveries import (
    Wanted,
    attempts_of,
    dead_number,
    deliveries,
    find_delivery,
)
from plugins.webhooks.store.find_endpoints import find_endpoint
from plugins.webhooks.store.models import Delivery, DeliveryState, Endpoint
from plugins.webhooks.surface.webhook_event_wording import OFF_REASONS

PAGE = 50
# of one alone, which nobody began anew so often
PAGE_ATTEMPTS = 200
STATES: Mapping[DeliveryState, tuple[Text, str]] = {
    DeliveryState.WAITING: (text("Waiting"), "info"),
    DeliveryState.DELIVERED: (text("Delivered"), "ok"),
    DeliveryState.DEAD: (text("Given up"), "bad"),
    DeliveryState.WITHHELD: (text("Withheld"), "mute"),
}

webhook_deliveries = Blueprint(
    "webhook_deliveries",
    __name__,
    url_prefix="/webhooks/<bigid:endpoint_id>",
    template_folder="../templates",
)
reading = access(needs(WebhooksFunction.READ, WebhooksFunction.CHANGE, for_staff=True))
changing = access(needs(WebhooksFunction.CHANGE, for_staff=True))


@webhook_deliveries.get("/deliveries")
@reading
def index(endpoint_id: int) -> ResponseReturnValue:
    """Deliveries of a webhook, the newest first; by state and kind."""
    return _list(endpoint_id)


@webhook_deliveries.get("/deliveries/<bigid:delivery_id>")
@reading
def delivery(endpoint_id: int, delivery_id: int) -> ResponseReturnValue:
    """One delivery: what is sent, and each try."""
    return _one(endpoint_id, delivery_id)


@webhook_deliveries.post("/deliveries/<bigid:delivery_id>/replay", endpoint="replay")
@changing
def deliver_again(endpoint_id: int, delivery_id: int) -> ResponseReturnValue:
    """Deliver one again."""
    running, actor = panel(), current_actor()

    def act(db: Session) -> None:
        replay(db, endpoint_id, delivery_id, actor=actor, clock=running.clock)

    def then(_: None) -> ResponseReturnValue:
        flash(gettext("It is delivered again."), "ok")
        return _to_delivery(endpoint_id, delivery_id)

    return post_in_transaction.change(
        act, lambda error: _one(endpoint_id, delivery_id, error), then
    )


@webhook_deliveries.post("/replay", endpoint="replay_all")
@changing
def deliver_all_again(endpoint_id: int) -> ResponseReturnValue:
    """Deliver all again that was given up, or waits for its next try."""
    running, actor = panel(), current_actor()

    def act(db: Session) -> int:
        return replay_all(db, endpoint_id, actor=actor, clock=running.clock)

    def then(number: int) -> ResponseReturnValue:
        flash(
            ngettext(
                "%(number)s delivery is sent again.",
                "%(number)s deliveries are sent again.",
                number,
            ),
            "ok",
        )
        return redirect(url_for("webhook_deliveries.index", endpoint_id=endpoint_id), 303)

    return post_in_transaction.change(act, lambda error: _list(endpoint_id, error), then)


@webhook_deliveries.post("/test", endpoint="test")
@changing
def try_it(endpoint_id: int) -> ResponseReturnValue:
    """Send a test, and show its delivery."""
    running, actor = panel(), current_actor()

    def act(db: Session) -> int:
        return send_test(db, endpoint_id, actor=actor, clock=running.clock).id

    def then(delivery_id: int) -> ResponseReturnValue:
        flash(gettext("A test is being sent; this page shows the result."), "ok")
        return _to_delivery(endpoint_id, delivery_id)

    return post_in_transaction.change(act, lambda error: _list(endpoint_id, error), then)


def _to_delivery(endpoint_id: int, delivery_id: int) -> ResponseReturnValue:
    place = "webhook_deliveries.delivery"
    return redirect(url_for(place, endpoint_id=endpoint_id, delivery_id=delivery_id), 303)


def _list(endpoint_id: int, refusal: DomainError | None = None) -> ResponseReturnValue:
    state, kind = request.args.get("state", ""), request.args.get("kind", "")
    wanted = Wanted(DeliveryState(state) if state in {*DeliveryState} else None, kind)
    with panel().database.reading() as db:
        actor = current_actor()
        endpoint = find_endpoint(db, actor, endpoint_id)
        rows = deliveries(db, actor, endpoint_id, wanted, before=page_start(), limit=PAGE + 1)
        page = render_template(
            "webhooks/deliveries.html",
            endpoint=endpoint,
            off_reason=OFF_REASONS[endpoint.off_reason] if endpoint.off_reason else None,
            rows=rows[:PAGE],
            filters={"state": state, "kind": kind},
            kept={name: value for name, value in (("state", state), ("kind", kind)) if value},
            states=STATES,
            problems=PROBLEMS,
            titles=_titles(db, endpoint),
            dead=dead_number(db, endpoint_id),
            zone=endpoint.provider.timezone,
            refusal=said(refusal.message) if refusal else None,
            next_page=rows[PAGE - 1].id if len(rows) > PAGE else None,
        )
    return page, refusal.status if refusal else 200


def _one(
    endpoint_id: int, delivery_id: int, refusal: DomainError | None = None
) -> ResponseReturnValue:
    with panel().database.reading() as db:
        actor = current_actor()
        endpoint = find_endpoint(db, actor, endpoint_id)
        found = find_delivery(db, actor, endpoint_id, delivery_id)
        page = render_template(
            "webhooks/delivery.html",
            endpoint=endpoint,
            delivery=found,
            body=_body(db, endpoint, found, actor),
            attempts=attempts_of(db, [found.id], most=PAGE_ATTEMPTS),
            state=STATES[found.state],
            problems=PROBLEMS,
            title=_titles(db, endpoint).get(found.kind, found.kind),
            zone=endpoint.provider.timezone,
            refusal=said(refusal.message) if refusal else None,
        )
    return page, refusal.status if refusal else 200


def _body(db: Session, endpoint: Endpoint, found: Delivery, actor: Actor) -> str:
    """What is sent, as far as whoever looks may know of the event; empty: they may not."""
    if found.event_id is None:
        return _written(payload_of_test(found.at).plain())
    told = is_told(db, endpoint, actor, read_happened(db, [found.event_id]))
    return _written(payload_of(endpoint, told[0]).plain()) if told else ""


def _written(body: object) -> str:
    return json.dumps(body, ensure_ascii=False, indent=2)


def _titles(db: Session, endpoint: Endpoint) -> Mapping[str, str]:
    chosen = kinds_chosen(db, endpoint.kinds)
    return {**{kind: said(title) for kind, title in chosen.items()}, TEST: gettext("Test")}
